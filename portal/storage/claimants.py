"""Heirs and beneficiaries: who was proposed, who was let in, and to which claim."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from portal.domain.claimants import Claimant, NoSuchClaimant, ProofSeen, Relation
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import ClaimantRecord
from portal.storage.models.staff import StaffPersonRecord


@dataclass(frozen=True)
class NewClaimant:
    """A claimant as written: the citizen number sealed for ``number_context(uid)``."""

    uid: str
    person_id: int
    name: str
    number_sealed: bytes
    relation: Relation
    proof: ProofSeen
    proposed_at: datetime
    proposed_by: int


_COLUMNS: tuple[Any, ...] = (
    ClaimantRecord.id,
    ClaimantRecord.person_id,
    PersonRecord.name.label("person_name"),
    PersonRecord.region,
    PersonRecord.town,
    PersonRecord.village,
    ClaimantRecord.name,
    ClaimantRecord.relation,
    ClaimantRecord.proof,
    ClaimantRecord.proposed_at,
    ClaimantRecord.proposed_by,
    StaffPersonRecord.job_no.label("proposed_by_job_no"),
    ClaimantRecord.decided_at,
    ClaimantRecord.claim_id,
)
_SELECT = (
    select(*_COLUMNS)
    .join(PersonRecord, PersonRecord.id == ClaimantRecord.person_id)
    .join(StaffPersonRecord, StaffPersonRecord.id == ClaimantRecord.proposed_by)
    .order_by(ClaimantRecord.proposed_at, ClaimantRecord.id)
)


def number_context(uid: str) -> str:
    """Where a claimant's sealed number belongs."""
    return f"claimant.number {uid}"


def add_claimant(session: Session, claimant: NewClaimant) -> None:
    """Somebody who waits for a second person's word."""
    values = {field.name: getattr(claimant, field.name) for field in fields(NewClaimant)}
    session.execute(
        insert(ClaimantRecord).values(
            {**values, "relation": str(claimant.relation), "proof": str(claimant.proof)}
        )
    )


def list_waiting(session: Session, region: str, town: str | None) -> list[Claimant]:
    """Who waits in a region, or in one town of it, the oldest first."""
    query = _SELECT.where(PersonRecord.region == region, ClaimantRecord.decided_at.is_(None))
    if town is not None:
        query = query.where(PersonRecord.town == town)
    return [_claimant(row) for row in session.execute(query)]


def list_of_person(session: Session, person_id: int) -> list[Claimant]:
    """Everybody who was proposed for one person, the oldest first."""
    return [_claimant(row) for row in session.execute(_SELECT.where(ClaimantRecord.person_id == person_id))]


def lock_claimant(session: Session, claimant_id: int) -> Claimant:
    """One of them, held until the work ends; raises ``NoSuchClaimant``."""
    row = session.execute(
        _SELECT.where(ClaimantRecord.id == claimant_id).with_for_update(of=ClaimantRecord)
    ).one_or_none()
    if row is None:
        raise NoSuchClaimant
    return _claimant(row)


def decide(session: Session, claimant_id: int, *, claim_id: int | None, by: int, now: datetime) -> None:
    """Note who decided, and the claim that the claimant may act on, if any."""
    session.execute(
        update(ClaimantRecord)
        .where(ClaimantRecord.id == claimant_id)
        .values(decided_at=now, decided_by=by, claim_id=claim_id)
    )


def sealed_number(session: Session, claimant_id: int) -> tuple[str, bytes]:
    """The uid and the sealed citizen number, for whoever may open it."""
    row = session.execute(
        select(ClaimantRecord.uid, ClaimantRecord.number_sealed).where(ClaimantRecord.id == claimant_id)
    ).one()
    return row.uid, row.number_sealed


def list_sealed_numbers(session: Session, person_id: int) -> list[tuple[str, bytes]]:
    """The same of everybody who claims for a person, or who waits to be let in."""
    is_out = ClaimantRecord.decided_at.is_not(None) & ClaimantRecord.claim_id.is_(None)
    rows = session.execute(
        select(ClaimantRecord.uid, ClaimantRecord.number_sealed)
        .where(ClaimantRecord.person_id == person_id, ~is_out)
        .order_by(ClaimantRecord.id)
    )
    return [(row.uid, row.number_sealed) for row in rows]


def _claimant(row: Row[Any]) -> Claimant:
    facts = {field.name: getattr(row, field.name) for field in fields(Claimant)}
    return Claimant(**{**facts, "relation": Relation(row.relation), "proof": ProofSeen(row.proof)})
