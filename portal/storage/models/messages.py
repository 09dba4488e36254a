"""Texts that wait to be sent, and what a person finds inside the portal."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.models.base import Base, Key


class TextMessageRecord(Base):
    """One text in the outbox, kept in the transaction that caused it.

    The idempotency key goes to the gateway, so that sending at least once shows as once.
    ``facts`` never holds a code: that is sealed, for as long as the text waits.
    """

    __tablename__ = "text_message"

    id: Mapped[Key]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    # None: the phone on record when it is sent. Otherwise the phone it was queued for.
    phone_sealed: Mapped[bytes | None]
    wording: Mapped[str]
    facts: Mapped[dict[str, Any]]
    secret_sealed: Mapped[bytes | None]
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    queued_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_text_message_due", "state", "next_try_at"),)


class NoticeRecord(Base):
    """A message that stands in the portal for one person."""

    __tablename__ = "notice"

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    wording: Mapped[str]
    facts: Mapped[dict[str, Any]]
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"))
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class LeaseRecord(Base):
    """Who does the due work just now, so that two machines do not do it twice."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]
