"""Phones and payees that wait for a second person's word, and what was changed about a person before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from portal.domain.disclosure import SealedField
from portal.domain.held_changes import HeldChange, NoSuchHeldChange
from portal.storage.models.citizens import HeldChangeRecord, PersonChangeRecord, PersonRecord
from portal.storage.models.staff import StaffPersonRecord


@dataclass(frozen=True)
class HeldValue:
    """The sealed value that waits, as it goes into the person's row."""

    sealed: bytes | None
    index: bytes | None
    tail: str | None
    bank_name: str | None


@dataclass(frozen=True)
class PersonChange:
    """One field of a person, changed: by which act, when, by whom, and what of it may be shown."""

    at: datetime
    act: str
    field: str
    old: str | None
    new: str | None
    job_no: str | None


_COLUMNS: tuple[Any, ...] = (
    HeldChangeRecord.id,
    HeldChangeRecord.person_id,
    PersonRecord.name,
    PersonRecord.town,
    PersonRecord.village,
    PersonRecord.region,
    HeldChangeRecord.field,
    PersonRecord.phone_tail,
    PersonRecord.card_tail,
    PersonRecord.account_tail,
    HeldChangeRecord.value_tail,
    HeldChangeRecord.bank_name,
    HeldChangeRecord.proposed_at,
    HeldChangeRecord.proposed_by,
    StaffPersonRecord.job_no,
)
_SELECT = (
    select(*_COLUMNS)
    .join(PersonRecord, PersonRecord.id == HeldChangeRecord.person_id)
    .join(StaffPersonRecord, StaffPersonRecord.id == HeldChangeRecord.proposed_by)
    .where(HeldChangeRecord.decided_at.is_(None))
    .order_by(HeldChangeRecord.proposed_at, HeldChangeRecord.id)
)


def list_waiting(session: Session, region: str, town: str | None) -> list[HeldChange]:
    """What waits in a region, or in one town of it, the oldest first."""
    query = _SELECT.where(PersonRecord.region == region)
    if town is not None:
        query = query.where(PersonRecord.town == town)
    return [_held(row) for row in session.execute(query)]


def list_waiting_for(session: Session, person_id: int) -> list[HeldChange]:
    """What waits for one person, the oldest first."""
    return [_held(row) for row in session.execute(_SELECT.where(HeldChangeRecord.person_id == person_id))]


def lock_waiting(session: Session, change_id: int) -> HeldChange:
    """One that waits, held until the work ends; raises ``NoSuchHeldChange``."""
    row = session.execute(
        _SELECT.where(HeldChangeRecord.id == change_id).with_for_update(of=HeldChangeRecord)
    ).one_or_none()
    if row is None:
        raise NoSuchHeldChange
    return _held(row)


def get_value(session: Session, change_id: int) -> HeldValue:
    """The value that waits, sealed as the field it would replace."""
    row = session.execute(
        select(
            HeldChangeRecord.value_sealed,
            HeldChangeRecord.value_index,
            HeldChangeRecord.value_tail,
            HeldChangeRecord.bank_name,
        ).where(HeldChangeRecord.id == change_id)
    ).one()
    return HeldValue(*row)


def close(session: Session, change_id: int, *, accepted: bool, by: int, now: datetime) -> None:
    """Note who decided about a change, and how."""
    session.execute(
        update(HeldChangeRecord)
        .where(HeldChangeRecord.id == change_id)
        .values(decided_at=now, decided_by=by, accepted=accepted)
    )


def record_change(
    session: Session,
    person_id: int,
    *,
    act: str,
    field: str,
    old: str | None,
    new: str | None,
    by: int | None,
    now: datetime,
) -> None:
    """Note what of a person was changed; ``old`` and ``new`` are never whole numbers."""
    session.execute(
        insert(PersonChangeRecord).values(
            person_id=person_id, at=now, act=act, field=field, old=old, new=new, by_staff_person_id=by
        )
    )


def list_changes(session: Session, person_id: int) -> list[PersonChange]:
    """What was changed about a person, newest first."""
    rows = session.execute(
        select(
            PersonChangeRecord.at,
            PersonChangeRecord.act,
            PersonChangeRecord.field,
            PersonChangeRecord.old,
            PersonChangeRecord.new,
            StaffPersonRecord.job_no,
        )
        .outerjoin(StaffPersonRecord, StaffPersonRecord.id == PersonChangeRecord.by_staff_person_id)
        .where(PersonChangeRecord.person_id == person_id)
        .order_by(PersonChangeRecord.id.desc())
    )
    return [PersonChange(*row) for row in rows]


def _held(row: Row[Any]) -> HeldChange:
    field = SealedField(row.field)
    return HeldChange(
        id=row.id,
        person_id=row.person_id,
        name=row.name,
        town=row.town,
        village=row.village,
        region=row.region,
        field=field,
        old_tail=getattr(row, f"{field}_tail"),
        new_tail=row.value_tail,
        bank_name=row.bank_name,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        proposed_by_job_no=row.job_no,
    )
