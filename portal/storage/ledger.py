"""Entries and their postings: written once under the lock of their book's head, chained, never changed."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from types import ModuleType
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    type_coerce,
    union,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.crypto.key_ring import KeyRing
from portal.domain.chain import START, Head, head_payload, link
from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Entry, Posting, entry_payload, header_line
from portal.domain.ledger.movements import Regime, Standing
from portal.domain.money import Yuan, from_fen
from portal.storage.models import Base

MAIN_BOOK = "main"
"""The book of a region that keeps only one account of each kind."""

ACCOUNT = Base.metadata.tables["ledger_account"]
ENTRY = Base.metadata.tables["ledger_entry"]
POSTING = Base.metadata.tables["ledger_posting"]
BALANCE = Base.metadata.tables["ledger_balance"]
HEAD = Base.metadata.tables["ledger_head"]
REVERSED = ENTRY.alias("reversed")
REVERSAL = ENTRY.alias("reversal")

FEN = type_coerce(POSTING.c.amount, BigInteger)
BALANCE_FEN = func.coalesce(type_coerce(BALANCE.c.amount, BigInteger), 0)
WITH_BALANCE = ACCOUNT.outerjoin(BALANCE)

_MOST_VALUES = 5000  # in one question; SQLite takes 32,766
_HOLDINGS = tuple(kind.value for kind in Kind if kind.is_holding)


class Book(NamedTuple):
    """One chain of entries: a region's, or one of several that a region keeps."""

    region: str
    name: str = MAIN_BOOK


@dataclass(frozen=True)
class Posted:
    """An entry as it stands in its book; ``sequence`` counts from 1, ``is_new`` when just written."""

    id: int
    book: Book
    sequence: int
    entry: Entry
    is_new: bool = False


@dataclass(frozen=True)
class Header:
    """All of an entry that is not a posting."""

    key: str
    on: date
    movement: str
    facts_text: str
    contribution_year: int | None = None
    claim_id: int | None = None
    reverses: str | None = None

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The header of an entry."""
        return cls(
            entry.key,
            entry.on,
            entry.movement,
            entry.facts_text,
            entry.contribution_year,
            entry.claim_id,
            entry.reverses,
        )


class PersonLine(NamedTuple):
    """One posting on an account of a person, with what its entry says.

    ``amount`` is natural (positive: more for the person) and ``balance`` what all the person's accounts
    of this kind held after it. ``is_reversed`` says that there is a reversal; ``facts`` tell why one was
    made, and of a year's interest its rate.
    """

    on: date
    movement: str
    kind: str
    source: str | None
    land_batch: str | None
    contribution_year: int | None
    amount: Yuan
    balance: Yuan
    is_reversal: bool
    is_reversed: bool
    claim_id: int | None
    facts: Mapping[str, str | int]

    @property
    def stands(self) -> bool:
        """Whether it neither undoes another entry nor was undone."""
        return not (self.is_reversal or self.is_reversed)


# -- Writing -------------------------------------------------------------------------------------------


def lock_head(session: Session, keys: KeyRing, book: Book) -> Head:
    """The end of a book's chain, held until the work ends; whoever writes comes here first."""
    head = _locked_head(session, book)
    if head is None:
        start = (
            _dialect(session)
            .insert(HEAD)
            .values(
                region=book.region,
                book=book.name,
                sequence=START.sequence,
                chain_hash=START.last_link,
                mac=keys.mac(signed(book, START)),  # a book that nothing is posted in is sound, too
            )
        )
        session.execute(start.on_conflict_do_nothing())
        head = _locked_head(session, book)
    assert head is not None  # noqa: S101  just made, by us or by another
    return head


