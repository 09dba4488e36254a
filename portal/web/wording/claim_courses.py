"""How far a claim has come, as its owner reads it: what happened, who acted, why it ended, what is next."""

from dataclasses import dataclass

from flask_babel import gettext, ngettext

from portal.domain.claim_kinds import VOICES, Reason
from portal.domain.claims import ClaimAct, ClaimEvent, ClaimState, Step
from portal.domain.payments import FailReason
from portal.domain.policy import Citation
from portal.services.claims import ClaimCourse
from portal.services.ratings import WORST_SCORE
from portal.web.place import say
from portal.web.wording.amounts import day
from portal.web.wording.claims import helper_name, refusals_of


def headline(course: ClaimCourse) -> str:
    """One sentence: where the claim stands."""
    promised = day(course.claim.promised_on)
    return {
        ClaimState.SUBMITTED: gettext("收到了，正在看材料"),
        ClaimState.CORRECTION_NEEDED: _what_is_missing(course),
        ClaimState.REVIEWED_ONCE: gettext("初审过了，我们争取%(day)s前办完", day=promised),
        ClaimState.REVIEWED_TWICE: gettext("复审过了，等审批"),
        ClaimState.APPROVED: gettext("批了，下一步打款"),
        ClaimState.DISBURSING: gettext("钱交给银行打了，到账就告诉您"),
        ClaimState.PAYMENT_FAILED: gettext("银行把钱退回来了，看一下卡对不对"),
        ClaimState.PAID: gettext("钱已经打到您卡里了"),
        ClaimState.SETTLED: gettext("这件事办好了"),
        ClaimState.REJECTED: (
            gettext("查过了，结果写在下面")
            if course.claim.kind in VOICES
            else gettext("这次没批，换好材料，可以再交")
        ),
        ClaimState.CANCELLED: gettext("您撤回了，随时可以再交"),
    }[course.claim.state]


def why_ended(course: ClaimCourse) -> str:
    """What stands over the reason of an end; an objection was looked into rather than asked for."""
    return gettext("查的结果") if course.claim.kind in VOICES else gettext("为什么没批")


def _what_is_missing(course: ClaimCourse) -> str:
    if course.last.act is ClaimAct.OPEN:
        return gettext("开好了，请把材料补上")
    count = len(course.last.facts.get("reasons") or ())
    return ngettext("还差%(num)s样，补上就能接着办", "还差%(num)s样，补上就能接着办", count)


def event_line(course: ClaimCourse, event: ClaimEvent, before: ClaimState | None) -> str:
    """What happened, as one line of the course."""
    if event.act is ClaimAct.PASS:
        return {
            ClaimState.SUBMITTED: gettext("第一关 初审，通过"),
            ClaimState.REVIEWED_ONCE: gettext("第二关 复审，通过"),
            ClaimState.REVIEWED_TWICE: gettext("第三关 审批，同意"),
        }[ClaimState(before or ClaimState.SUBMITTED)]
    if event.act is ClaimAct.FILE and "helper" in event.facts:
        return gettext("%(helper)s帮您交上来", helper=helper_name(event.facts))
    return {
        ClaimAct.FILE: gettext("您交上来"),
        ClaimAct.OPEN: gettext("窗口帮您开好了"),
        ClaimAct.RETURN: gettext("退回来，请您补材料"),
        ClaimAct.RESUBMIT: gettext("您补好了，再交上来"),
        ClaimAct.REJECT: gettext("查过了，没有改") if course.claim.kind in VOICES else gettext("这次没批"),
        ClaimAct.CANCEL: gettext("您撤回了"),
        ClaimAct.SEND: gettext("第四关 打款"),
        ClaimAct.PAY: gettext("银行入账了"),
        ClaimAct.REFUSE_PAYMENT: gettext("银行把钱退回来"),
        ClaimAct.FIX_PAYEE: gettext("您看过卡号，请再打一次"),
        ClaimAct.CHANGE_PAYEE: gettext("您换了收款账户，重新审批"),
    }[event.act]


def next_lines(course: ClaimCourse) -> list[str]:
    """The steps that are still to come, the one under way first."""
    steps = {
        ClaimState.SUBMITTED: gettext("看材料，初审"),
        ClaimState.REVIEWED_ONCE: gettext("复审，换个人看"),
        ClaimState.REVIEWED_TWICE: gettext("审批，再换个人定"),
        ClaimState.APPROVED: gettext("打款，第四个人来打"),
        ClaimState.DISBURSING: gettext("等银行入账"),
    }
    order = list(steps)
    if Step.DISBURSEMENT not in course.officers:
        order = order[:3]
    if course.claim.state in steps:
        return [steps[state] for state in order[order.index(course.claim.state) :]]
    return {
        ClaimState.CORRECTION_NEEDED: [gettext("等您补材料")],
        ClaimState.PAYMENT_FAILED: [gettext("等您看卡号")],
    }.get(course.claim.state, [])


def step_name(step: Step) -> str:
    """One of the four steps."""
    return {
        Step.FIRST_REVIEW: gettext("初审"),
        Step.SECOND_REVIEW: gettext("复审"),
        Step.APPROVAL: gettext("审批"),
        Step.DISBURSEMENT: gettext("打款"),
        Step.ASSISTANCE: gettext("帮办"),
    }[step]


def why_sent_back(reason: str) -> str:
    """Why the bank sent a payment back, as the villager is told."""
    return {
        FailReason.NAME_DIFFERS: gettext("银行说，卡上的名字和登记的不一样。"),
        FailReason.ACCOUNT_WRONG: gettext("银行说，卡号不对。"),
        FailReason.ACCOUNT_CLOSED: gettext("银行说，这张卡已经销户了。"),
        FailReason.ACCOUNT_FROZEN: gettext("银行说，这张卡冻住了。"),
        FailReason.OTHER: gettext("银行没有说清为什么，可以拿卡去问银行。"),
    }[FailReason(reason)]


def what_came_of_rating(course: ClaimCourse) -> str:
    """What follows from what the villager said of a closed claim."""
    rating = course.rating
    if rating is None:
        return ""
    if rating.score > WORST_SCORE:
        return gettext("您说过了，谢谢。")
    if rating.called_back_at is None:
        return gettext("您说了不满意，我们会给您打电话。")
    return gettext("您说了不满意，%(day)s给您打过电话。", day=day(rating.called_back_at))


@dataclass(frozen=True)
class ReasonGiven:
    """Why a claim was returned or rejected, and what to do about it."""

    words: str
    next: str
    because: tuple[Citation, ...]


def reasons(course: ClaimCourse) -> list[ReasonGiven]:
    """The reasons of the last return or rejection, each with its clauses and what to do."""
    listed = refusals_of(course.claim.region)
    given = course.last.facts.get("reasons") or ()
    found = [
        ReasonGiven(say(reason.words), say(reason.next), reason.because)
        for code, reason in listed.items()
        if str(code) in given
    ]
    if Reason.IN_WORDS in given:
        said = str(course.last.facts.get("words", ""))
        found.append(ReasonGiven(said, gettext("照这句话办。不明白的，打电话问窗口。"), ()))
    return found
