"""Sentences about claims as the villager reads them: questions, refusals, texts, and where a claim stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext, ngettext

from portal.domain.claim_forms import Asks, Question
from portal.domain.claim_kinds import VOICES, ClaimKind, Reason
from portal.domain.claims import ClaimAct, ClaimEvent, ClaimState, HelperKind, Step
from portal.domain.payments import FailReason
from portal.domain.policy import Citation
from portal.domain.receipts import ReceiptState
from portal.services.claims import ClaimCourse
from portal.services.drafts import Answered, OpenDraft
from portal.services.ratings import WORST_SCORE
from portal.web.place import say
from portal.web.wording.amounts import day, spoken_yuan
from portal.web.wording.punctuation import mark
from portal.web.work import house

_Facts = Mapping[str, Any]


def _limit(sentence: Callable[[int], str]) -> Callable[[_Facts], str]:
    return lambda facts: sentence(int(facts["limit"]))


REFUSALS: dict[str, Callable[[_Facts], str]] = {
    "answers_missing": lambda _: gettext("还有没答完的。请从头看一遍，补上再交。"),
    "conditions_not_met": lambda _: gettext("有一条现在对不上，所以交不了。请看下面是哪一条。"),
    "slot_taken": lambda _: gettext("这一年您已经交过一份了，不用再交。到“我办的事”里就能看到。"),
    "act_not_open": lambda _: gettext("这件事现在走到别的一步了，不能这样办。请回去看看办到哪一步。"),
    "payee_missing": lambda _: gettext("还没有登记您的银行卡。请带身份证和银行卡，到窗口登记。"),
    "resume_code_not_right": lambda _: gettext(
        "这张单子上的字对不上，或者已经用过、过期了。请本人再打一张。"
    ),
    "draft_is_another_persons": lambda _: gettext(
        "这份是别人的，您只帮着填，删不了，也不能打单子。不帮了，不用管它。要删，请他本人进来删。"
    ),
    "too_many_heirs": _limit(lambda limit: gettext("最多填%(limit)s个人。人再多，请到窗口办。", limit=limit)),
    "too_many_receipts": _limit(
        lambda limit: gettext("最多传%(limit)s张。请把不用的删掉，再传。", limit=limit)
    ),
    "receipt_empty": lambda _: gettext("照片没有传全，可能网断了。请再传一次。"),
    "receipt_too_large": lambda _: gettext("这张照片太大。重拍一张，或者截个屏再传。"),
    "receipt_not_an_image": lambda _: gettext("这不是照片。请拍一张照片，或者截个屏再传。"),
    "receipt_kind_not_taken": lambda _: gettext("这种图片打不开。请在手机上打开它，截个屏，把截屏传上来。"),
    "receipt_is_ofd": lambda _: gettext(
        "这是OFD电子票，这里打不开。请在手机上打开它，截个屏，把截屏传上来。"
    ),
    "receipt_unreadable": lambda _: gettext("这个文件坏了，打不开。请重拍一张。"),
    "receipt_locked": lambda _: gettext("这个PDF加了密码，打不开。请截个屏，把截屏传上来。"),
    "receipt_too_many_pages": _limit(
        lambda limit: gettext("这个PDF超过%(limit)s页。请只传有名字、年份、金额的那几页。", limit=limit)
    ),
    "receipt_too_many_pixels": lambda _: gettext("这张照片太大。重拍一张，或者截个屏再传。"),
    "receipt_too_heavy": lambda _: gettext("这个文件打开要太久。请重拍一张照片再传。"),
    "receipt_reader_busy": lambda _: gettext("现在传照片的人多。等半分钟，再点一次。"),
}

ACTS: dict[str, Callable[[_Facts], str]] = {
    "claim_filed": lambda facts: (
        gettext("提交申请（有人帮办）") if facts["assisted"] else gettext("提交申请")
    ),
    "claim_opened": lambda _: gettext("替没有档案的人开立申请"),
    "claim_resubmitted": lambda _: gettext("补正后重新提交"),
    "claim_cancelled": lambda _: gettext("撤回申请"),
    "payee_fixed": lambda _: gettext("确认收款账户，重新付款"),
    "claim_rated": lambda facts: gettext("评价：%(score)s分（3分最好）", score=facts["score"]),
    "draft_resumed": lambda _: gettext("凭续办单，帮着接着填申请"),
    "receipt_added": lambda facts: gettext("上传材料，%(pages)s页", pages=facts["pages"]),
    "receipt_removed": lambda _: gettext("删掉或换掉材料"),
    "receipt_original_released": lambda _: gettext("取出材料原件"),
}


def _amount(facts: _Facts) -> str:
    return spoken_yuan(Decimal(facts["amount"])) if facts.get("amount") else ""


def _filed(facts: _Facts) -> str:
    if facts.get("helper") is not None:
        return gettext(
            "%(helper)s帮您交了申请，编号%(number)s。不是您让办的，请马上打电话。",
            helper=helper_name(facts),
            number=facts["number"],
        )
    return gettext(
        "您的申请收到了，编号%(number)s。我们争取%(day)s前办完。",
        number=facts["number"],
        day=day(date.fromisoformat(facts["promised_on"])),
    )


def _returned(facts: _Facts) -> str:
    count = len(facts.get("reasons") or ())
    return ngettext(
        "您的申请%(number)s还差%(num)s样，补上就能接着办。",
        "您的申请%(number)s还差%(num)s样，补上就能接着办。",
        count,
        number=facts["number"],
    )


def _approved(facts: _Facts) -> str:
    if not _amount(facts):
        return gettext("您的申请%(number)s批了，下一步打款。", number=facts["number"])
    return gettext(
        "您的申请%(number)s批了，%(amount)s元，下一步打款。", number=facts["number"], amount=_amount(facts)
    )


def _numbered(sentence: Callable[[str], str]) -> Callable[[_Facts], str]:
    return lambda facts: sentence(facts["number"])


TEXTS: dict[str, Callable[[_Facts], str]] = {
    "claim_filed": _filed,
    "claim_opened": _numbered(lambda no: gettext("申请%(number)s开好了，等您补材料。", number=no)),
    "claim_resubmitted": _numbered(lambda no: gettext("补的材料收到了，编号%(number)s，接着办。", number=no)),
    "claim_correction_needed": _returned,
    "claim_reviewed_once": _numbered(lambda no: gettext("您的申请%(number)s过了初审，往下走。", number=no)),
    "claim_reviewed_twice": _numbered(lambda no: gettext("您的申请%(number)s过了复审，等审批。", number=no)),
    "claim_approved": _approved,
    "claim_settled": lambda facts: (
        gettext("您提的%(number)s查过了，处理好了。结果请进来看。", number=facts["number"])
        if facts.get("kind") in VOICES
        else gettext("您的申请%(number)s办好了。", number=facts["number"])
    ),
    "claim_disbursing": _numbered(
        lambda no: gettext("您的申请%(number)s，钱已经交给银行打了，到账再告诉您。", number=no)
    ),
    "claim_paid": _numbered(lambda no: gettext("您的申请%(number)s，钱已经打到您卡里了。", number=no)),
    "claim_payment_failed": _numbered(
        lambda no: gettext("您的申请%(number)s，银行把钱退回来了。请进来看怎么办。", number=no)
    ),
    "claim_payee_fixed": _numbered(lambda no: gettext("您的申请%(number)s，马上再打一次款。", number=no)),
    "claim_rejected": lambda facts: (
        gettext("您提的%(number)s查过了。查的结果和怎么办，请进来看。", number=facts["number"])
        if facts.get("kind") in VOICES
        else gettext("您的申请%(number)s这次没批。原因和怎么办，请进来看。", number=facts["number"])
    ),
    "claim_cancelled": _numbered(lambda no: gettext("您撤回了申请%(number)s，随时可以再交。", number=no)),
}


def helper_name(facts: _Facts) -> str:
    """Who filled a claim in for its owner."""
    who = facts["helped_by"]
    return {
        HelperKind.STAFF: gettext("工号%(who)s", who=who),
        HelperKind.NEIGHBOUR: gettext("帮办的%(who)s", who=who),
        HelperKind.FAMILY: gettext("家里人%(who)s", who=who),
    }[HelperKind(facts["helper"])]


# -- Questions ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A question in words: the page's heading, what it is for, and a hint before the field."""

    title: str
    why: str = ""
    hint: str = ""


