"""Signed-in browsers, found by the hash of their token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import ClaimRecord
from portal.storage.models.sessions import SessionRecord
from portal.storage.models.staff import StaffAccountRecord, StaffPersonRecord


@dataclass(frozen=True)
class StoredSession:
    """A session with what is needed to know who is acting. Disabled accounts have none."""

    id: int
    began_at: datetime
    last_used_at: datetime
    csrf_token: str
    region: str
    person_id: int | None
    claim_id: int | None
    assisted_by: str | None
    staff_account_id: int | None
    staff_person_id: int | None
    staff_name: str | None
    job_no: str | None
    roles: tuple[str, ...]
    town: str | None


def add_session(
    session: Session,
    *,
    token_hash: bytes,
    csrf_token: str,
    now: datetime,
    person_id: int | None = None,
    staff_account_id: int | None = None,
    claim_id: int | None = None,
    assisted_by: str | None = None,
) -> int:
    """A new signed-in browser; exactly one of person, staff account and claim is given."""
    return session.execute(
        insert(SessionRecord)
        .values(
            token_hash=token_hash,
            csrf_token=csrf_token,
            began_at=now,
            last_used_at=now,
            person_id=person_id,
            staff_account_id=staff_account_id,
            claim_id=claim_id,
            assisted_by=assisted_by,
        )
        .returning(SessionRecord.id)
    ).scalar_one()


_FIND = (
    select(
        SessionRecord.id,
        SessionRecord.began_at,
        SessionRecord.last_used_at,
        SessionRecord.csrf_token,
        SessionRecord.person_id,
        SessionRecord.claim_id,
        SessionRecord.assisted_by,
        SessionRecord.staff_account_id,
        PersonRecord.region.label("person_region"),
        ClaimRecord.region.label("claim_region"),
        StaffAccountRecord.region.label("staff_region"),
        StaffAccountRecord.roles,
        StaffAccountRecord.town,
        StaffPersonRecord.id.label("staff_person_id"),
        StaffPersonRecord.name.label("staff_name"),
        StaffPersonRecord.job_no,
    )
    .outerjoin(PersonRecord, PersonRecord.id == SessionRecord.person_id)
    .outerjoin(ClaimRecord, ClaimRecord.id == SessionRecord.claim_id)
    .outerjoin(StaffAccountRecord, StaffAccountRecord.id == SessionRecord.staff_account_id)
    .outerjoin(StaffPersonRecord, StaffPersonRecord.id == StaffAccountRecord.person_id)
    .where(
        SessionRecord.ended_at.is_(None),
        StaffAccountRecord.disabled_at.is_(None),
    )
)


def find_session(session: Session, token_hashes: Sequence[bytes]) -> StoredSession | None:
    """The session of a token under any key of the ring, unless it was ended or its account disabled."""
    row = session.execute(_FIND.where(SessionRecord.token_hash.in_(token_hashes))).one_or_none()
    if row is None:
        return None
    return StoredSession(
        id=row.id,
        began_at=row.began_at,
        last_used_at=row.last_used_at,
        csrf_token=row.csrf_token,
        region=row.person_region or row.claim_region or row.staff_region,
        person_id=row.person_id,
        claim_id=row.claim_id,
        assisted_by=row.assisted_by,
        staff_account_id=row.staff_account_id,
        staff_person_id=row.staff_person_id,
        staff_name=row.staff_name,
        job_no=row.job_no,
        roles=tuple(row.roles or ()),
        town=row.town,
    )


def touch_session(session: Session, session_id: int, now: datetime) -> None:
    """Note that a session was used."""
    session.execute(update(SessionRecord).where(SessionRecord.id == session_id).values(last_used_at=now))


def end_session(session: Session, session_id: int, now: datetime) -> None:
    """End one session."""
    session.execute(
        update(SessionRecord)
        .where(SessionRecord.id == session_id, SessionRecord.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_sessions_of_account(session: Session, staff_account_id: int, now: datetime) -> None:
    """End every open session of a staff account."""
    session.execute(
        update(SessionRecord)
        .where(SessionRecord.staff_account_id == staff_account_id, SessionRecord.ended_at.is_(None))
        .values(ended_at=now)
    )


def forget_sessions(session: Session, *, citizens: datetime, staff: datetime) -> None:
    """Drop sessions that were ended, or began before these moments and so are over."""
    session.execute(
        delete(SessionRecord).where(
            or_(
                SessionRecord.ended_at.is_not(None),
                SessionRecord.began_at < staff,
                (SessionRecord.began_at < citizens) & SessionRecord.staff_account_id.is_(None),
            )
        )
    )
