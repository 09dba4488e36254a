"""Who did what, when; append-only, one chain for each region."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.models.base import Base


class AuditRecord(Base):
    """One act. It names people by row number and job number, never by name or citizen number.

    A row has no number but that in its chain: another one could be changed without the chain telling.
    """

    __tablename__ = "audit_event"

    region: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None]
    job_no: Mapped[str | None]
    act: Mapped[str]
    subject_kind: Mapped[str | None]
    subject_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]
    chain_hash: Mapped[bytes]

    __table_args__ = (
        Index("ix_audit_event_subject", "subject_kind", "subject_id"),
        Index("ix_audit_event_actor", "actor_kind", "actor_id"),
    )


class AuditHeadRecord(Base):
    """The last link of a region's chain, under a key that the database does not hold."""

    __tablename__ = "audit_head"

    region: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    chain_hash: Mapped[bytes]
    mac: Mapped[bytes]
