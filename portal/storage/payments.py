"""Files of payments and what the bank answered. Whole account numbers are never in a row of these."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from sqlalchemy import RowMapping, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.claims import ClaimState
from portal.domain.payments import FailReason, NoSuchPaymentFile, Outcome
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import ClaimPayeeRecord, ClaimRecord, PaymentFileRecord, PaymentRecord

_FILE = PaymentFileRecord.__table__


@dataclass(frozen=True)
class PaymentFile:
    """One file of payments; ``return_digest`` is of the bank's answer, once it was taken in."""

    id: int
    region: str
    number: str
    made_at: datetime
    made_by: int
    total: Decimal
    lines: int
    returned_at: datetime | None
    return_digest: bytes | None


@dataclass(frozen=True)
class NewPayment:
    """A payment as it is written."""

    claim_id: int
    payee_id: int | None
    amount: Decimal
    account_tail: str


@dataclass(frozen=True)
class Payment:
    """One payment with whom it goes to, as far as it may be shown."""

    id: int
    claim_id: int
    claim_number: str
    person_id: int
    payee_id: int | None
    payee: str
    position: int
    amount: Decimal
    account_tail: str
    outcome: Outcome | None
    reason: FailReason | None


@dataclass(frozen=True)
class SealedPayment:
    """One payment with its payee's sealed account, for the moment in which the file is written out.

    ``is_unchanged`` says whether that is still the account that the payment was made for.
    """

    position: int
    payee: str
    bank_name: str
    amount: Decimal
    sealed: bytes
    context: str
    is_unchanged: bool


def add_file(
    session: Session, *, region: str, beginning: str, by: int, payments: Sequence[NewPayment], now: datetime
) -> tuple[PaymentFile, list[int]]:
    """A new file under the next number after ``beginning``, and the rows of its payments in order."""
    total = sum((payment.amount for payment in payments), Decimal("0.00"))
    values = {"region": region, "made_at": now, "made_by": by, "total": total, "lines": len(payments)}
    file_id = _add_numbered(session, beginning, values)
    payment_ids = [
        session.execute(
            insert(PaymentRecord)
            .values(file_id=file_id, position=position, **vars(payment))
            .returning(PaymentRecord.id)
        ).scalar_one()
        for position, payment in enumerate(payments, 1)
    ]
    return get_file(session, file_id), payment_ids


def _add_numbered(session: Session, beginning: str, values: dict[str, object]) -> int:
    while True:
        made = session.scalar(
            select(func.count()).where(_FILE.c.number.startswith(beginning, autoescape=True))
        )
        try:
            with session.begin_nested():
                return session.execute(
                    insert(PaymentFileRecord)
                    .values(number=f"{beginning}{(made or 0) + 1:02}", **values)
                    .returning(PaymentFileRecord.id)
                ).scalar_one()
        except IntegrityError as error:  # made at the same moment by somebody else; the next number is free
            if "number" not in str(error.orig):
                raise


_CLAIMS_OF_FILES = select(ClaimRecord.town).join(PaymentRecord, PaymentRecord.claim_id == ClaimRecord.id)


def get_file(session: Session, file_id: int) -> PaymentFile:
    """One file; raises ``NoSuchPaymentFile``."""
    return _file(session.execute(select(_FILE).where(_FILE.c.id == file_id)).mappings().one_or_none())


def lock_file(session: Session, file_id: int) -> PaymentFile:
    """One file, held until the work ends; raises ``NoSuchPaymentFile``."""
    query = select(_FILE).where(_FILE.c.id == file_id).with_for_update()
    return _file(session.execute(query).mappings().one_or_none())


def list_files(session: Session, region: str, town: str | None) -> list[PaymentFile]:
    """A region's files, newest first; for a town, those that pay its people and nobody else."""
    query = select(_FILE).where(_FILE.c.region == region).order_by(_FILE.c.id.desc())
    if town is not None:
        elsewhere = _CLAIMS_OF_FILES.where(PaymentRecord.file_id == _FILE.c.id, ClaimRecord.town != town)
        query = query.where(~elsewhere.exists())
    return [_file(row) for row in session.execute(query).mappings()]


def list_towns(session: Session, file_id: int) -> frozenset[str]:
    """The towns whose people a file pays."""
    return frozenset(session.scalars(_CLAIMS_OF_FILES.where(PaymentRecord.file_id == file_id).distinct()))


def list_payments(session: Session, file_id: int) -> list[Payment]:
    """A file's payments, in order."""
    rows = session.execute(
        select(
            PaymentRecord.id,
            PaymentRecord.claim_id,
            ClaimRecord.number.label("claim_number"),
            ClaimRecord.person_id,
            PaymentRecord.payee_id,
            func.coalesce(ClaimPayeeRecord.name, PersonRecord.name).label("payee"),
            PaymentRecord.position,
            PaymentRecord.amount,
            PaymentRecord.account_tail,
            PaymentRecord.outcome,
            PaymentRecord.reason,
        )
        .join(ClaimRecord, ClaimRecord.id == PaymentRecord.claim_id)
        .join(PersonRecord, PersonRecord.id == ClaimRecord.person_id)
        .outerjoin(ClaimPayeeRecord, ClaimPayeeRecord.id == PaymentRecord.payee_id)
        .where(PaymentRecord.file_id == file_id)
        .order_by(PaymentRecord.position)
    ).mappings()
    return [_payment(row) for row in rows]


