"""Sentences about money: whose it is, what happened to it, and what the ledger refuses."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from portal.domain.ledger.accounts import Source

# Five groups are drawn in a bar: what one paid, the government, village and others, land money, interest.
SOURCES: Mapping[str, str] = {
    Source.OWN_CONTRIBUTION: lazy_gettext("自己缴的"),
    Source.COLLECTIVE_SUBSIDY: lazy_gettext("村里给的"),
    Source.ORGANISATION_AID: lazy_gettext("其他单位给的"),
    Source.CHARITY_AID: lazy_gettext("公益组织给的"),
    Source.INDIVIDUAL_AID: lazy_gettext("别人资助的"),
    Source.GOV_SUBSIDY: lazy_gettext("政府补的"),
    Source.LAND_LEVY: lazy_gettext("征地社保费"),
    Source.INTEREST: lazy_gettext("利息"),
}

SWATCHES: Mapping[str, str] = {
    Source.OWN_CONTRIBUTION: "k1",
    Source.GOV_SUBSIDY: "k2",
    Source.LAND_LEVY: "k2",
    Source.COLLECTIVE_SUBSIDY: "k3",
    Source.ORGANISATION_AID: "k3",
    Source.CHARITY_AID: "k3",
    Source.INDIVIDUAL_AID: "k3",
    Source.INTEREST: "k4",
}


def source_name(source: str) -> str:
    """Where money comes from, in a villager's words."""
    return str(SOURCES[source])


def movement_name(movement: str, source: str | None, year: int | None) -> str:
    """What happened, in a villager's words; a movement without words of its own is called by its source."""
    if movement == "opening_balance" and source is not None:
        return gettext("以前的余额（%(source)s）", source=source_name(source))
    named = _MOVEMENTS.get(movement)
    if named is not None:
        return named(year)
    return source_name(source) if source is not None else gettext("其他")


def reversal_reason(reason: str) -> str:
    """Why an entry was undone: in staff's words, or ours where the portal did it itself."""
    return gettext("银行把钱退回来") if reason == "bank_return" else reason


def _of_year(year: int | None) -> str:
    return gettext("征地补助（%(year)s年的）", year=year) if year is not None else gettext("征地补助")


_MOVEMENTS: Mapping[str, Callable[[int | None], str]] = {
    "own_contribution": lambda _: gettext("自己缴的"),
    "yearly_subsidy": _of_year,
    "reimbursement": _of_year,
    "reimbursement_paid": _of_year,
    "top_up": lambda _: gettext("一次补足的差额"),
    "account_interest": lambda _: gettext("利息"),
    "contribution_subsidy": lambda _: gettext("政府缴费补贴"),
    "pending_subsidy": lambda _: gettext("政府补贴，还没到账的"),
    "land_subsidy": lambda _: gettext("征地政府补贴"),
    "account_credit": lambda _: gettext("征地的钱记到账上"),
    "special_ledger_opening": lambda _: gettext("征地的钱记进专账"),
    "bank_interest": lambda _: gettext("利息"),
    "ledger_reimbursement": lambda _: gettext("补您自己缴的职工养老费"),
    "one_off_payment": lambda _: gettext("一次领走"),
    "scheme_withdrawal": lambda _: gettext("退出来，余额退给您"),
    "transfer_in": lambda _: gettext("外地转来的"),
    "transfer_out": lambda _: gettext("转到外地"),
    "pension": lambda _: gettext("养老金"),
    "inheritance": lambda _: gettext("余额给家里人"),
}

REFUSALS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "unknown_account": lambda _: gettext("账本里没有这个户头。"),
    "movement_not_allowed": lambda _: gettext("这个地方的文件里没有这样的账，不能记。"),
    "account_not_in_movement": lambda _: gettext("这笔账记不到这个户头上，请再看一遍。"),
    "batches_mixed": lambda facts: gettext(
        "批次%(losing)s的钱不能用到批次%(gaining)s上，一个项目一本账。",
        losing=facts["losing"],
        gaining=facts["gaining"],
    ),
    "account_overdrawn": lambda facts: gettext(
        "户头里只有%(held)s元，不够付%(asked)s元。", held=facts["held"], asked=facts["asked"]
    ),
    "account_closed": lambda _: gettext("这个户头已经结清，不能再记账。"),
    "account_not_emptied": lambda facts: gettext(
        "结清以后户头里还剩%(balance)s元，要一次结完。", balance=facts["balance"]
    ),
    "already_reversed": lambda _: gettext("这笔账已经冲正过了。"),
    "reversal_not_reversible": lambda _: gettext("冲正的账不能再冲正，请重新记一笔。"),
    "reversal_without_reason": lambda _: gettext("请写明为什么冲正。"),
    "key_used_for_another_entry": lambda _: gettext("同一个编号已经记了另一笔账，这一笔没有记。"),
    "export_too_long": lambda facts: gettext(
        "表格最多放%(most)s行，这本账放不下。请导出成CSV。", most=facts["most"]
    ),
    "entry_date_out_of_range": lambda _: gettext("记账的日子不对，请再看一遍。"),
}

ACTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "entry_reversed": lambda _: gettext("冲正了一笔账"),
    "interest_posted": lambda facts: gettext(
        "记了%(year)s年的利息，%(people)s人，利率%(rate)s",
        year=facts["year"],
        people=facts["people"],
        rate=facts["rate"],
    ),
}
