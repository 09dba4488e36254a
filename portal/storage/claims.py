"""Claims and what happened to them. Events are only ever added; the state beside them is a copy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import RowMapping, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ClaimAct, ClaimEvent, ClaimState, NoSuchClaim, Step
from portal.domain.errors import Refusal
from portal.storage.models.claims import (
    ClaimEventRecord,
    ClaimRecord,
    ClaimSlotRecord,
    DecisionRecord,
    HandlerRecord,
    RatingRecord,
    SubsidyYearRecord,
)

_CLAIM = ClaimRecord.__table__


class SlotTaken(Refusal):
    """Another claim of this person already holds what only one may hold; ``facts["slot"]`` names it."""

    code: ClassVar[str] = "slot_taken"


@dataclass(frozen=True)
class Claim:
    """One claim as it was filed, and where it stands."""

    id: int
    number: str
    region: str
    town: str
    village: str
    kind: ClaimKind
    person_id: int
    claim_year: int | None
    amount: Decimal | None
    answers: Mapping[str, Any]
    filed_at: datetime
    promised_on: date
    first_contact_job_no: str
    state: ClaimState
    state_since: datetime


@dataclass(frozen=True)
class Rating:
    """What the villager thought of a closed claim, from 1 (badly) to 3 (well), and when they were called."""

    score: int
    called_back_at: datetime | None


def add_claim(
    session: Session,
    *,
    prefix: str,
    year: int,
    region: str,
    town: str,
    village: str,
    kind: ClaimKind,
    person_id: int,
    claim_year: int | None,
    amount: Decimal | None,
    answers: Mapping[str, Any],
    filed_at: datetime,
    promised_on: date,
    first_contact_job_no: str,
) -> Claim:
    """A new claim under the next number of its prefix and year, such as JN2026-0417.

    Two claims filed at one moment may reach for the same number; the later one tries the next.
    """
    values = {
        "region": region,
        "town": town,
        "village": village,
        "kind": str(kind),
        "person_id": person_id,
        "claim_year": claim_year,
        "amount": amount,
        "answers": dict(answers),
        "filed_at": filed_at,
        "promised_on": promised_on,
        "first_contact_job_no": first_contact_job_no,
        "state": str(ClaimState.SUBMITTED),
        "state_since": filed_at,
    }
    while True:
        number = _next_number(session, f"{prefix}{year}-")
        try:
            with session.begin_nested():
                claim_id = session.execute(
                    insert(ClaimRecord).values(number=number, **values).returning(ClaimRecord.id)
                ).scalar_one()
            return get_claim(session, claim_id)
        except IntegrityError as error:
            if "number" not in str(error.orig):
                raise


def _next_number(session: Session, beginning: str) -> str:
    newest = session.execute(
        select(_CLAIM.c.number)
        .where(_CLAIM.c.number.startswith(beginning, autoescape=True))
        .order_by(func.length(_CLAIM.c.number).desc(), _CLAIM.c.number.desc())
        .limit(1)
    ).scalar_one_or_none()
    count = int(newest.removeprefix(beginning)) if newest else 0
    return f"{beginning}{count + 1:04}"


def get_claim(session: Session, claim_id: int) -> Claim:
    """One claim; raises ``NoSuchClaim``."""
    return _one(session, select(_CLAIM).where(_CLAIM.c.id == claim_id))


def lock_claim(session: Session, claim_id: int) -> Claim:
    """One claim, held until the work ends; every act on a claim begins with this."""
    return _one(session, select(_CLAIM).where(_CLAIM.c.id == claim_id).with_for_update())


def find_by_number(session: Session, number: str) -> Claim | None:
    """The claim with this number."""
    row = session.execute(select(_CLAIM).where(_CLAIM.c.number == number)).mappings().one_or_none()
    return None if row is None else _claim(row)


def list_for_person(session: Session, person_id: int) -> list[Claim]:
    """A person's claims, newest first."""
    rows = session.execute(
        select(_CLAIM).where(_CLAIM.c.person_id == person_id).order_by(_CLAIM.c.filed_at.desc(), _CLAIM.c.id)
    ).mappings()
    return [_claim(row) for row in rows]