def add_entry(session: Session, keys: KeyRing, book: Book, head: Head, entry: Entry, at: datetime) -> Posted:
    """Write an entry at the end of its book, whose head is locked."""
    account_ids = find_or_add_accounts(session, book, [posting.account for posting in entry.postings])
    entry_id = add_header(session, keys, book, head, Header.of(entry), at, entry.lines)
    session.execute(
        insert(POSTING),
        [
            {
                "entry_id": entry_id,
                "position": position,
                "account_id": account_ids[posting.account],
                "amount": posting.amount,
            }
            for position, posting in enumerate(entry.postings, 1)
        ],
    )
    raise_balances(session, entry_id)
    return Posted(entry_id, book, head.sequence + 1, entry, is_new=True)


def record_subsidy_years(session: Session, entry_id: int, year: int, people: Iterable[int]) -> None:
    """Note that an entry gave these people the subsidy of a contribution year; once per person and year."""
    session.execute(
        insert(Base.metadata.tables["subsidy_year"]),
        [{"person_id": person, "contribution_year": year, "entry_id": entry_id} for person in people],
    )


def _locked_head(session: Session, book: Book) -> Head | None:
    row = session.execute(
        select(HEAD.c.sequence, HEAD.c.chain_hash)
        .where(HEAD.c.region == book.region, HEAD.c.book == book.name)
        .with_for_update()
    ).one_or_none()
    return None if row is None else Head(row.sequence, row.chain_hash)


def add_header(
    session: Session,
    keys: KeyRing,
    book: Book,
    head: Head,
    header: Header,
    at: datetime,
    lines: Sequence[str],
) -> int:
    """Write an entry without its postings, chained over them, and move the head on to it."""
    sequence = head.sequence + 1
    spelt = header_line(
        region=book.region,
        book=book.name,
        sequence=sequence,
        posted_at=at,
        key=header.key,
        on=header.on,
        movement=header.movement,
        facts_text=header.facts_text,
        contribution_year=header.contribution_year,
        claim_id=header.claim_id,
        reverses=header.reverses,
    )
    last_link = link(head.last_link, entry_payload(spelt, lines))
    entry_id: int = session.execute(
        insert(ENTRY)
        .values(
            region=book.region,
            book=book.name,
            sequence=sequence,
            happened_on=header.on,
            posted_at=at,
            movement=header.movement,
            idempotency_key=header.key,
            facts=header.facts_text,
            contribution_year=header.contribution_year,
            claim_id=header.claim_id,
            reverses_id=None if header.reverses is None else _entry_id(session, header.reverses),
            chain_hash=last_link,
        )
        .returning(ENTRY.c.id)
    ).scalar_one()
    session.execute(
        update(HEAD)
        .where(HEAD.c.region == book.region, HEAD.c.book == book.name)
        .values(
            sequence=sequence,
            chain_hash=last_link,
            mac=keys.mac(signed(book, Head(sequence, last_link))),
        )
    )
    return entry_id


def signed(book: Book, head: Head) -> bytes:
    """What the MAC of a book's head covers."""
    return head_payload(f"ledger {book.region} {book.name}", head.sequence, head.last_link)


def _entry_id(session: Session, key: str) -> int:
    found: int = session.execute(select(ENTRY.c.id).where(ENTRY.c.idempotency_key == key)).scalar_one()
    return found


def raise_balances(session: Session, entry_id: int) -> None:
    """Let the kept balances follow an entry."""
    added = (
        _dialect(session)
        .insert(BALANCE)
        .from_select(
            ["account_id", "amount"],
            # SQLite reads ON after SELECT … FROM as a join unless a WHERE stands between.
            select(POSTING.c.account_id, POSTING.c.amount).where(POSTING.c.entry_id == entry_id),
        )
    )
    session.execute(
        added.on_conflict_do_update(
            index_elements=[BALANCE.c.account_id],
            set_={"amount": BALANCE.c.amount + added.excluded.amount},
        )
    )


def _dialect(session: Session) -> ModuleType:
    return postgresql if session.get_bind().dialect.name == "postgresql" else sqlite


