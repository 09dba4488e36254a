"""What the desk looks at: queues, papers that look like others, and the amount two reviewers agreed on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ClaimState, Step
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import ClaimRecord, HandlerRecord, RatingRecord, ReceiptRecord
from portal.storage.models.staff import StaffPersonRecord


@dataclass(frozen=True)
class QueueWish:
    """Which claims of a region: standing in one of these states, and narrowed by what is given.

    ``step`` is the step they wait for; claims in which ``staff_person_id`` has had another one are left out.
    Without ``kinds`` all kinds are meant.
    """

    region: str
    states: frozenset[ClaimState]
    staff_person_id: int
    step: Step | None = None
    town: str | None = None
    kinds: frozenset[ClaimKind] = frozenset()
    year: int | None = None


@dataclass(frozen=True)
class Queued:
    """A claim as a line of a queue, with the name of who filed it."""

    id: int
    number: str
    kind: ClaimKind
    town: str
    village: str
    name: str
    claim_year: int | None
    amount: Decimal | None
    filed_at: datetime
    promised_on: date
    state: ClaimState
    state_since: datetime
    payee_held_until: datetime | None


_ENDED_UNPAID = (str(ClaimState.REJECTED), str(ClaimState.CANCELLED))

# By what a queue can be put in order; equal ones by the day promised.
SORTS: Mapping[str, InstrumentedAttribute[Any]] = {
    "promise": ClaimRecord.promised_on,
    "number": ClaimRecord.number,
    "filed": ClaimRecord.filed_at,
    "name": PersonRecord.name,
    "village": ClaimRecord.village,
    "year": ClaimRecord.claim_year,
    "amount": ClaimRecord.amount,
}


def list_queue(
    session: Session, wish: QueueWish, *, sort: str, descending: bool, limit: int, offset: int
) -> list[Queued]:
    """A page of a queue, in the order wished for."""
    order = SORTS[sort].desc() if descending else SORTS[sort].asc()
    query = (
        select(
            ClaimRecord.id,
            ClaimRecord.number,
            ClaimRecord.kind,
            ClaimRecord.town,
            ClaimRecord.village,
            PersonRecord.name,
            ClaimRecord.claim_year,
            ClaimRecord.amount,
            ClaimRecord.filed_at,
            ClaimRecord.promised_on,
            ClaimRecord.state,
            ClaimRecord.state_since,
            PersonRecord.payee_held_until,
        )
        .join(PersonRecord, PersonRecord.id == ClaimRecord.person_id)
        .where(*_fits(wish), _is_mine_to_take(wish))
        .order_by(order, ClaimRecord.promised_on, ClaimRecord.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        Queued(**{**row, "kind": ClaimKind(row["kind"]), "state": ClaimState(row["state"])})
        for row in session.execute(query).mappings()
    ]


def count_queue(session: Session, wish: QueueWish, today: date) -> tuple[int, int]:
    """How many claims a queue holds, and how many of them are past the day promised."""
    overdue = func.count().filter(ClaimRecord.promised_on < today)
    row = session.execute(
        select(func.count(), overdue).select_from(ClaimRecord).where(*_fits(wish), _is_mine_to_take(wish))
    ).one()
    return row[0], row[1]


def count_withheld(session: Session, wish: QueueWish) -> dict[Step, int]:
    """How many claims are left out of a queue because the person had another part in them, and which part."""
    if wish.step is None:
        return {}
    rows = session.execute(
        select(HandlerRecord.act, func.count())
        .join(ClaimRecord, ClaimRecord.id == HandlerRecord.claim_id)
        .where(
            *_fits(wish),
            HandlerRecord.staff_person_id == wish.staff_person_id,
            HandlerRecord.act != str(wish.step),
        )
        .group_by(HandlerRecord.act)
    )
    return {Step(act): count for act, count in rows}


def count_by_state(session: Session, region: str, town: str | None) -> dict[ClaimState, int]:
    """How many claims stand where."""
    query = (
        select(ClaimRecord.state, func.count())
        .where(ClaimRecord.region == region)
        .group_by(ClaimRecord.state)
    )
    if town is not None:
        query = query.where(ClaimRecord.town == town)
    return {ClaimState(state): count for state, count in session.execute(query)}


def list_twins(session: Session, claim_ids: Collection[int]) -> dict[int, list[str]]:
    """The numbers of other claims on which the very same picture lies, for each of these claims.

    Whoever files again after a rejection sends the same picture; that is no twin.
    """
    mine, other = aliased(ReceiptRecord), aliased(ReceiptRecord)
    rows = session.execute(
        select(mine.claim_id, ClaimRecord.number)
        .join(other, and_(other.digest == mine.digest, other.claim_id != mine.claim_id))
        .join(ClaimRecord, ClaimRecord.id == other.claim_id)
        .where(
            mine.claim_id.in_(claim_ids),
            or_(other.person_id != mine.person_id, ClaimRecord.state.not_in(_ENDED_UNPAID)),
        )
        .distinct()
        .order_by(ClaimRecord.number)
    )
    twins: dict[int, list[str]] = {}
    for claim_id, number in rows:
        if claim_id is not None:
            twins.setdefault(claim_id, []).append(number)
    return twins


def list_likenesses(session: Session, claim_id: int, region: str) -> list[tuple[str, bytes]]:
    """What the papers on a region's other claims look like, with the number of the claim each lies on."""
    rows = session.execute(
        select(ClaimRecord.number, ReceiptRecord.likeness)
        .join(ReceiptRecord, ReceiptRecord.claim_id == ClaimRecord.id)
        .where(
            ClaimRecord.region == region,
            ClaimRecord.id != claim_id,
            ClaimRecord.state.not_in(_ENDED_UNPAID),
            ReceiptRecord.likeness != b"",
        )
        .order_by(ClaimRecord.number)
    )
    return [(row.number, row.likeness) for row in rows]


