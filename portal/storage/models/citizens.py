"""People, as the roster brought them and as later acts changed them."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.models.base import Base, Key


class PersonRecord(Base):
    """One villager. Number, phone and payee account are sealed; they are found by blind index only."""

    __tablename__ = "person"

    id: Mapped[Key]
    # Names the row to the seals of its columns, so that a sealed value opens nowhere else.
    uid: Mapped[str] = mapped_column(unique=True)
    region: Mapped[str]
    county: Mapped[str]
    town: Mapped[str]
    village: Mapped[str]
    village_group: Mapped[str | None]
    name: Mapped[str]
    birth_year: Mapped[int] = mapped_column(SmallInteger)
    number_sealed: Mapped[bytes]
    number_index: Mapped[bytes] = mapped_column(unique=True)
    phone_sealed: Mapped[bytes | None]
    phone_index: Mapped[bytes | None]
    phone_tail: Mapped[str | None]
    category: Mapped[str]
    identity_confirmed_on: Mapped[date | None]
    scheme: Mapped[str]
    benefit_status: Mapped[str]
    insurance_no: Mapped[str | None] = mapped_column(unique=True)
    card_sealed: Mapped[bytes | None]
    card_tail: Mapped[str | None]
    account_sealed: Mapped[bytes | None]
    account_index: Mapped[bytes | None]
    account_tail: Mapped[str | None]
    bank_name: Mapped[str | None]
    # A phone or payee changed by a file is a way to steal; payments wait until this moment.
    payee_held_until: Mapped[datetime | None]
    opening_used_years: Mapped[int] = mapped_column(SmallInteger, default=0)
    opening_prior_subsidy: Mapped[Decimal] = mapped_column(default=Decimal(0))
    land_batch: Mapped[str | None]
    land_area: Mapped[str | None]
    household: Mapped[str | None]
    withdrawn_on: Mapped[date | None]
    died_on: Mapped[date | None]
    data_as_of: Mapped[date]
    # Raised by one with every change, so that two people changing one row cannot overwrite each other.
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        Index("ix_person_place", "region", "county", "town", "village"),
        Index("ix_person_name", "name", "village", "birth_year"),
        Index("ix_person_batch", "region", "land_batch", "insurance_no"),
    )


class PersonChangeRecord(Base):
    """One field of one person, changed: by which act, when, and from what to what (never a whole number)."""

    __tablename__ = "person_change"

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
    act: Mapped[str]
    field: Mapped[str]
    old: Mapped[str | None]
    new: Mapped[str | None]
    by_staff_person_id: Mapped[int | None] = mapped_column(ForeignKey("staff_person.id"))


class HeldChangeRecord(Base):
    """A phone or payee that waits for a second person's word; sealed like the field it would replace."""

    __tablename__ = "held_change"

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    field: Mapped[str]
    value_sealed: Mapped[bytes | None]
    value_index: Mapped[bytes | None]
    value_tail: Mapped[str | None]
    bank_name: Mapped[str | None]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("staff_person.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff_person.id"))
    accepted: Mapped[bool | None]