_TITLES: Mapping[str, Callable[[OpenDraft], Asked]] = {
    "year": lambda _: Asked(
        gettext("领哪一年的补助？"),
        gettext("一次只领一年。今年以外的年份也可以交，要工作人员看过才定。"),
    ),
    "months": lambda opened: Asked(
        gettext("%(year)s年，缴了几个月？", year=opened.draft.answers.get("year", "")),
        gettext("缴满12个月的，填12。不满12个月也可以交，由工作人员来定。"),
        gettext("填1到12的数字"),
    ),
    "why": lambda _: Asked(gettext("您是哪一种情况？")),
    "rights_notice": lambda _: Asked(
        gettext("先看明白，再选"),
        gettext("居民养老，补助记到您的养老账户里，每年给您记。职工养老，您先缴费，再来领，打到您卡上。"),
    ),
    "route": lambda _: Asked(gettext("您选哪一条？")),
    "land": lambda _: Asked(
        gettext("您家哪块地，哪一年被征的？"), hint=gettext("写村名、地名和大概的年份就行。最多500个字")
    ),
    "default_read": lambda _: Asked(
        gettext("先看明白，再选"),
        gettext(
            "您不选的话，这笔钱记到您的居民养老账户。选专账管理的话，这笔钱单独记着，用来补您自己缴的职工养老费。"
        ),
    ),
    "ledger_option": lambda _: Asked(gettext("要不要专账管理？")),
    "own_contribution": lambda _: Asked(
        gettext("您自己一共缴了多少钱？"),
        gettext("只算您本人缴的职工养老费，单位缴的不算。"),
        gettext("单位是元，比如 3500.00"),
    ),
    "claimant": lambda _: Asked(gettext("是谁来领？")),
    "heirs": lambda _: Asked(
        gettext("都有谁来领？"),
        gettext("每个人的名字和银行卡都要填。没有另外商量的，平均分。"),
    ),
    "card": lambda _: Asked(gettext("社保卡真的用不了吗？")),
    "account": lambda _: Asked(
        gettext("打到您本人的哪个账户？"), gettext("只能是您自己名下的账户，要和银行核对。")
    ),
    "member": lambda _: Asked(gettext("您家选谁？"), hint=gettext("写他的名字，和身份证上一样")),
    "member_born_on": lambda _: Asked(
        gettext("他是哪一天生的？"), hint=gettext("照身份证填，比如 1990-05-01")
    ),
    "waiver_read": lambda _: Asked(
        gettext("放弃以前，先看明白"),
        gettext("放弃的指标回到村里，先给本村征了地、还没参保的人。放弃了，您家这次就不能用了。"),
    ),
    "field": lambda _: Asked(gettext("要改哪一样？")),
    "destination": lambda _: Asked(gettext("养老关系转到哪里？")),
    "where": lambda _: Asked(gettext("转到哪个市、哪个县？"), hint=gettext("比如 济南市历城区")),
    "cause": lambda _: Asked(gettext("为什么要注销？")),
    "about": lambda _: Asked(gettext("哪里不对？")),
}

