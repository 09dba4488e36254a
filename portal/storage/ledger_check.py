"""Checks the whole ledger from its rows: the chains, every entry, every account, every person's years.

The database spells each entry and adds up; one row comes back for an entry and one for an account, so
that a million entries are checked in about the time it takes to read them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from portal.crypto.key_ring import KeyRing
from portal.domain.chain import Fault, Head, list_faults
from portal.domain.ledger.accounts import Account, Kind, Source, UnknownAccount
from portal.domain.ledger.movements import AccountPattern, Regime
from portal.domain.money import FEN as ONE_FEN
from portal.storage.ledger import (
    ACCOUNT,
    BALANCE,
    ENTRY,
    FEN,
    HEAD,
    POSTING,
    REVERSAL,
    REVERSED,
    WITH_BALANCE,
    Book,
    signed,
)
from portal.storage.models import Base

_PERSON = Base.metadata.tables["person"]


class Wrong(StrEnum):
    """What is wrong with an entry, an account or a person; a chain has faults of its own."""

    UNBALANCED = "unbalanced"
    """The entry's postings do not sum to zero."""
    MISNUMBERED = "misnumbered"
    """The entry's postings are not numbered 1, 2, 3 and so on."""
    OTHER_BOOK = "other_book"
    """The entry touches an account of another book."""
    BATCHES_MIXED = "batches_mixed"
    """Money of one land batch paid for another (guangdong-2025#art10)."""
    NOT_ALLOWED = "not_allowed"
    """The region's list does not know the movement, or not on this account and side."""
    MISNAMED = "misnamed"
    """The account is not what its name says."""
    OVERDRAWN = "overdrawn"
    """The account holds less than nothing."""
    BALANCE_DIFFERS = "balance_differs"
    """The stored balance is not the sum of the postings, or there is none."""
    BEYOND_CAP = "beyond_cap"
    """The person was subsidised for more years than the rule allows."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong and its exact row: an entry by its sequence, an account, or a person."""

    book: Book
    fault: Fault | Wrong
    sequence: int | None = None
    account: str | None = None
    person: int | None = None

    @property
    def place(self) -> str:
        """The row, such as ``jinning/main entry 17``."""
        rows = {"entry": self.sequence, "account": self.account, "person": self.person}
        named = "".join(f" {kind} {row}" for kind, row in rows.items() if row is not None)
        return f"{self.book.region}/{self.book.name}{named}"


# -- The chain -----------------------------------------------------------------------------------------


def check_chain(
    session: Session, keys: KeyRing, book: Book, noted: Collection[Head] = ()
) -> Iterator[Finding]:
    """Follow a book's chain; ``noted`` are its heads that were noted outside the database."""
    head = session.execute(
        select(HEAD.c.sequence, HEAD.c.chain_hash, HEAD.c.mac).where(
            HEAD.c.region == book.region, HEAD.c.book == book.name
        )
    ).one_or_none()
    faults = list_faults(
        read_chained(session, book),
        None if head is None else Head(head.sequence, head.chain_hash),
        lambda end: head is not None and keys.is_mac_of(head.mac, signed(book, end)),
        noted=noted,
    )
    for sequence, fault in faults:
        yield Finding(book, fault, sequence)


def read_chained(session: Session, book: Book) -> Iterator[tuple[int, bytes, bytes]]:
    """Sequence, payload and link of each entry, in order."""
    spelt = _spelt_entries(session.get_bind().dialect.name)
    rows = session.execute(spelt, book._asdict(), execution_options={"yield_per": 5000})
    return ((sequence, payload.encode(), stored) for sequence, payload, stored in rows)


@cache
def _spelt_entries(dialect: str) -> Select[Any]:
    """Sequence, spelling and link of every entry: ``entry_payload``, written by the database."""
    line = (
        select((ACCOUNT.c.name + "\t" + cast(FEN, Text)).label("line"))
        .join_from(POSTING, ACCOUNT)
        .where(POSTING.c.entry_id == ENTRY.c.id)
        .order_by(POSTING.c.position)
        .correlate(ENTRY)
        .subquery()
    )
    join = func.string_agg if dialect == "postgresql" else func.group_concat
    # One question for an entry: how many lines, then the lines.
    counted = cast(func.count(), Text) + "\n" + func.coalesce(join(line.c.line, "\n"), "")
    lines = select(counted).select_from(line).correlate(ENTRY).scalar_subquery()
    header = [
        ENTRY.c.region,
        ENTRY.c.book,
        cast(ENTRY.c.sequence, Text),
        _spelt_moment(dialect),
        ENTRY.c.idempotency_key,
        cast(ENTRY.c.happened_on, Text),
        ENTRY.c.movement,
        ENTRY.c.facts,
        func.coalesce(cast(ENTRY.c.contribution_year, Text), ""),
        func.coalesce(cast(ENTRY.c.claim_id, Text), ""),
        func.coalesce(REVERSED.c.idempotency_key, ""),
        lines,
    ]
    spelt: ColumnElement[str] = header[0]
    for part in header[1:]:
        spelt = spelt + "\t" + part
    return (
        select(ENTRY.c.sequence, spelt.label("spelt"), ENTRY.c.chain_hash)
        .select_from(ENTRY.outerjoin(REVERSED, REVERSED.c.id == ENTRY.c.reverses_id))
        .where(ENTRY.c.region == bindparam("region"), ENTRY.c.book == bindparam("name"))
        .order_by(ENTRY.c.sequence)
    )


