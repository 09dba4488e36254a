"""Files of payments for the bank, and what the bank sends back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, NamedTuple

from portal.domain.audit import Act
from portal.domain.cells import read_choice, read_words
from portal.domain.errors import Refusal
from portal.domain.ledger.accounts import Account, Kind
from portal.domain.ledger.entries import Posting
from portal.domain.ledger.movements import Movement
from portal.domain.money import ZERO, Yuan, parse_yuan
from portal.domain.sheets import Column, Layout

_LONGEST_TEXT = 200


class PaymentField(StrEnum):
    """What a column of a payment file can hold."""

    POSITION = "position"
    REFERENCE = "reference"
    PAYEE = "payee"
    ACCOUNT = "account"
    BANK = "bank"
    AMOUNT = "amount"
    PURPOSE = "purpose"


class Outcome(StrEnum):
    """What became of a payment."""

    PAID = "paid"
    FAILED = "failed"


class FailReason(StrEnum):
    """Why the bank sent a payment back; its own words are not kept, since they may name people."""

    NAME_DIFFERS = "name_differs"
    ACCOUNT_WRONG = "account_wrong"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_FROZEN = "account_frozen"
    OTHER = "other"


@dataclass(frozen=True)
class BankLayout:
    """How a region's bank wants its files, and how it answers.

    ``columns`` are the fields of a payment file with their headers, in order; ``purpose`` stands in every
    line. The other four are headers of the return file. ``paid`` and ``failed`` are words of its outcome
    column, ``reasons`` words that occur in its reason column.
    """

    columns: tuple[tuple[PaymentField, str], ...]
    purpose: str
    reference: str
    amount: str
    outcome: str
    reason: str
    paid: frozenset[str]
    failed: frozenset[str]
    reasons: Mapping[str, FailReason]

    def reason_in(self, words: str | None) -> FailReason:
        """Which reason the bank's words give."""
        return next(
            (reason for word, reason in self.reasons.items() if words is not None and word in words),
            FailReason.OTHER,
        )


class ReturnRow(NamedTuple):
    """One line of a return file."""

    reference: str
    amount: Yuan
    outcome: Outcome
    reason: str | None


def return_sheet(layout: BankLayout) -> Layout[ReturnRow]:
    """How a return file of this layout is read."""
    outcomes = {
        **dict.fromkeys(layout.paid, Outcome.PAID),
        **dict.fromkeys(layout.failed, Outcome.FAILED),
    }
    return Layout(
        "bank_return",
        ReturnRow,
        (
            Column("reference", layout.reference, "Reference", read_words(60), required=True, unique=True),
            Column("amount", layout.amount, "Amount", parse_yuan, required=True, also=("金额", "金额（元）")),
            Column(
                "outcome",
                layout.outcome,
                "Outcome",
                read_choice(outcomes),
                required=True,
                repeats=True,
                also=("结果", "处理结果"),
            ),
            Column(
                "reason",
                layout.reason,
                "Reason",
                read_words(_LONGEST_TEXT),
                repeats=True,
                also=("原因", "失败原因", "退汇原因"),
            ),
        ),
    )


@dataclass(frozen=True)
class Sent:
    """One payment of a file, as it was sent."""

    id: int
    claim_id: int
    reference: str
    amount: Yuan


class NoSuchPaymentFile(Refusal):
    """There is no such file, or it is another region's."""

    code: ClassVar[str] = "no_such_payment_file"


class NothingToPay(Refusal):
    """No claim was chosen."""

    code: ClassVar[str] = "nothing_to_pay"


class NotPayable(Refusal):
    """A chosen claim cannot be paid; ``facts`` has its ``number`` and the ``cause``, a refusal."""

    code: ClassVar[str] = "not_payable"


class PayeeHeld(Refusal):
    """The payee was changed a moment ago; nothing is paid to them before ``facts["until"]``."""

    code: ClassVar[str] = "payee_held"


class PaymentUnderWay(Refusal):
    """A payment to the account on record waits for the bank's answer; until then the account stays."""

    code: ClassVar[str] = "payment_under_way"


class PayeeChanged(Refusal):
    """The account on record is no longer the one that the file was made for; ``facts["position"]``."""

    code: ClassVar[str] = "payee_changed"


