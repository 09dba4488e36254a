"""Sentences of the desk about claims: official terms, since officers read them."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from portal.domain.claims import ClaimAct, ClaimState, Step
from portal.domain.errors import Refusal
from portal.domain.review import Queue, ReasonContradicted
from portal.services.dossiers import Dossier
from portal.web.place import say
from portal.web.wording.punctuation import listed

Sentence = Callable[[Mapping[str, Any]], str]

REFUSALS: dict[str, Sentence] = {
    "same_person_twice": lambda facts: gettext(
        "您在这一件里已经办过%(step)s，同一个人不能办两关。", step=step_name(facts["earlier"])
    ),
    "slip_of_handler": lambda _: gettext(
        "您这次进来用的纸条，是办过这笔申请的人开的。请到窗口让另一个人开一张，再来改。"
    ),
    "not_your_step": lambda facts: gettext(
        "这一件在等%(step)s，您没有这个角色。", step=step_name(facts["step"])
    ),
    "own_claim": lambda _: gettext("这一件是您本人的，或者钱会付给您，得由别人来办。"),
    "reason_missing": lambda _: gettext("退回或不通过，要选原因，有几样就选几样。"),
    "reason_contradicted": lambda _: gettext("选的原因和系统核对的结果相反，请另选。"),
    "words_missing": lambda _: gettext("请写明查了什么、为什么。申请人看得到这句话。"),
    "findings_missing": lambda _: gettext("请写明查了什么、改了什么。提的人看得到这句话。"),
    "past_year_unexplained": lambda _: gettext("补往年的，请写明为什么通过。"),
    "conditions_unconfirmed": lambda _: gettext("有一项系统核不了，要您核对过、打了勾才能通过。"),
    "amount_missing": lambda _: gettext("请填金额。"),
    "amount_disagrees": lambda facts: gettext(
        "填报%(keyed)s元，核算%(worked_out)s元，两个数不一样。请再核对。",
        keyed=f"{facts['keyed']:,.2f}",
        worked_out=f"{facts['worked_out']:,.2f}",
    ),
    "keyed_otherwise": lambda _: gettext(
        "您填的数和初审填的不一样。请对着材料再核一遍；核过还是这个数，请退回去重审。"
    ),
    "not_alike": lambda facts: (
        gettext("%(numbers)s要单独看，不能一起批。", numbers=listed(facts["remarked"]))
        if facts["remarked"]
        else gettext("只有同一种申请、同样金额的，才能一起批。")
    ),
    "not_passed_together": lambda facts: gettext(
        "一件也没有批，因为%(number)s批不了：%(why)s", number=facts["number"], why=why(facts["cause"])
    ),
}

# What a villager is told in other words.
AT_DESK: dict[str, Sentence] = {
    "conditions_not_met": lambda _: gettext("有条件不满足，不能通过。请看“系统逐条核对”。"),
    "slot_taken": lambda _: gettext("这个人的这一笔已经办过，不能再开一件。"),
    "act_not_open": lambda facts: gettext(
        "这一件现在的状态是“%(state)s”，这一步办不了，可能别人刚办过。", state=state_name(facts["state"])
    ),
}

ACTS: dict[str, Sentence] = {
    "claim_decided": lambda facts: gettext(
        "%(step)s：%(verdict)s",
        step=step_name(Step(facts["step"])),
        verdict=verdict_name(ClaimAct(facts["verdict"])),
    ),
    "claim_viewed": lambda _: gettext("打开申请"),
    "receipt_viewed": lambda _: gettext("打开申请材料"),
    "called_back": lambda _: gettext("给不满意的群众回电话"),
}


def step_name(step: Step) -> str:
    """A step as the office calls it."""
    return {
        Step.FIRST_REVIEW: gettext("初审"),
        Step.SECOND_REVIEW: gettext("复审"),
        Step.APPROVAL: gettext("审批"),
        Step.DISBURSEMENT: gettext("付款"),
        Step.ASSISTANCE: gettext("代填申请"),
    }[step]


def verdict_name(verdict: ClaimAct) -> str:
    """A verdict as the office calls it."""
    return {
        ClaimAct.PASS: gettext("通过"),
        ClaimAct.RETURN: gettext("退回补正"),
        ClaimAct.REJECT: gettext("不予通过"),
    }[verdict]


def verdict_choice(verdict: ClaimAct, step: Step, *, pays: bool) -> str:
    """What a verdict at a step leads to, as the choice on the form."""
    if verdict is ClaimAct.RETURN:
        return gettext("退回补正（一次列全）")
    if verdict is ClaimAct.REJECT:
        return gettext("不予通过")
    return {
        Step.FIRST_REVIEW: gettext("通过，送复审"),
        Step.SECOND_REVIEW: gettext("通过，送审批"),
        Step.APPROVAL: gettext("通过，送付款") if pays else gettext("通过，办结"),
    }[step]


def queue_name(queue: Queue) -> str:
    """A queue as the office calls it."""
    return {
        Queue.FIRST_REVIEW: gettext("待初审"),
        Queue.SECOND_REVIEW: gettext("待复审"),
        Queue.APPROVAL: gettext("待审批"),
        Queue.DISBURSEMENT: gettext("待付款"),
        Queue.SENT: gettext("已送银行"),
        Queue.PAYMENT_FAILED: gettext("银行退回"),
        Queue.CORRECTION: gettext("待补正"),
        Queue.ENDED: gettext("已办结"),
    }[queue]


def state_name(state: ClaimState) -> str:
    """Where a claim stands, in the office's terms."""
    return {
        ClaimState.SUBMITTED: gettext("待初审"),
        ClaimState.CORRECTION_NEEDED: gettext("待补正"),
        ClaimState.REVIEWED_ONCE: gettext("待复审"),
        ClaimState.REVIEWED_TWICE: gettext("待审批"),
        ClaimState.APPROVED: gettext("待付款"),
        ClaimState.DISBURSING: gettext("已送银行"),
        ClaimState.PAYMENT_FAILED: gettext("银行退回"),
        ClaimState.PAID: gettext("已付款"),
        ClaimState.SETTLED: gettext("已办结"),
        ClaimState.REJECTED: gettext("不予通过"),
        ClaimState.CANCELLED: gettext("已撤回"),
    }[state]


