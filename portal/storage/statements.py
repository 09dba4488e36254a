"""Printed statements, found by the hash of the code on the paper."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from portal.storage.models import Base

_STATEMENT = Base.metadata.tables["statement"]


@dataclass(frozen=True)
class StoredStatement:
    """One printed statement; ``printed`` is all that stands on the paper, in codes and plain values."""

    id: int
    code_hash: bytes
    person_id: int
    printed_at: datetime
    printed: Mapping[str, Any]


def add_statement(
    session: Session, *, code_hash: bytes, person_id: int, printed_at: datetime, printed: Mapping[str, Any]
) -> int:
    """Keep what a statement says; returns its row."""
    statement_id: int = session.execute(
        insert(_STATEMENT)
        .values(code_hash=code_hash, person_id=person_id, printed_at=printed_at, printed=dict(printed))
        .returning(_STATEMENT.c.id)
    ).scalar_one()
    return statement_id


def find_own(session: Session, statement_id: int, person_id: int) -> StoredStatement | None:
    """A person's own statement."""
    row = session.execute(
        select(_STATEMENT).where(_STATEMENT.c.id == statement_id, _STATEMENT.c.person_id == person_id)
    ).one_or_none()
    return _statement(row)


def find_by_code(session: Session, code_hashes: Collection[bytes]) -> StoredStatement | None:
    """The statement whose code is filed under one of these hashes."""
    row = session.execute(select(_STATEMENT).where(_STATEMENT.c.code_hash.in_(code_hashes))).one_or_none()
    return _statement(row)


def _statement(row: Row[Any] | None) -> StoredStatement | None:
    if row is None:
        return None
    return StoredStatement(row.id, row.code_hash, row.person_id, row.printed_at, row.printed)