def find_or_add_accounts(session: Session, book: Book, accounts: Sequence[Account]) -> dict[Account, int]:
    """The rows of these accounts in a book; those that are missing are made."""
    names = {account.name: account for account in accounts}
    found = {names[row.name]: row.id for row in _select_accounts(session, book, list(names))}
    missing = [account for account in accounts if account not in found]
    if missing:
        added = session.execute(
            insert(ACCOUNT).returning(ACCOUNT.c.id, ACCOUNT.c.name),
            [
                {
                    "region": book.region,
                    "book": book.name,
                    "name": account.name,
                    "kind": account.kind.value,
                    "person_id": account.person,
                    "source": account.source and account.source.value,
                    "land_batch": account.batch,
                }
                for account in missing
            ],
        )
        found |= {names[row.name]: row.id for row in added}
    return found


def _select_accounts(session: Session, book: Book, names: Sequence[str]) -> Iterator[Row[Any]]:
    for start in range(0, len(names), _MOST_VALUES):
        yield from session.execute(
            select(ACCOUNT.c.id, ACCOUNT.c.name, BALANCE_FEN.label("fen"))
            .select_from(WITH_BALANCE)
            .where(*in_book(book), ACCOUNT.c.name.in_(names[start : start + _MOST_VALUES]))
        )