_WHAT: Mapping[ClaimKind, Callable[[], Asked]] = {
    ClaimKind.OTHER_BANK_ACCOUNT: lambda: Asked(gettext("社保卡为什么用不了？")),
    ClaimKind.GOOD_REASON: lambda: Asked(gettext("为什么没赶上？")),
    ClaimKind.CHANGE: lambda: Asked(gettext("改成什么？"), gettext("银行卡号不要写在这里，带卡到窗口登记。")),
    ClaimKind.CANCELLATION: lambda: Asked(gettext("说一说是怎么回事")),
    ClaimKind.OBJECTION: lambda: Asked(gettext("说一说哪里不对")),
    ClaimKind.NOTICE_OBJECTION: lambda: Asked(
        gettext("名单里哪里不对？"), gettext("说清是哪个村、哪张名单、哪一条。")
    ),
    ClaimKind.TIP_OFF: lambda: Asked(
        gettext("您要举报什么？"), gettext("谁、什么时候、做了什么，知道多少写多少。")
    ),
}


def ask(opened: OpenDraft, question: Question) -> Asked:
    """A question of a draft in words."""
    if question.asks is Asks.PAYEE:
        return Asked(gettext("钱打到这张卡，对吗？"), gettext("只打到您本人的卡。"))
    if question.asks is Asks.PHOTOS:
        return _ask_for_papers(opened, question)
    if question.name == "what":
        asked = _WHAT[opened.draft.kind]()
        return Asked(asked.title, asked.why, gettext("最多500个字"))
    return _TITLES[question.name](opened)


