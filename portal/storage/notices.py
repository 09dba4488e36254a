"""Messages that stand in the portal for one person; ``messages.add_notice`` leaves them there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.storage.models.claims import ClaimRecord
from portal.storage.models.messages import NoticeRecord


@dataclass(frozen=True)
class Notice:
    """A message: ``wording`` and ``facts`` make its words; it may be about a claim."""

    id: int
    wording: str
    facts: Mapping[str, Any]
    claim_number: str | None
    at: datetime
    read_at: datetime | None


def list_notices(session: Session, person_id: int) -> list[Notice]:
    """All messages of a person, newest first."""
    rows = session.execute(
        select(
            NoticeRecord.id,
            NoticeRecord.wording,
            NoticeRecord.facts,
            ClaimRecord.number,
            NoticeRecord.at,
            NoticeRecord.read_at,
        )
        .outerjoin(ClaimRecord, ClaimRecord.id == NoticeRecord.claim_id)
        .where(NoticeRecord.person_id == person_id)
        .order_by(NoticeRecord.id.desc())
    )
    return [Notice(*row) for row in rows]


def mark_read(session: Session, person_id: int, newest_id: int, now: datetime) -> None:
    """Note that a person read their messages up to one."""
    session.execute(
        update(NoticeRecord)
        .where(
            NoticeRecord.person_id == person_id,
            NoticeRecord.id <= newest_id,
            NoticeRecord.read_at.is_(None),
        )
        .values(read_at=now)
    )
