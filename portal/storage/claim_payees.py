"""Accounts that a claim asks to be paid to beside the one on record; sealed, only their ends in sight."""

from dataclasses import dataclass, fields

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from portal.storage.models.claims import ClaimPayeeRecord

_TABLE = ClaimPayeeRecord.__table__


@dataclass(frozen=True)
class ClaimPayee:
    """Somebody to pay, and their part of the whole as a weight."""

    id: int
    uid: str
    position: int
    name: str
    account_tail: str
    bank_name: str
    weight: int


@dataclass(frozen=True)
class NewPayee:
    """A payee as it is written: the account sealed for ``account_context(uid)``."""

    uid: str
    name: str
    account_sealed: bytes
    account_tail: str
    bank_name: str
    weight: int


_SELECT = select(*(_TABLE.c[field.name] for field in fields(ClaimPayee)))


def account_context(uid: str) -> str:
    """Where a payee's sealed account belongs."""
    return f"claim_payee.account {uid}"


def add_to_draft(session: Session, draft_id: int, payee: NewPayee) -> None:
    """One more payee of a draft, after the others."""
    last = session.execute(
        select(func.max(ClaimPayeeRecord.position)).where(ClaimPayeeRecord.draft_id == draft_id)
    ).scalar_one()
    session.execute(
        insert(ClaimPayeeRecord).values(draft_id=draft_id, position=(last or 0) + 1, **vars(payee))
    )


def remove_of_draft(session: Session, draft_id: int, payee_id: int | None = None) -> None:
    """Forget one payee of a draft, or all of them."""
    query = delete(ClaimPayeeRecord).where(ClaimPayeeRecord.draft_id == draft_id)
    if payee_id is not None:
        query = query.where(ClaimPayeeRecord.id == payee_id)
    session.execute(query)


def list_of_draft(session: Session, draft_id: int) -> list[ClaimPayee]:
    """The payees of a draft, in order."""
    rows = session.execute(_SELECT.where(_TABLE.c.draft_id == draft_id).order_by(_TABLE.c.position))
    return [ClaimPayee(**row) for row in rows.mappings()]


def list_of_claim(session: Session, claim_id: int) -> list[ClaimPayee]:
    """The payees of a claim, in order; empty for one that goes to the account on record."""
    rows = session.execute(_SELECT.where(_TABLE.c.claim_id == claim_id).order_by(_TABLE.c.position))
    return [ClaimPayee(**row) for row in rows.mappings()]


def sealed_account(session: Session, payee_id: int) -> bytes:
    """A payee's sealed account, for whoever may open it."""
    return session.execute(
        select(ClaimPayeeRecord.account_sealed).where(ClaimPayeeRecord.id == payee_id)
    ).scalar_one()


def change_account(
    session: Session, payee_id: int, *, account_sealed: bytes, account_tail: str, bank_name: str
) -> None:
    """Put another account in place of a payee's."""
    session.execute(
        update(ClaimPayeeRecord)
        .where(ClaimPayeeRecord.id == payee_id)
        .values(account_sealed=account_sealed, account_tail=account_tail, bank_name=bank_name)
    )


def remove_of_claim(session: Session, claim_id: int) -> None:
    """Forget the payees of a claim."""
    session.execute(delete(ClaimPayeeRecord).where(ClaimPayeeRecord.claim_id == claim_id))


def move_to_claim(session: Session, draft_id: int, claim_id: int) -> None:
    """Put a draft's payees, if it has any, with the claim, in place of those it had."""
    if not list_of_draft(session, draft_id):
        return
    remove_of_claim(session, claim_id)
    session.execute(
        update(ClaimPayeeRecord)
        .where(ClaimPayeeRecord.draft_id == draft_id)
        .values(draft_id=None, claim_id=claim_id)
    )
