"""What a clock that ran ahead has left behind."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from portal.storage.models.audit import AuditHeadRecord, AuditRecord
from portal.storage.models.messages import LeaseRecord, TextMessageRecord
from portal.storage.models.sessions import AttemptRecord, CodeRecord, SessionRecord


class NewestAct(NamedTuple):
    """The last act of a region's chain, and when a clock said it was."""

    region: str
    sequence: int
    at: datetime


def list_newest_after(session: Session, moment: datetime) -> list[NewestAct]:
    """The regions whose newest act is dated after a moment, the one that is furthest ahead first."""
    at_heads = and_(
        AuditRecord.region == AuditHeadRecord.region, AuditRecord.sequence == AuditHeadRecord.sequence
    )
    rows = session.execute(
        select(AuditRecord.region, AuditRecord.sequence, AuditRecord.at)
        .join(AuditHeadRecord, at_heads)
        .where(AuditRecord.at > moment)
        .order_by(AuditRecord.at.desc(), AuditRecord.region)
    )
    return [NewestAct(*row) for row in rows]


def forget_after(session: Session, now: datetime, longest_lease: timedelta) -> None:
    """Drop sessions, codes, counters and leases that were made later than now; send texts that wait for then.

    Each would last until its own moment comes and longer. A code that such a text brings is over already.
    """
    session.execute(delete(SessionRecord).where(SessionRecord.began_at > now))
    session.execute(delete(CodeRecord).where(CodeRecord.issued_at > now))
    session.execute(delete(AttemptRecord).where(AttemptRecord.window_began_at > now))
    session.execute(delete(LeaseRecord).where(LeaseRecord.until > now + longest_lease))
    ahead = update(TextMessageRecord).where(
        TextMessageRecord.state == "queued", TextMessageRecord.queued_at > now
    )
    session.execute(ahead.where(TextMessageRecord.expires_at.is_not(None)).values(expires_at=now))
    session.execute(ahead.values(next_try_at=now))
