"""How the database is doing: what a probe and a dashboard ask for."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.storage.models.claims import ClaimRecord
from portal.storage.models.messages import TextMessageRecord


def count_waiting_texts(session: Session) -> tuple[int, datetime | None]:
    """How many texts wait to be sent, and since when the oldest does."""
    row = session.execute(
        select(func.count(), func.min(TextMessageRecord.queued_at)).where(TextMessageRecord.state == "queued")
    ).one()
    return row[0], row[1]


def count_claims(session: Session) -> list[tuple[str, str, int]]:
    """How many claims stand where: region, state, count."""
    rows = session.execute(
        select(ClaimRecord.region, ClaimRecord.state, func.count())
        .group_by(ClaimRecord.region, ClaimRecord.state)
        .order_by(ClaimRecord.region, ClaimRecord.state)
    )
    return [(region, state, count) for region, state, count in rows]