class FundsDiffer(Refusal):
    """The accounts hold ``facts["held"]`` yuan where ``facts["asked"]`` are to be paid out of them."""

    code: ClassVar[str] = "funds_differ"


class ReturnUnreadable(Refusal):
    """Lines of the return file cannot be read; ``facts["rows"]`` lists their numbers, the first twenty."""

    code: ClassVar[str] = "return_unreadable"


class ReturnHeadersWrong(Refusal):
    """The return file lacks a column, has one twice, or says why under a header that means nothing here.

    ``facts``: headers that are ``missing`` or stand ``twice``, as the bank's layout has them, and ``unknown``
    ones.
    """

    code: ClassVar[str] = "return_headers_wrong"


class ReturnDoesNotReconcile(Refusal):
    """The return file is not the answer to this payment file, to the fen; nothing of it was taken.

    ``facts``: references that are ``missing`` from it, that are ``unknown``, whose amounts ``differ``; and
    both totals.
    """

    code: ClassVar[str] = "return_does_not_reconcile"


class ReturnedBefore(Refusal):
    """Another return file was taken in for this payment file already."""

    code: ClassVar[str] = "returned_before"


def reconcile(sent: Sequence[Sent], returned: Sequence[ReturnRow]) -> list[tuple[Sent, ReturnRow]]:
    """Put each payment together with the bank's answer, or refuse the whole file.

    Raises:
        ReturnDoesNotReconcile: a line is missing, unknown, named twice, or of another amount.
    """
    asked = {payment.reference: payment for payment in sent}
    answers = {row.reference: row for row in returned}
    missing = [reference for reference in asked if reference not in answers]
    named = Counter(row.reference for row in returned)
    unknown = [reference for reference, times in named.items() if reference not in asked or times > 1]
    differ = [
        reference
        for reference, payment in asked.items()
        if reference in answers and answers[reference].amount != payment.amount
    ]
    if missing or unknown or differ:
        raise ReturnDoesNotReconcile(
            missing=missing,
            unknown=unknown,
            differ=differ,
            sent=sum((payment.amount for payment in sent), ZERO),
            returned=sum((row.amount for row in returned), ZERO),
        )
    return [(payment, answers[reference]) for reference, payment in asked.items()]


def draw(
    movement: Movement, person_id: int, holdings: Mapping[Account, Yuan], amount: Yuan
) -> tuple[Posting, ...]:
    """The postings that take an approved amount out of where it lies, to be on its way to a person.

    A movement that closes somebody's accounts empties all of them; one that draws on a person's own accounts
    takes from them in order until it has enough; any other takes from the fund.

    Raises:
        FundsDiffer: the person's accounts hold less, or where they are closed, not exactly this.
    """
    owed = Posting(Account(Kind.PAYABLE, person=person_id), -amount)
    kinds = {pattern.kind for pattern in movement.debit}
    if not any(kind.is_holding for kind in kinds):
        (kind,) = kinds
        return Posting(Account(kind), amount), owed
    own = {account: held for account, held in holdings.items() if account.kind in kinds}
    total = sum(own.values(), ZERO)
    if total < amount or (movement.closes and total != amount):
        raise FundsDiffer(held=total, asked=amount)
    taken, left = [], amount
    for account, held in own.items():
        part = min(held, left)
        if part:
            taken.append(Posting(account, part))
        left -= part
    return (*taken, owed)


def pay_out(movement: Movement, person_id: int, amount: Yuan) -> tuple[Posting, ...]:
    """The postings by which money on its way to a person leaves the place where it lay."""
    (place,) = (pattern.kind for pattern in movement.credit)
    return Posting(Account(Kind.PAYABLE, person=person_id), amount), Posting(Account(place), -amount)


@dataclass(frozen=True)
class PaymentFileMade(Act):
    """A file of payments was made for the bank."""

    subject: ClassVar[str] = "payment_file"
    payment_file_id: int
    lines: int
    total: Decimal


@dataclass(frozen=True)
class PaymentFileTakenOut(Act):
    """A file of payments, with whole account numbers, was taken out."""

    subject: ClassVar[str] = "payment_file"
    payment_file_id: int
    form: str


@dataclass(frozen=True)
class BankReturnTakenIn(Act):
    """The bank's answer to a file was taken in."""

    subject: ClassVar[str] = "payment_file"
    payment_file_id: int
    paid: int
    failed: int