def _ask_for_papers(opened: OpenDraft, question: Question) -> Asked:
    if "year" in opened.draft.answers:
        return Asked(
            gettext("拍一张%(year)s年的缴费收据", year=opened.draft.answers["year"]),
            gettext("收据能证明您这一年缴了费。照片上要看得清三样：名字、年份、金额。"),
        )
    optional = "" if question.required else gettext("没有就不用传，直接下一步。")
    if question.name == "proof":
        return Asked(gettext("有照片或者纸，可以拍上来"), optional)
    return Asked(gettext("拍一张：%(paper)s", paper=paper_name(opened, question.name)), optional)


def paper_name(opened: Answered | ClaimCourse, material: str) -> str:
    """What a paper is called."""
    for each in opened.offer.materials:
        if each.id == material:
            return say(each.name)
    return gettext("照片或者纸")


_CHOICES: Mapping[tuple[str, str], Callable[[], str]] = {
    ("why", "draws_employee_pension"): lambda: gettext("已经在领职工养老金"),
    ("why", "pays_employee_pension"): lambda: gettext("在缴职工养老，不并到居民养老"),
    ("why", "neither"): lambda: gettext("居民养老、职工养老都不参加"),
    ("route", "resident"): lambda: gettext("居民养老"),
    ("route", "employee"): lambda: gettext("职工养老"),
    ("ledger_option", "chosen"): lambda: gettext("要专账管理"),
    ("ledger_option", "not_chosen"): lambda: gettext("不要，记到居民养老账户"),
    ("claimant", "self"): lambda: gettext("本人"),
    ("claimant", "heir"): lambda: gettext("法定继承人"),
    ("claimant", "beneficiary"): lambda: gettext("指定的受益人"),
    ("card", "impossible"): lambda: gettext("用不了"),
    ("card", "possible"): lambda: gettext("其实能用"),
    ("field", "phone"): lambda: gettext("手机号"),
    ("field", "account"): lambda: gettext("银行卡"),
    ("field", "household"): lambda: gettext("户口"),
    ("field", "name"): lambda: gettext("名字"),
    ("field", "other"): lambda: gettext("别的"),
    ("destination", "other_pooling_area"): lambda: gettext("外地"),
    ("destination", "same_pooling_area"): lambda: gettext("还在本市"),
    ("cause", "leaves"): lambda: gettext("不再参加"),
    ("cause", "deceased"): lambda: gettext("家里人去世了"),
    ("about", "years"): lambda: gettext("年数不对"),
    ("about", "account"): lambda: gettext("账上的钱不对"),
    ("about", "registration"): lambda: gettext("登记的情况不对"),
    ("about", "payment"): lambda: gettext("补助没到账"),
    ("about", "other"): lambda: gettext("别的"),
}


def choice(question: str, value: str) -> str:
    """The words of one answer."""
    return _CHOICES[question, value]()


_ROWS: Mapping[str, Callable[[], str]] = {
    "year": lambda: gettext("补哪一年"),
    "months": lambda: gettext("缴了几个月"),
    "why": lambda: gettext("哪种情况"),
    "rights_notice": lambda: gettext("两条路的说明"),
    "route": lambda: gettext("选哪一条"),
    "land": lambda: gettext("被征的地"),
    "default_read": lambda: gettext("专账的说明"),
    "ledger_option": lambda: gettext("专账管理"),
    "own_contribution": lambda: gettext("自己缴了"),
    "claimant": lambda: gettext("谁来领"),
    "heirs": lambda: gettext("来领的人"),
    "payee": lambda: gettext("打到哪张卡"),
    "card": lambda: gettext("社保卡"),
    "account": lambda: gettext("打到哪个账户"),
    "member": lambda: gettext("选的人"),
    "member_born_on": lambda: gettext("他的生日"),
    "waiver_read": lambda: gettext("放弃的说明"),
    "field": lambda: gettext("改哪一样"),
    "destination": lambda: gettext("转到"),
    "where": lambda: gettext("哪个市县"),
    "cause": lambda: gettext("为什么"),
    "about": lambda: gettext("哪里不对"),
    "what": lambda: gettext("您说的"),
    "proof": lambda: gettext("照片"),
}