def in_book(book: Book) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What picks the accounts of a book."""
    return ACCOUNT.c.region == book.region, ACCOUNT.c.book == book.name


# -- What an entry is judged by ------------------------------------------------------------------------


def read_standing(session: Session, book: Book, entry: Entry, regime: Regime) -> Standing:
    """What the rules need to know of a book, whose head is locked, before an entry is written."""
    names = {posting.account.name: posting.account for posting in entry.postings}
    rows = list(_select_accounts(session, book, list(names)))
    people, batches = _concerned(names.values())
    balances = {names[row.name]: _natural(names[row.name], row.fen) for row in rows}
    if entry.reverses is None and regime.get(entry.movement).closes:
        balances |= _balances_of(session, book, people, batches)
    closed = _list_closed(session, book, regime, people, batches)
    return Standing(
        balances=balances,
        closed_people={row.person_id for row in closed if row.kind != Kind.LAND_BATCH},
        closed_batches={row.land_batch for row in closed if row.kind == Kind.LAND_BATCH},
        reversed_keys=_reversed_among(session, entry.reverses),
    )


def list_closed_people(session: Session, book: Book, regime: Regime) -> list[int]:
    """Everybody whose accounts were settled for good."""
    closing = _closing_names(regime)
    rows = session.execute(_select_closed(book, closing).where(ACCOUNT.c.kind != Kind.LAND_BATCH.value))
    return sorted({row.person_id for row in rows})


def _concerned(accounts: Iterable[Account]) -> tuple[set[int], set[str]]:
    """The people and batches that an entry could close or find closed."""
    holdings = [account for account in accounts if account.kind.is_holding]
    return (
        {account.person for account in holdings if account.person is not None},
        {account.batch for account in holdings if account.batch is not None},
    )


def _balances_of(
    session: Session, book: Book, people: Collection[int], batches: Collection[str]
) -> dict[Account, Yuan]:
    rows = session.execute(
        select(ACCOUNT.c.name, BALANCE_FEN.label("fen"))
        .select_from(WITH_BALANCE)
        .where(
            *in_book(book),
            ACCOUNT.c.kind.in_(_HOLDINGS),
            or_(ACCOUNT.c.person_id.in_(people), ACCOUNT.c.land_batch.in_(batches)),
        )
    )
    accounts = ((Account.parse(row.name), row.fen) for row in rows)
    return {account: _natural(account, fen) for account, fen in accounts}


def _list_closed(
    session: Session, book: Book, regime: Regime, people: Collection[int], batches: Collection[str]
) -> Sequence[Row[Any]]:
    closing = _closing_names(regime)
    if not closing or not (people or batches):
        return ()
    found = _select_closed(book, closing)
    if len(people) + len(batches) <= _MOST_VALUES:  # otherwise all that are closed, and they are few
        found = found.where(or_(ACCOUNT.c.person_id.in_(people), ACCOUNT.c.land_batch.in_(batches)))
    return session.execute(found).all()


def _closing_names(regime: Regime) -> list[str]:
    return [movement.name for movement in regime.movements.values() if movement.closes]


def _select_closed(book: Book, closing: Sequence[str]) -> Select[Any]:
    return (
        select(ACCOUNT.c.kind, ACCOUNT.c.person_id, ACCOUNT.c.land_batch)
        .select_from(
            POSTING.join(ACCOUNT)
            .join(ENTRY, ENTRY.c.id == POSTING.c.entry_id)
            .outerjoin(REVERSAL, REVERSAL.c.reverses_id == ENTRY.c.id)
        )
        .where(
            *in_book(book),
            ACCOUNT.c.kind.in_(_HOLDINGS),
            ENTRY.c.movement.in_(closing),
            ENTRY.c.reverses_id.is_(None),
            REVERSAL.c.id.is_(None),
        )
        .distinct()
    )


def _reversed_among(session: Session, key: str | None) -> frozenset[str]:
    if key is None:
        return frozenset()
    found = session.execute(
        select(REVERSAL.c.id)
        .join_from(REVERSAL, ENTRY, REVERSAL.c.reverses_id == ENTRY.c.id)
        .where(ENTRY.c.idempotency_key == key)
    )
    return frozenset({key} if found.first() else ())


def _natural(account: Account, fen: int) -> Yuan:
    return from_fen(int(fen) * account.kind.side.value)


# -- Reading back --------------------------------------------------------------------------------------


def find_posted(session: Session, key: str) -> Posted | None:
    """The entry that stands under an idempotency key."""
    return next(_read_entries(session, ENTRY.c.idempotency_key == key), None)


def find_facts(session: Session, key: str) -> str | None:
    """The facts, as they were hashed, of the entry that stands under an idempotency key."""
    return session.execute(select(ENTRY.c.facts).where(ENTRY.c.idempotency_key == key)).scalar_one_or_none()


def list_entries(session: Session, book: Book) -> Iterator[Posted]:
    """Every entry of a book, oldest first, as they are read; only one is held in memory."""
    return _read_entries(session, and_(ENTRY.c.region == book.region, ENTRY.c.book == book.name))


def list_books(session: Session) -> list[Book]:
    """Every book that has entries, a head or accounts, in order."""
    rows = session.execute(union(*(select(part.c.region, part.c.book) for part in (ENTRY, HEAD, ACCOUNT))))
    return sorted(Book(*row) for row in rows)


def list_heads(session: Session) -> list[tuple[Book, Head]]:
    """Where each book ends."""
    rows = session.execute(select(HEAD).order_by(HEAD.c.region, HEAD.c.book))
    return [(Book(row.region, row.book), Head(row.sequence, row.chain_hash)) for row in rows]


def read_balances(session: Session, book: Book) -> dict[Account, Yuan]:
    """What every account of a book holds, in natural amounts; empty ones are left out."""
    rows = session.execute(
        select(ACCOUNT.c.name, BALANCE_FEN.label("fen"))
        .select_from(WITH_BALANCE)
        .where(*in_book(book), BALANCE_FEN != 0)
    )
    accounts = ((Account.parse(row.name), row.fen) for row in rows)
    return {account: _natural(account, fen) for account, fen in accounts}


def list_holdings(session: Session, person_id: int) -> dict[Account, Yuan]:
    """What the accounts of one person hold, in natural amounts; empty ones are left out."""
    rows = session.execute(
        select(ACCOUNT.c.name, BALANCE_FEN.label("fen"))
        .select_from(WITH_BALANCE)
        .where(ACCOUNT.c.person_id == person_id, ACCOUNT.c.kind.in_(_HOLDINGS), BALANCE_FEN != 0)
        .order_by(ACCOUNT.c.id)
    )
    accounts = ((Account.parse(row.name), row.fen) for row in rows)
    return {account: _natural(account, fen) for account, fen in accounts}


def sum_batch_interest(session: Session, region: str, batch: str) -> Yuan:
    """What interest the bank's postings brought a land batch, wherever in it the money went."""
    fen = session.execute(
        select(func.coalesce(func.sum(-FEN), 0))
        .select_from(ACCOUNT.join(POSTING).join(ENTRY, ENTRY.c.id == POSTING.c.entry_id))
        .where(
            ACCOUNT.c.region == region,
            ACCOUNT.c.land_batch == batch,
            ACCOUNT.c.source == Source.INTEREST.value,
            ENTRY.c.movement == "bank_interest",
        )
    ).scalar_one()
    return from_fen(int(fen))


