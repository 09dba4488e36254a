"""Signed-in sessions, one-time codes, and the counters that slow a guesser."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.models.base import Base, Key


class SessionRecord(Base):
    """A signed-in browser; its cookie holds a token of which only the hash stands here."""

    __tablename__ = "session"

    id: Mapped[Key]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    staff_account_id: Mapped[int | None] = mapped_column(ForeignKey("staff_account.id"), index=True)
    # An heir has no record of their own; the session opens this one claim and nothing else.
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"))
    assisted_by: Mapped[str | None]
    csrf_token: Mapped[str]
    locale: Mapped[str | None]
    began_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN person_id IS NULL THEN 0 ELSE 1 END) + "
            "(CASE WHEN staff_account_id IS NULL THEN 0 ELSE 1 END) + "
            "(CASE WHEN claim_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_owner",
        ),
    )


class CodeRecord(Base):
    """A one-time code: by text to the phone on record, or on paper from a town office.

    A row without an owner is a decoy, written for a name and number that nobody here has, so that
    known and unknown people cost the same statements.
    """

    __tablename__ = "one_time_code"

    id: Mapped[Key]
    challenge_hash: Mapped[bytes | None] = mapped_column(unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"))
    kind: Mapped[str]
    # Under which key tries on this citizen number are counted, for decoys too.
    number_key: Mapped[bytes | None]
    code_hash: Mapped[bytes]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    used_at: Mapped[datetime | None]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("staff_person.id"))


class AttemptRecord(Base):
    """How often something was tried in one window of time; the key is a keyed hash of what was tried."""

    __tablename__ = "attempt"

    subject: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    window_began_at: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