def event_name(act: ClaimAct) -> str:
    """An act in a claim's history."""
    return {
        ClaimAct.FILE: gettext("提交申请"),
        ClaimAct.OPEN: gettext("窗口开立申请"),
        ClaimAct.PASS: gettext("通过"),
        ClaimAct.RETURN: gettext("退回补正"),
        ClaimAct.RESUBMIT: gettext("补正后重新提交"),
        ClaimAct.REJECT: gettext("不予通过"),
        ClaimAct.CANCEL: gettext("申请人撤回"),
        ClaimAct.SEND: gettext("送银行"),
        ClaimAct.PAY: gettext("银行已付"),
        ClaimAct.REFUSE_PAYMENT: gettext("银行退回"),
        ClaimAct.FIX_PAYEE: gettext("收款账户改好了"),
        ClaimAct.CHANGE_PAYEE: gettext("申请人换收款账户，重新审批"),
    }[act]


def remark(code: str) -> str:
    """What a reviewer should know about a claim."""
    return {
        "past_year": gettext("补往年，须注明理由"),
        "few_months": gettext("缴费不满12个月，由您判断（A-JN-4）"),
        "payee_held": gettext("收款账户刚改过，三个工作日内不付款"),
        "no_payee": gettext("没有收款账户"),
        "deceased": gettext("登记为已去世"),
    }[code]


def contradicted(dossier: Dossier, error: ReasonContradicted) -> str:
    """Which reason the guards contradict, and what they found."""
    facts: Mapping[str, Any] = error.facts
    return gettext(
        "系统核对的结果是：%(conditions)s。这和“%(reasons)s”相反。请另选，或者选“别的原因”写清楚。",
        reasons=listed(say(dossier.all_reasons[code].words) for code in facts["reasons"]),
        conditions=listed(say(dossier.offer.conditions[each]) for each in facts["conditions"]),
    )


def why(cause: Refusal) -> str:
    """The sentence of a refusal that stands in the way of a larger one."""
    sentence = AT_DESK.get(cause.code) or REFUSALS.get(cause.code)
    return sentence(cause.facts) if sentence is not None else gettext("材料或条件变了，请打开看一看。")