def list_sealed(session: Session, file_id: int) -> list[SealedPayment]:
    """A file's payments with the sealed accounts, in order."""
    rows = session.execute(
        select(
            PaymentRecord.position,
            PaymentRecord.amount,
            PersonRecord.name,
            PersonRecord.uid,
            PersonRecord.bank_name,
            PersonRecord.account_sealed,
            PersonRecord.account_tail,
            PersonRecord.card_sealed,
            PersonRecord.card_tail,
            PaymentRecord.account_tail.label("sent_tail"),
            ClaimPayeeRecord.name.label("payee_name"),
            ClaimPayeeRecord.uid.label("payee_uid"),
            ClaimPayeeRecord.bank_name.label("payee_bank"),
            ClaimPayeeRecord.account_sealed.label("payee_sealed"),
        )
        .join(ClaimRecord, ClaimRecord.id == PaymentRecord.claim_id)
        .join(PersonRecord, PersonRecord.id == ClaimRecord.person_id)
        .outerjoin(ClaimPayeeRecord, ClaimPayeeRecord.id == PaymentRecord.payee_id)
        .where(PaymentRecord.file_id == file_id)
        .order_by(PaymentRecord.position)
    ).mappings()
    return [_sealed(row) for row in rows]


def has_payments(session: Session, claim_id: int) -> bool:
    """Whether anything was ever sent to the bank for a claim."""
    return session.scalar(select(exists().where(PaymentRecord.claim_id == claim_id))) is True


def is_under_way(session: Session, person_id: int) -> bool:
    """Whether a payment to a person's account on record waits for the bank's answer."""
    waits = (
        select(PaymentRecord.id)
        .join(ClaimRecord, ClaimRecord.id == PaymentRecord.claim_id)
        .where(
            ClaimRecord.person_id == person_id,
            PaymentRecord.payee_id.is_(None),
            PaymentRecord.outcome.is_(None),
        )
    )
    return session.scalar(select(waits.exists())) is True


def list_paid_payees(session: Session, claim_id: int) -> set[int | None]:
    """Who of a claim's payees has been paid already, none standing for the account on record."""
    return set(
        session.scalars(
            select(PaymentRecord.payee_id).where(
                PaymentRecord.claim_id == claim_id, PaymentRecord.outcome == str(Outcome.PAID)
            )
        )
    )


def note_outcome(session: Session, payment_id: int, outcome: Outcome, reason: FailReason | None) -> None:
    """Put the bank's answer beside a payment."""
    session.execute(
        update(PaymentRecord)
        .where(PaymentRecord.id == payment_id)
        .values(outcome=str(outcome), reason=None if reason is None else str(reason))
    )


def mark_returned(session: Session, file_id: int, digest: bytes, now: datetime) -> None:
    """Note that the bank's answer to a file was taken in."""
    session.execute(
        update(PaymentFileRecord)
        .where(PaymentFileRecord.id == file_id)
        .values(returned_at=now, return_digest=digest)
    )


def list_approved(session: Session, region: str, town: str | None) -> list[int]:
    """The claims that wait to be paid, what was promised earliest first."""
    query = (
        select(ClaimRecord.id)
        .where(ClaimRecord.region == region, ClaimRecord.state == str(ClaimState.APPROVED))
        .order_by(ClaimRecord.promised_on, ClaimRecord.id)
    )
    if town is not None:
        query = query.where(ClaimRecord.town == town)
    return list(session.scalars(query))


def _file(row: RowMapping | None) -> PaymentFile:
    if row is None:
        raise NoSuchPaymentFile
    return PaymentFile(**{field.name: row[field.name] for field in fields(PaymentFile)})


def _payment(row: RowMapping) -> Payment:
    outcome, reason = row["outcome"], row["reason"]
    return Payment(
        **{
            **row,
            "outcome": None if outcome is None else Outcome(outcome),
            "reason": None if reason is None else FailReason(reason),
        }
    )


def _sealed(row: RowMapping) -> SealedPayment:
    position, amount = row["position"], row["amount"]
    if row["payee_sealed"] is not None:
        context = f"claim_payee.account {row['payee_uid']}"
        return SealedPayment(
            position, row["payee_name"], row["payee_bank"], amount, row["payee_sealed"], context, True
        )
    column = "account" if row["account_sealed"] is not None else "card"
    context = f"person.{column} {row['uid']}"
    bank = row["bank_name"] or ""
    is_unchanged = row[f"{column}_tail"] == row["sent_tail"]
    return SealedPayment(position, row["name"], bank, amount, row[f"{column}_sealed"], context, is_unchanged)