def list_lines(session: Session, person_id: int) -> list[PersonLine]:
    """The postings on one person's account and special ledgers, newest first, with the balance after each."""
    return [_person_line(row) for row in session.execute(_LINES, {"person": person_id})]


_LINES = (
    select(
        ENTRY.c.happened_on,
        ENTRY.c.movement,
        ACCOUNT.c.kind,
        ACCOUNT.c.source,
        ACCOUNT.c.land_batch,
        ENTRY.c.contribution_year,
        (-FEN).label("fen"),
        func.sum(-FEN)
        .over(partition_by=ACCOUNT.c.kind, order_by=(ENTRY.c.sequence, POSTING.c.position))
        .label("balance_fen"),
        ENTRY.c.reverses_id,
        REVERSAL.c.id.label("reversal_id"),
        ENTRY.c.claim_id,
        ENTRY.c.facts,
    )
    .select_from(
        ACCOUNT.join(POSTING)
        .join(ENTRY, ENTRY.c.id == POSTING.c.entry_id)
        .outerjoin(REVERSAL, REVERSAL.c.reverses_id == ENTRY.c.id)
    )
    .where(ACCOUNT.c.person_id == bindparam("person"), ACCOUNT.c.kind.in_(_HOLDINGS))
    .order_by(ENTRY.c.sequence.desc(), POSTING.c.position.desc())
)


def _person_line(row: Row[Any]) -> PersonLine:
    return PersonLine(
        on=row.happened_on,
        movement=row.movement,
        kind=row.kind,
        source=row.source,
        land_batch=row.land_batch,
        contribution_year=row.contribution_year,
        amount=from_fen(row.fen),
        balance=from_fen(int(row.balance_fen)),
        is_reversal=row.reverses_id is not None,
        is_reversed=row.reversal_id is not None,
        claim_id=row.claim_id,
        facts=json.loads(row.facts),
    )


def _read_entries(session: Session, which: ColumnElement[bool]) -> Iterator[Posted]:
    rows = session.execute(
        select(
            ENTRY,
            REVERSED.c.idempotency_key.label("reverses"),
            ACCOUNT.c.name,
            FEN.label("fen"),
        )
        .select_from(
            ENTRY.join(POSTING, POSTING.c.entry_id == ENTRY.c.id)
            .join(ACCOUNT)
            .outerjoin(REVERSED, REVERSED.c.id == ENTRY.c.reverses_id)
        )
        .where(which)
        .order_by(ENTRY.c.region, ENTRY.c.book, ENTRY.c.sequence, POSTING.c.position)
        .execution_options(yield_per=1000)
    )
    for _, lines in groupby(rows, key=lambda row: row.id):
        postings = list(lines)
        yield _posted(postings)


def _posted(rows: Sequence[Row[Any]]) -> Posted:
    first = rows[0]
    facts: Mapping[str, str | int] = json.loads(first.facts)
    entry = Entry(
        key=first.idempotency_key,
        on=first.happened_on,
        movement=first.movement,
        postings=tuple(Posting(Account.parse(row.name), from_fen(row.fen)) for row in rows),
        facts=facts,
        contribution_year=first.contribution_year,
        claim_id=first.claim_id,
        reverses=first.reverses,
    )
    return Posted(first.id, Book(first.region, first.book), first.sequence, entry)
