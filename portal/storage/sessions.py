"""Signed-in browsers, found by the hash of their token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.storage.models import Base
from portal.storage.models.sessions import SessionRecord


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


# By its tables, since every page of whoever is signed in asks this first.
_SESSION = Base.metadata.tables["session"]
_PERSON = Base.metadata.tables["person"]
_CLAIM = Base.metadata.tables["claim"]
_ACCOUNT = Base.metadata.tables["staff_account"]
_STAFF = Base.metadata.tables["staff_person"]

_FIND = (
    select(
        _SESSION.c.id,
        _SESSION.c.began_at,
        _SESSION.c.last_used_at,
        _SESSION.c.csrf_token,
        _SESSION.c.person_id,
        _SESSION.c.claim_id,
        _SESSION.c.assisted_by,
        _SESSION.c.staff_account_id,
        _PERSON.c.region.label("person_region"),
        _CLAIM.c.region.label("claim_region"),
        _ACCOUNT.c.region.label("staff_region"),
        _ACCOUNT.c.roles,
        _ACCOUNT.c.town,
        _STAFF.c.id.label("staff_person_id"),
        _STAFF.c.name.label("staff_name"),
        _STAFF.c.job_no,
    )
    .select_from(
        _SESSION.outerjoin(_PERSON, _PERSON.c.id == _SESSION.c.person_id)
        .outerjoin(_CLAIM, _CLAIM.c.id == _SESSION.c.claim_id)
        .outerjoin(_ACCOUNT, _ACCOUNT.c.id == _SESSION.c.staff_account_id)
        .outerjoin(_STAFF, _STAFF.c.id == _ACCOUNT.c.person_id)
    )
    .where(
        _SESSION.c.token_hash == bindparam("token_hash"),
        _SESSION.c.ended_at.is_(None),
        _ACCOUNT.c.disabled_at.is_(None),
    )
)


def find_session(session: Session, token_hashes: Sequence[bytes]) -> StoredSession | None:
    """The session of a token under any key of the ring, unless it was ended or its account disabled."""
    found = (session.execute(_FIND, {"token_hash": each}).one_or_none() for each in token_hashes)
    row = next(filter(None, found), None)
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
