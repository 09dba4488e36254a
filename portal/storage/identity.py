"""One-time codes, and counters that are exact whoever counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.identity import CodeKind
from portal.storage.models.base import Base
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.sessions import AttemptRecord, CodeRecord


@dataclass(frozen=True)
class Candidate:
    """The person on record under a citizen number."""

    person_id: int
    name: str
    region: str
    is_alive: bool


@dataclass(frozen=True)
class StoredCode:
    """A code that waits to be used; a decoy has neither person nor claim."""

    id: int
    person_id: int | None
    claim_id: int | None
    number_key: bytes | None
    code_hash: bytes
    expires_at: datetime
    tries: int


# What an ID check asks is put together once, here: to do so anew took longer than the database's answer.
_ATTEMPT: Table = Base.metadata.tables[AttemptRecord.__tablename__]
_CODE: Table = Base.metadata.tables[CodeRecord.__tablename__]
_PERSON: Table = Base.metadata.tables[PersonRecord.__tablename__]


def _count_one_more(insert: Any) -> Any:
    return (
        insert(_ATTEMPT)
        .values(count=1)
        .on_conflict_do_update(
            index_elements=["subject", "key_hash", "window_began_at"], set_={"count": _ATTEMPT.c.count + 1}
        )
        .returning(_ATTEMPT.c.count)
    )


_COUNT = {"sqlite": _count_one_more(sqlite.insert), "postgresql": _count_one_more(postgresql.insert)}
_ADD_CODE = insert(_CODE).inline()
_FIND_CANDIDATE = select(_PERSON.c.id, _PERSON.c.name, _PERSON.c.region, _PERSON.c.died_on).where(
    _PERSON.c.number_index.in_(bindparam("number_indexes", expanding=True))
)


def count_attempt(session: Session, subject: str, key_hash: bytes, window_began_at: datetime) -> int:
    """Count one more attempt in its window; returns how many that makes."""
    connection = session.connection()
    counted = connection.execute(
        _COUNT[connection.dialect.name],
        {"subject": subject, "key_hash": key_hash, "window_began_at": window_began_at},
    )
    made: int = counted.scalar_one()
    return made


def forget_attempts_before(session: Session, moment: datetime) -> None:
    """Drop counters of windows that are long over."""
    session.execute(delete(AttemptRecord).where(AttemptRecord.window_began_at < moment))


def forget_codes_before(session: Session, moment: datetime) -> None:
    """Drop codes, decoys too, that were over by then."""
    session.execute(delete(CodeRecord).where(CodeRecord.expires_at < moment))


def find_candidate(session: Session, number_indexes: tuple[bytes, ...]) -> Candidate | None:
    """The person with this citizen number under any key of the ring."""
    row = session.connection().execute(_FIND_CANDIDATE, {"number_indexes": number_indexes}).one_or_none()
    if row is None:
        return None
    return Candidate(row.id, row.name, row.region, row.died_on is None)


def add_code(
    session: Session,
    *,
    kind: CodeKind,
    code_hash: bytes,
    issued_at: datetime,
    expires_at: datetime,
    person_id: int | None = None,
    claim_id: int | None = None,
    challenge_hash: bytes | None = None,
    number_key: bytes | None = None,
    issued_by: int | None = None,
) -> None:
    """A new code, or a decoy."""
    session.connection().execute(
        _ADD_CODE,
        {
            "kind": str(kind),
            "code_hash": code_hash,
            "issued_at": issued_at,
            "expires_at": expires_at,
            "person_id": person_id,
            "claim_id": claim_id,
            "challenge_hash": challenge_hash,
            "number_key": number_key,
            "issued_by": issued_by,
        },
    )


_COLUMNS = (
    CodeRecord.id,
    CodeRecord.person_id,
    CodeRecord.claim_id,
    CodeRecord.number_key,
    CodeRecord.code_hash,
    CodeRecord.expires_at,
    CodeRecord.tries,
)


def lock_challenge(session: Session, challenge_hashes: tuple[bytes, ...]) -> StoredCode | None:
    """The unused code that was sent for a challenge, held until the work ends."""
    row = session.execute(
        select(*_COLUMNS)
        .where(CodeRecord.challenge_hash.in_(challenge_hashes), CodeRecord.used_at.is_(None))
        .with_for_update()
    ).one_or_none()
    return None if row is None else StoredCode(*row)


def lock_paper_code(
    session: Session, code_hashes: tuple[bytes, ...], now: datetime, challenged: StoredCode
) -> StoredCode | None:
    """The unused paper code of the person who was challenged, or for a claim of theirs; held till the end.

    A claim's code goes by the citizen number that was typed: its holder may have a record here, or none.
    """
    owner = or_(
        and_(CodeRecord.kind == CodeKind.PAPER, CodeRecord.person_id == challenged.person_id),
        and_(CodeRecord.kind == CodeKind.CLAIM, CodeRecord.number_key == challenged.number_key),
    )
    row = session.execute(
        select(*_COLUMNS)
        .where(
            CodeRecord.code_hash.in_(code_hashes),
            CodeRecord.used_at.is_(None),
            CodeRecord.expires_at > now,
            owner,
        )
        .with_for_update()
    ).one_or_none()
    return None if row is None else StoredCode(*row)


def end_paper_codes(session: Session, person_id: int, now: datetime) -> None:
    """Let a person's unused paper codes be over."""
    session.execute(
        update(CodeRecord)
        .where(
            CodeRecord.kind == CodeKind.PAPER,
            CodeRecord.person_id == person_id,
            CodeRecord.used_at.is_(None),
            CodeRecord.expires_at > now,
        )
        .values(expires_at=now)
    )


def list_slip_givers(
    session: Session, person_ids: Collection[int], *, since: datetime, now: datetime
) -> list[int]:
    """Who at the desk made the paper codes of these people that were used since, or still can be."""
    rows = session.scalars(
        select(CodeRecord.issued_by)
        .where(
            CodeRecord.issued_by.is_not(None),
            CodeRecord.person_id.in_(person_ids),
            or_(CodeRecord.used_at >= since, and_(CodeRecord.used_at.is_(None), CodeRecord.expires_at > now)),
        )
        .distinct()
        .order_by(CodeRecord.issued_by)
    )
    return [each for each in rows if each is not None]


def count_try(session: Session, code_id: int) -> None:
    """Note a wrong try on a challenge."""
    session.execute(update(CodeRecord).where(CodeRecord.id == code_id).values(tries=CodeRecord.tries + 1))


def use_code(session: Session, code_id: int, now: datetime) -> None:
    """Use a code up."""
    session.execute(update(CodeRecord).where(CodeRecord.id == code_id).values(used_at=now))
