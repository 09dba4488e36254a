"""Entries and postings, append-only; one chain for each region and book."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.models.base import Base, Key


class LedgerAccountRecord(Base):
    """An account: a kind, and where it applies the person and source, or the land batch, it belongs to."""

    __tablename__ = "ledger_account"

    id: Mapped[Key]
    region: Mapped[str]
    book: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    source: Mapped[str | None]
    land_batch: Mapped[str | None]

    __table_args__ = (UniqueConstraint("region", "book", "name"),)


class EntryRecord(Base):
    """One movement of money. Never updated, never deleted; a mistake is undone by a reversal."""

    __tablename__ = "ledger_entry"

    id: Mapped[Key]
    region: Mapped[str]
    book: Mapped[str]
    sequence: Mapped[int]
    happened_on: Mapped[date]
    posted_at: Mapped[datetime]
    movement: Mapped[str]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    # Text, and exactly the text that was hashed: a JSON column would spell it anew.
    facts: Mapped[str]
    contribution_year: Mapped[int | None] = mapped_column(SmallInteger)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"), index=True)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), unique=True)
    chain_hash: Mapped[bytes]

    __table_args__ = (UniqueConstraint("region", "book", "sequence"),)


class PostingRecord(Base):
    """One side of an entry. The postings of an entry sum to zero."""

    __tablename__ = "ledger_posting"

    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    amount: Mapped[Decimal]

    __table_args__ = (Index("ix_ledger_posting_account", "account_id", "entry_id"),)


class BalanceRecord(Base):
    """What an account's postings come to, kept beside them; a check of the ledger compares the two."""

    __tablename__ = "ledger_balance"

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), primary_key=True)
    amount: Mapped[Decimal]


class LedgerHeadRecord(Base):
    """The last link of a chain, under a key that the database does not hold."""

    __tablename__ = "ledger_head"

    region: Mapped[str] = mapped_column(primary_key=True)
    book: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    chain_hash: Mapped[bytes]
    mac: Mapped[bytes]