def set_amount(session: Session, claim_id: int, amount: Decimal) -> None:
    """Keep the amount that two reviewers agreed on."""
    session.execute(update(ClaimRecord).where(ClaimRecord.id == claim_id).values(amount=amount))


@dataclass(frozen=True)
class CallBack:
    """A bad rating that somebody should call about, or has: by which job number, and what came of it."""

    claim_id: int
    number: str
    name: str
    village: str
    score: int
    words: str | None
    rated_at: datetime
    called_back_at: datetime | None
    called_back_by: str | None
    outcome: str | None


_OF_CALL_BACKS: tuple[Any, ...] = (
    RatingRecord.claim_id,
    ClaimRecord.number,
    PersonRecord.name,
    PersonRecord.village,
    RatingRecord.score,
    RatingRecord.words,
    RatingRecord.rated_at,
    RatingRecord.called_back_at,
    StaffPersonRecord.job_no,
    RatingRecord.called_back_words,
)


def list_call_backs(session: Session, region: str, town: str | None, worst: int) -> list[CallBack]:
    """Ratings of at most ``worst``, those nobody has called about before the others; the oldest first."""
    query = (
        select(*_OF_CALL_BACKS)
        .join(ClaimRecord, ClaimRecord.id == RatingRecord.claim_id)
        .join(PersonRecord, PersonRecord.id == ClaimRecord.person_id)
        .outerjoin(StaffPersonRecord, StaffPersonRecord.id == RatingRecord.called_back_by)
        .where(ClaimRecord.region == region, RatingRecord.score <= worst)
        .order_by(RatingRecord.called_back_at.is_not(None), RatingRecord.rated_at)
    )
    if town is not None:
        query = query.where(ClaimRecord.town == town)
    return [CallBack(*row) for row in session.execute(query)]


def note_call_back(
    session: Session, claim_id: int, *, words: str, staff_person_id: int, now: datetime
) -> bool:
    """Note who called back, when, and what came of it; False where that was noted before."""
    noted = session.execute(
        update(RatingRecord)
        .where(RatingRecord.claim_id == claim_id, RatingRecord.called_back_at.is_(None))
        .values(called_back_at=now, called_back_by=staff_person_id, called_back_words=words)
        .returning(RatingRecord.claim_id)
    )
    return noted.one_or_none() is not None


def _fits(wish: QueueWish) -> list[ColumnElement[bool]]:
    fits = [
        ClaimRecord.region == wish.region,
        ClaimRecord.state.in_(sorted(str(state) for state in wish.states)),
    ]
    if wish.town is not None:
        fits.append(ClaimRecord.town == wish.town)
    if wish.kinds:
        fits.append(ClaimRecord.kind.in_(sorted(str(kind) for kind in wish.kinds)))
    if wish.year is not None:
        fits.append(ClaimRecord.claim_year == wish.year)
    return fits


def _is_mine_to_take(wish: QueueWish) -> ColumnElement[bool]:
    if wish.step is None:
        return true()
    another_part = (
        select(HandlerRecord.claim_id)
        .where(
            HandlerRecord.claim_id == ClaimRecord.id,
            HandlerRecord.staff_person_id == wish.staff_person_id,
            HandlerRecord.act != str(wish.step),
        )
        .exists()
    )
    return ~another_part
