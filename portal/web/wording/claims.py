"""Sentences about claims as the villager reads them: refusals, texts, names of kinds and states."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext, ngettext

from portal.domain.claim_kinds import VOICES, ClaimKind
from portal.domain.claims import ClaimState, HelperKind
from portal.web.place import say
from portal.web.wording.amounts import day, spoken_yuan
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
    "money_sent": lambda _: gettext("这笔钱已经打过款了，不能这样办。请到窗口办。"),
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
    "payee_changed_by_owner": lambda _: gettext("换收款账户，重新审批"),
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
    "claim_payee_changed": _numbered(
        lambda no: gettext("您的申请%(number)s，新账户收到了，审批过了再打款。", number=no)
    ),
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


def payee_on_record(*, bank: str | None, tail: str | None) -> str:
    """The account on record, by its bank and last digits."""
    return gettext("%(bank)s 尾号%(tail)s", bank=bank or gettext("银行卡"), tail=tail or "")


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


def refusals_of(region: str | None) -> Mapping[Any, Any]:
    """The reasons of a region's list, in words, with clauses and what to do."""
    return {} if region is None else house().packs.get(region).refusals


def kind_name(kind: ClaimKind, region: str) -> str:
    """What a kind of claim is called in a region."""
    offer = house().packs.get(region).claims.get(kind)
    return str(kind) if offer is None else say(offer.name)