def row_name(opened: Answered, question: Question) -> str:
    """What an answer is called in the list that is checked."""
    named = _ROWS.get(question.name)
    return named() if named is not None else paper_name(opened, question.name)


def spell_answer(opened: Answered, question: Question) -> str:
    """An answer as it is read back; empty where there is none."""
    answers = opened.answers
    if question.asks is Asks.PHOTOS:
        count = sum(receipt.material == question.name for receipt in opened.receipts)
        return ngettext("%(num)s张照片", "%(num)s张照片", count) if count else ""
    if question.name not in answers:
        return ""
    return _SPELL[question.asks](opened, question, answers[question.name])


def payee_on_record(*, bank: str | None, tail: str | None) -> str:
    """The account on record, by its bank and last digits."""
    return gettext("%(bank)s 尾号%(tail)s", bank=bank or gettext("银行卡"), tail=tail or "")


_SPELL: Mapping[Asks, Callable[[Answered, Question, Any], str]] = {
    Asks.YEAR: lambda _, __, value: gettext("%(year)s年", year=value),
    Asks.MONTHS: lambda _, __, value: gettext("%(count)s个月", count=value),
    Asks.CHOICE: lambda _, question, value: choice(question.name, value),
    Asks.READ: lambda _, __, ___: gettext("看过了"),
    Asks.WORDS: lambda _, __, value: str(value),
    Asks.NAME: lambda _, __, value: str(value),
    Asks.DAY: lambda _, __, value: day(date.fromisoformat(value)),
    Asks.MONEY: lambda _, __, value: gettext("%(amount)s元", amount=spoken_yuan(Decimal(value))),
    Asks.PAYEE: lambda opened, _, __: payee_on_record(
        bank=opened.person.bank_name, tail=opened.person.account_tail or opened.person.card_tail
    ),
    Asks.ACCOUNT: lambda opened, _, __: mark("；").join(
        payee_on_record(bank=payee.bank_name, tail=payee.account_tail) for payee in opened.payees
    ),
    Asks.HEIRS: lambda opened, _, __: mark("；").join(
        gettext("%(name)s 尾号%(tail)s", name=payee.name, tail=payee.account_tail) for payee in opened.payees
    ),
}


# -- Where a claim stands -----------------------------------------------------------------------------------


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


def state_name(state: ClaimState, kind: ClaimKind) -> str:
    """Where a claim stands, in a word or two."""
    return {
        ClaimState.SUBMITTED: gettext("收到了，在看材料"),
        ClaimState.CORRECTION_NEEDED: gettext("等您补材料"),
        ClaimState.REVIEWED_ONCE: gettext("初审过了"),
        ClaimState.REVIEWED_TWICE: gettext("复审过了"),
        ClaimState.APPROVED: gettext("批了，等打款"),
        ClaimState.DISBURSING: gettext("银行在打款"),
        ClaimState.PAYMENT_FAILED: gettext("银行退回来了，等您看卡号"),
        ClaimState.PAID: gettext("钱打到了"),
        ClaimState.SETTLED: gettext("办好了"),
        ClaimState.REJECTED: gettext("查过了，没有改") if kind in VOICES else gettext("没批"),
        ClaimState.CANCELLED: gettext("您撤回了"),
    }[state]


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


def paper_state(state: ReceiptState, *, is_over: bool = False) -> str:
    """What became of a paper; when the claim is over, nobody is going to look at it any more."""
    return {
        ReceiptState.RECEIVED: gettext("收到了") if is_over else gettext("收到了，还没看"),
        ReceiptState.ACCEPTED: gettext("看过了，能用"),
        ReceiptState.TO_REPLACE: gettext("要换一张"),
        ReceiptState.REPLACED: gettext("已经换掉了"),
    }[state]


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


def paper_reason(region: str, code: str) -> str:
    """Why a paper has to come again, as the region words it."""
    for reason, refusal in refusals_of(region).items():
        if str(reason) == code:
            return say(refusal.words)
    return code


def refusals_of(region: str | None) -> Mapping[Any, Any]:
    """The reasons of a region's list, in words, with clauses and what to do."""
    return {} if region is None else house().packs.get(region).refusals


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


def kind_name(kind: ClaimKind, region: str) -> str:
    """What a kind of claim is called in a region."""
    offer = house().packs.get(region).claims.get(kind)
    return str(kind) if offer is None else say(offer.name)
