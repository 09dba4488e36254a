"""Sentences about payment files and the bank's answers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask_babel import gettext

from portal.domain.errors import Refusal
from portal.domain.payments import FailReason
from portal.web.wording.amounts import moment
from portal.web.wording.punctuation import listed, mark
from portal.web.wording.reviews import why

Sentence = Callable[[Mapping[str, Any]], str]

REFUSALS: dict[str, Sentence] = {
    "not_payable": lambda facts: gettext(
        "%(number)s办不了，所以整份没有办：%(why)s", number=facts["number"], why=_why(facts["cause"])
    ),
    "nothing_to_pay": lambda _: gettext("还没有选要付款的申请。"),
    "payee_held": lambda facts: gettext("收款账户刚改过，%(until)s以前不付款", until=moment(facts["until"])),
    "payment_under_way": lambda _: gettext("银行正在给这个人打款，要等回盘导入了，才能换账户。"),
    "payee_changed": lambda facts: gettext(
        "第%(position)s行的收款账户改过了，和做文件的时候不一样。请先和本人核对。", position=facts["position"]
    ),
    "funds_differ": lambda facts: gettext(
        "账上有%(held)s元，要付%(asked)s元，对不上。",
        held=f"{facts['held']:,.2f}",
        asked=f"{facts['asked']:,.2f}",
    ),
    "account_overdrawn": lambda facts: gettext(
        "账上的钱不够：有%(held)s元，要付%(asked)s元。请先登记拨入的资金。",
        held=f"{facts['held']:,.2f}",
        asked=f"{facts['asked']:,.2f}",
    ),
    "return_unreadable": lambda facts: gettext(
        "回盘文件第%(rows)s行看不懂，整份没有采用。", rows=listed(facts["rows"])
    ),
    "return_headers_wrong": lambda facts: mark("　").join(_wrong_headers(facts)),
    "return_does_not_reconcile": lambda facts: gettext(
        "回盘文件和付款文件对不上，整份没有采用。少%(missing)s笔，多%(unknown)s笔，金额不同%(differ)s笔；送出%(sent)s元，回来%(returned)s元。",
        missing=len(facts["missing"]),
        unknown=len(facts["unknown"]),
        differ=len(facts["differ"]),
        sent=f"{facts['sent']:,.2f}",
        returned=f"{facts['returned']:,.2f}",
    ),
    "returned_before": lambda _: gettext("这份付款文件已经收过另一份回盘，没有再改。"),
}

ACTS: dict[str, Sentence] = {
    "payment_file_made": lambda facts: gettext(
        "做付款文件，%(lines)s笔，%(total)s元", lines=facts["lines"], total=facts["total"]
    ),
    "payment_file_taken_out": lambda _: gettext("取出付款文件（有完整账号）"),
    "bank_return_taken_in": lambda facts: gettext(
        "收银行回盘：付成%(paid)s笔，退回%(failed)s笔", paid=facts["paid"], failed=facts["failed"]
    ),
}


def _wrong_headers(facts: Mapping[str, Any]) -> Iterator[str]:
    yield gettext("回盘文件的表头不对，整份没有采用。")
    if facts["missing"]:
        yield gettext("缺这几列：%(columns)s。", columns=listed(facts["missing"]))
    if facts["twice"]:
        yield gettext("这几列写了两遍：%(columns)s。", columns=listed(facts["twice"]))
    if facts["unknown"]:
        yield gettext("这几列认不得：%(columns)s。", columns=listed(facts["unknown"]))


def _why(cause: Refusal) -> str:
    sentence = REFUSALS.get(cause.code)
    return why(cause) if sentence is None else sentence(cause.facts)


def fail_reason(reason: FailReason) -> str:
    """Why the bank sent a payment back."""
    return {
        FailReason.NAME_DIFFERS: gettext("户名不符"),
        FailReason.ACCOUNT_WRONG: gettext("账号不对"),
        FailReason.ACCOUNT_CLOSED: gettext("已销户"),
        FailReason.ACCOUNT_FROZEN: gettext("账户冻结"),
        FailReason.OTHER: gettext("其他原因，请问银行"),
    }[reason]