def add_event(
    session: Session,
    claim_id: int,
    act: ClaimAct,
    at: datetime,
    *,
    staff_person_id: int | None = None,
    job_no: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> int:
    """One more thing that happened to a claim, after all others; returns its row."""
    last = session.execute(
        select(func.max(ClaimEventRecord.sequence)).where(ClaimEventRecord.claim_id == claim_id)
    ).scalar_one()
    event_id: int = session.execute(
        insert(ClaimEventRecord)
        .values(
            claim_id=claim_id,
            sequence=(last or 0) + 1,
            at=at,
            act=str(act),
            staff_person_id=staff_person_id,
            job_no=job_no,
            facts=dict(facts or {}),
        )
        .returning(ClaimEventRecord.id)
    ).scalar_one()
    return event_id


def list_events(session: Session, claim_id: int) -> list[ClaimEvent]:
    """All that happened to a claim, in order."""
    rows = session.execute(
        select(
            ClaimEventRecord.act,
            ClaimEventRecord.at,
            ClaimEventRecord.staff_person_id,
            ClaimEventRecord.job_no,
            ClaimEventRecord.facts,
        )
        .where(ClaimEventRecord.claim_id == claim_id)
        .order_by(ClaimEventRecord.sequence)
    )
    return [ClaimEvent(ClaimAct(row.act), row.at, row.staff_person_id, row.job_no, row.facts) for row in rows]


def change_claim(
    session: Session,
    claim_id: int,
    *,
    claim_year: int | None,
    amount: Decimal | None,
    answers: Mapping[str, Any],
    promised_on: date,
) -> None:
    """Keep the copy of what was handed in again; what was handed in before stands in the events."""
    session.execute(
        update(ClaimRecord)
        .where(ClaimRecord.id == claim_id)
        .values(claim_year=claim_year, amount=amount, answers=dict(answers), promised_on=promised_on)
    )


def set_state(session: Session, claim_id: int, state: ClaimState, since: datetime) -> None:
    """Keep the copy of what the events say, for the queues."""
    session.execute(
        update(ClaimRecord).where(ClaimRecord.id == claim_id).values(state=str(state), state_since=since)
    )


def list_handlers(session: Session, claim_id: int) -> dict[int, Step]:
    """Which step each natural person has had on a claim."""
    rows = session.execute(
        select(HandlerRecord.staff_person_id, HandlerRecord.act).where(HandlerRecord.claim_id == claim_id)
    )
    return {row.staff_person_id: Step(row.act) for row in rows}


def add_handler(session: Session, claim_id: int, staff_person_id: int, step: Step) -> None:
    """Note that a person has this step on a claim; noting the same again changes nothing.

    Another step of the same person fails in the database, whatever the code above believed.
    """
    noted = session.execute(
        select(HandlerRecord.act).where(
            HandlerRecord.claim_id == claim_id, HandlerRecord.staff_person_id == staff_person_id
        )
    ).scalar_one_or_none()
    if noted != step:
        session.execute(
            insert(HandlerRecord).values(claim_id=claim_id, staff_person_id=staff_person_id, act=str(step))
        )


def add_decision(
    session: Session, *, event_id: int, claim_id: int, staff_person_id: int, step: Step, verdict: ClaimAct
) -> None:
    """A decision, resting on its handler's row."""
    session.execute(
        insert(DecisionRecord).values(
            event_id=event_id,
            claim_id=claim_id,
            staff_person_id=staff_person_id,
            act=str(step),
            verdict=str(verdict),
        )
    )


def take_slot(session: Session, person_id: int, slot: str, claim_id: int) -> None:
    """Hold for a claim what only one may hold; raises ``SlotTaken``."""
    try:
        with session.begin_nested():
            session.execute(insert(ClaimSlotRecord).values(person_id=person_id, slot=slot, claim_id=claim_id))
    except IntegrityError as error:
        raise SlotTaken(slot=slot) from error


def free_slots(session: Session, claim_id: int) -> None:
    """Let go of everything a claim holds, when it ended without being paid."""
    session.execute(delete(ClaimSlotRecord).where(ClaimSlotRecord.claim_id == claim_id))


def list_slots(session: Session, person_id: int) -> dict[str, int]:
    """What a person's claims hold, each with the claim that holds it."""
    rows = session.execute(
        select(ClaimSlotRecord.slot, ClaimSlotRecord.claim_id).where(ClaimSlotRecord.person_id == person_id)
    )
    return {row.slot: row.claim_id for row in rows}


def list_subsidy_years(session: Session, person_id: int) -> frozenset[int]:
    """The contribution years for which a person was given the subsidy."""
    return frozenset(
        session.scalars(
            select(SubsidyYearRecord.contribution_year).where(SubsidyYearRecord.person_id == person_id)
        )
    )


def add_rating(session: Session, claim_id: int, score: int, words: str | None, at: datetime) -> bool:
    """What the villager thought of a closed claim, once; False where they have said so before."""
    if find_rating(session, claim_id) is not None:
        return False
    session.execute(insert(RatingRecord).values(claim_id=claim_id, score=score, words=words, rated_at=at))
    return True


def find_rating(session: Session, claim_id: int) -> Rating | None:
    """What the villager said of a closed claim, or None."""
    row = session.execute(
        select(RatingRecord.score, RatingRecord.called_back_at).where(RatingRecord.claim_id == claim_id)
    ).one_or_none()
    return None if row is None else Rating(*row)


def iterate_claims(session: Session) -> Iterator[Claim]:
    """All claims, in order, for whoever compares each with its events."""
    rows = session.execute(select(_CLAIM).order_by(_CLAIM.c.id).execution_options(yield_per=500))
    for row in rows.mappings():
        yield _claim(row)


def _one(session: Session, query: Select[Any]) -> Claim:
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise NoSuchClaim
    return _claim(row)


def _claim(row: RowMapping) -> Claim:
    return Claim(**{**row, "kind": ClaimKind(row["kind"]), "state": ClaimState(row["state"])})
