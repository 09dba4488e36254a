"""The people of the desk, and the accounts they sign in with."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.models.base import Base, Key


class StaffPersonRecord(Base):
    """A natural person at the desk. Whoever may not act twice is this person, not an account."""

    __tablename__ = "staff_person"

    id: Mapped[Key]
    name: Mapped[str]
    # Never shown; kept so that its index can be made anew when the key of the index changes.
    number_sealed: Mapped[bytes]
    number_index: Mapped[bytes] = mapped_column(unique=True)
    job_no: Mapped[str] = mapped_column(unique=True)


class StaffAccountRecord(Base):
    """A way to sign in: password and second factor, roles, and how far they reach."""

    __tablename__ = "staff_account"

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("staff_person.id"), index=True)
    login: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    totp_sealed: Mapped[bytes]
    totp_last_step: Mapped[int] = mapped_column(default=0)
    roles: Mapped[list[str]]
    region: Mapped[str]
    town: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]
    rights_reviewed_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
