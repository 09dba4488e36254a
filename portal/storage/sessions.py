"""Signed-in browsers, found by the hash of their token."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.storage.models import Base
from portal.storage.models.sessions import SessionRecord
from portal.storage.prepared import Prepared


class StoredSession(NamedTuple):
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
    roles: Sequence[str] | None
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
) -> None:
    """A new signed-in browser; exactly one of person, staff account and claim is given."""
    session.execute(
        insert(SessionRecord).values(
            token_hash=token_hash,
            csrf_token=csrf_token,
            began_at=now,
            last_used_at=now,
            person_id=person_id,
            staff_account_id=staff_account_id,
            claim_id=claim_id,
            assisted_by=assisted_by,
        )
    )


# By its tables, since every page of whoever is signed in asks this first.
_SESSION = Base.metadata.tables["session"]
_PERSON = Base.metadata.tables["person"]
_CLAIM = Base.metadata.tables["claim"]
_ACCOUNT = Base.metadata.tables["staff_account"]
_STAFF = Base.metadata.tables["staff_person"]

_FIND = Prepared(
    lambda _dialect: (
        select(
            _SESSION.c.id,
            _SESSION.c.began_at,
            _SESSION.c.last_used_at,
            _SESSION.c.csrf_token,
            func.coalesce(_PERSON.c.region, _CLAIM.c.region, _ACCOUNT.c.region),
            _SESSION.c.person_id,
            _SESSION.c.claim_id,
            _SESSION.c.assisted_by,
            _ACCOUNT.c.id,
            _STAFF.c.id,
            _STAFF.c.name,
            _STAFF.c.job_no,
            _ACCOUNT.c.roles,
            _ACCOUNT.c.town,
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
)
"""A ``StoredSession``, column by column."""


def find_session(session: Session, token_hashes: Sequence[bytes]) -> StoredSession | None:
    """The session of a token under any key of the ring, unless it was ended or its account disabled."""
    for token_hash in token_hashes:
        for row in _FIND.ask(session, token_hash=token_hash):
            return StoredSession(*row)
    return None


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
