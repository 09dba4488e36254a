"""Files that the office brings in: previewed under seal, accepted whole, remembered."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.models.base import Base, Key


class RosterPreviewRecord(Base):
    """A file that was read and not yet accepted; sealed, and gone within the hour."""

    __tablename__ = "roster_preview"

    id: Mapped[Key]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    sheet: Mapped[str]
    region: Mapped[str]
    blob: Mapped[str]
    key_wrapped: Mapped[bytes]
    file_digest: Mapped[bytes]
    counts: Mapped[dict[str, Any]]
    staff_person_id: Mapped[int] = mapped_column(ForeignKey("staff_person.id"))
    read_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class RosterImportRecord(Base):
    """A file that was accepted: by whom, when, and how many rows it brought, changed and left alone."""

    __tablename__ = "roster_import"

    id: Mapped[Key]
    sheet: Mapped[str]
    region: Mapped[str]
    file_digest: Mapped[bytes]
    accepted_at: Mapped[datetime]
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("staff_person.id"))
    counts: Mapped[dict[str, Any]]


class LandBatchRecord(Base):
    """A land project or batch, as imported; the portal reads it and does not run it yet."""

    __tablename__ = "land_batch"

    id: Mapped[Key]
    region: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    county: Mapped[str]
    town: Mapped[str | None]
    village: Mapped[str | None]
    area: Mapped[str | None]
    approved_on: Mapped[date | None]
    approval_number: Mapped[str | None]
    forwarded_on: Mapped[date | None]
    list_received_on: Mapped[date | None]
    amount_due: Mapped[Decimal | None]
    people: Mapped[int | None]
    levy_per_person: Mapped[Decimal | None]
    state: Mapped[str | None]
    data_as_of: Mapped[date]

    __table_args__ = (UniqueConstraint("region", "code"),)


class HouseholdRecord(Base):
    """A farm household with its contracted land, as imported."""

    __tablename__ = "household"

    id: Mapped[Key]
    region: Mapped[str]
    code: Mapped[str]
    county: Mapped[str]
    town: Mapped[str]
    village: Mapped[str]
    contract_certificate: Mapped[str | None]
    contracted_area: Mapped[str | None]
    taken_area: Mapped[str | None]
    data_as_of: Mapped[date]

    __table_args__ = (UniqueConstraint("region", "code"),)


class QuotaLetterRecord(Base):
    """A letter that gives a household enrolment quotas, with the day it lapses (taizhou-2019#3.4)."""

    __tablename__ = "quota_letter"

    id: Mapped[Key]
    region: Mapped[str]
    code: Mapped[str]
    household: Mapped[str]
    land_batch: Mapped[str | None]
    quotas: Mapped[int]
    letter_on: Mapped[date]
    valid_until: Mapped[date]
    enrol_by: Mapped[date | None]
    data_as_of: Mapped[date]

    __table_args__ = (
        UniqueConstraint("region", "code"),
        Index("ix_quota_letter_household", "region", "household"),
    )


class DepositRecord(Base):
    """Money put in for a land batch, voucher by voucher (guangdong-2025#art12)."""

    __tablename__ = "deposit"

    id: Mapped[Key]
    region: Mapped[str]
    voucher: Mapped[str]
    land_batch: Mapped[str]
    payer: Mapped[str]
    payer_kind: Mapped[str]
    amount: Mapped[Decimal]
    deposited_on: Mapped[date]
    opinion_letter: Mapped[str | None]
    data_as_of: Mapped[date]

    __table_args__ = (
        UniqueConstraint("region", "voucher"),
        Index("ix_deposit_batch", "region", "land_batch"),
    )


class PublicNoticeRecord(Base):
    """A notice of a plan or a list, with the days it hangs."""

    __tablename__ = "public_notice"

    id: Mapped[Key]
    region: Mapped[str]
    code: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    words: Mapped[str]
    county: Mapped[str]
    town: Mapped[str | None]
    village: Mapped[str | None]
    land_batch: Mapped[str | None]
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    data_as_of: Mapped[date]

    __table_args__ = (UniqueConstraint("region", "code"),)