def _spelt_moment(dialect: str) -> ColumnElement[str]:
    if dialect == "postgresql":
        utc = func.timezone("UTC", ENTRY.c.posted_at)
        return func.to_char(utc, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
    # A byte that should be the space must not read as one that was there.
    return func.replace(func.replace(cast(ENTRY.c.posted_at, Text), "T", "?"), " ", "T") + "+00:00"


# -- Entries -------------------------------------------------------------------------------------------


def check_entries(session: Session, book: Book) -> Iterator[Finding]:
    """Every entry sums to zero, numbers its postings, and spends no batch's money on another."""
    for sequence, fen in session.execute(_UNSOUND, book._asdict()):
        yield Finding(book, Wrong.UNBALANCED if fen else Wrong.MISNUMBERED, sequence)
    for sequence in session.execute(_BATCHES_MIXED, book._asdict()).scalars():
        yield Finding(book, Wrong.BATCHES_MIXED, sequence)


_IN_BOOK = (ENTRY.c.region == bindparam("region"), ENTRY.c.book == bindparam("name"))
_ACCOUNT_IN_BOOK = (ACCOUNT.c.region == bindparam("region"), ACCOUNT.c.book == bindparam("name"))

_UNSOUND = (
    select(ENTRY.c.sequence, func.sum(FEN))
    .join_from(ENTRY, POSTING, POSTING.c.entry_id == ENTRY.c.id)
    .where(*_IN_BOOK)
    .group_by(ENTRY.c.sequence)
    .having(
        or_(
            func.sum(FEN) != 0,
            func.min(POSTING.c.position) != 1,
            func.max(POSTING.c.position) != func.count(),
        )
    )
    .order_by(ENTRY.c.sequence)
)
_BY_BATCH = (
    select(ENTRY.c.sequence, func.sum(FEN).label("fen"))
    .select_from(ACCOUNT.join(POSTING).join(ENTRY, ENTRY.c.id == POSTING.c.entry_id))
    .where(*_ACCOUNT_IN_BOOK, ACCOUNT.c.land_batch.is_not(None))
    .group_by(ENTRY.c.sequence, ACCOUNT.c.land_batch)
    .subquery()
)
_BATCHES_MIXED = (
    select(_BY_BATCH.c.sequence)
    .group_by(_BY_BATCH.c.sequence)
    .having(func.min(_BY_BATCH.c.fen) < 0, func.max(_BY_BATCH.c.fen) > 0)
    .order_by(_BY_BATCH.c.sequence)
)


# -- Accounts ------------------------------------------------------------------------------------------


class _Kept(NamedTuple):
    """An account as its row has it; ``account`` is missing where the name names none."""

    name: str
    account: Account | None
    fen: int | None
    moved_fen: int
    has_moved: bool
    is_as_named: bool


class _Way(NamedTuple):
    """How a movement touched accounts of a kind and source: on which side, and whether of its own book."""

    movement: str
    is_reversal: bool
    is_debit: bool
    kind: str
    source: str | None
    is_own: bool


def check_accounts(session: Session, book: Book, regime: Regime) -> Iterator[Finding]:
    """Every account is what its name says, holds what its postings come to, and moved as the list allows."""
    kept = {row.id: _kept(row) for row in session.execute(_ACCOUNTS, book._asdict())}
    # A million entries move money in a few ways; only a wrong one is worth looking for its entries.
    ways = [_Way(*row) for row in session.execute(_WAYS, book._asdict())]
    for way in sorted(ways, key=str):
        if way.is_own and _is_allowed(regime, way):
            continue
        for sequence, account_id, name in session.execute(_MOVED_SO, {**book._asdict(), **way._asdict()}):
            if not way.is_own:
                yield Finding(book, Wrong.OTHER_BOOK, sequence)
            elif kept[account_id].is_as_named:
                yield Finding(book, Wrong.NOT_ALLOWED, sequence, name)
    for row in kept.values():
        for fault in _check_account(row):
            yield Finding(book, fault, account=row.name)


def _is_allowed(regime: Regime, way: _Way) -> bool:
    known = regime.movements.get(way.movement)
    if known is None:
        return False
    try:
        accounts = AccountPattern(Kind(way.kind), Source(way.source) if way.source else None)
    except ValueError:
        return False
    return known.allows(accounts, ONE_FEN if way.is_debit != way.is_reversal else -ONE_FEN)


def _check_account(row: _Kept) -> Iterator[Wrong]:
    if not row.is_as_named:
        yield Wrong.MISNAMED
    if row.account is not None and row.moved_fen * row.account.kind.side.value < 0:
        yield Wrong.OVERDRAWN
    if row.fen != row.moved_fen and (row.fen is not None or row.has_moved):
        yield Wrong.BALANCE_DIFFERS


def _kept(row: Any) -> _Kept:
    has_moved = row.moved_fen is not None
    moved_fen = int(row.moved_fen or 0)
    try:
        account = Account.parse(row.name)
    except UnknownAccount:
        return _Kept(row.name, None, row.fen, moved_fen, has_moved, is_as_named=False)
    as_named = (account.kind, account.person, account.source, account.batch)
    columns = (row.kind, row.person_id, row.source, row.land_batch)
    return _Kept(row.name, account, row.fen, moved_fen, has_moved, is_as_named=columns == as_named)


_ACCOUNTS = (
    select(
        ACCOUNT.c.id,
        ACCOUNT.c.name,
        ACCOUNT.c.kind,
        ACCOUNT.c.person_id,
        ACCOUNT.c.source,
        ACCOUNT.c.land_batch,
        type_coerce(BALANCE.c.amount, BigInteger).label("fen"),
        select(func.sum(FEN))
        .where(POSTING.c.account_id == ACCOUNT.c.id)
        .correlate(ACCOUNT)
        .scalar_subquery()
        .label("moved_fen"),
    )
    .select_from(WITH_BALANCE)
    .where(*_ACCOUNT_IN_BOOK)
)

_POSTED = ENTRY.join(POSTING, POSTING.c.entry_id == ENTRY.c.id).join(ACCOUNT)
_WAY = {
    "movement": ENTRY.c.movement,
    "is_reversal": ENTRY.c.reverses_id.is_not(None),
    "is_debit": FEN > 0,
    "kind": ACCOUNT.c.kind,
    "source": ACCOUNT.c.source,
    "is_own": and_(ACCOUNT.c.region == ENTRY.c.region, ACCOUNT.c.book == ENTRY.c.book),
}
_WAYS = (
    select(*(part.label(name) for name, part in _WAY.items()))
    .select_from(_POSTED)
    .where(*_IN_BOOK)
    .distinct()  # and no order: SQLite would sort every posting for it
)
_MOVED_SO = (
    select(func.min(ENTRY.c.sequence).label("first"), ACCOUNT.c.id, ACCOUNT.c.name)
    .select_from(_POSTED)
    .where(
        *_IN_BOOK,
        *(part.is_not_distinct_from(bindparam(name, type_=part.type)) for name, part in _WAY.items()),
    )
    .group_by(ACCOUNT.c.id, ACCOUNT.c.name)
    .order_by("first", ACCOUNT.c.name)
)


# -- People --------------------------------------------------------------------------------------------


def check_years(session: Session, book: Book, cap: int) -> Iterator[Finding]:
    """Nobody was subsidised for more contribution years than ``cap``, those before the ledger included."""
    for person in session.execute(_BEYOND_CAP, {**book._asdict(), "cap": cap}).scalars():
        yield Finding(book, Wrong.BEYOND_CAP, person=person)


_YEARS_USED = func.count(ENTRY.c.contribution_year.distinct()) + func.min(_PERSON.c.opening_used_years)
_BEYOND_CAP = (
    select(_PERSON.c.id)
    .select_from(
        ENTRY.join(POSTING, POSTING.c.entry_id == ENTRY.c.id)
        .join(ACCOUNT)
        .join(_PERSON, _PERSON.c.id == ACCOUNT.c.person_id)
        .outerjoin(REVERSAL, REVERSAL.c.reverses_id == ENTRY.c.id)
    )
    .where(
        *_IN_BOOK,
        ENTRY.c.contribution_year.is_not(None),
        ENTRY.c.reverses_id.is_(None),
        REVERSAL.c.id.is_(None),
    )
    .group_by(_PERSON.c.id)
    .having(bindparam("cap") < _YEARS_USED)
    .order_by(_PERSON.c.id)
)
