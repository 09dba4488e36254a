"""Posts entries: judged by the region's list, kept once, chained, undone only by reversal."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from portal.content.movements import LedgerRules
from portal.domain.audit import Act
from portal.domain.chain import Head, canonical
from portal.domain.errors import Refusal
from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Entry, KeyUsedForAnotherEntry, Posting, check_same
from portal.domain.ledger.movements import AccountNotInMovement, Regime
from portal.domain.money import FEN, ZERO, Yuan
from portal.domain.policy import NoRuleInForce
from portal.services import audit
from portal.services.work import Work
from portal.storage import ledger as stored_ledger
from portal.storage import ledger_check
from portal.storage import ledger_interest as stored_interest
from portal.storage.damage import text_as_it_stands
from portal.storage.ledger import MAIN_BOOK as MAIN_BOOK
from portal.storage.ledger import Book as Book
from portal.storage.ledger import Header, Posted
from portal.storage.ledger_check import Finding
from portal.storage.ledger_check import Wrong as Wrong


class NoSuchEntry(Refusal):
    """No entry stands under this key; ``facts["key"]`` repeats it."""

    code: ClassVar[str] = "no_such_entry"


@dataclass(frozen=True)
class EntryReversed(Act):
    """An entry was undone by another one, which says why."""

    subject: ClassVar[str] = "entry"
    entry_id: int
    movement: str


@dataclass(frozen=True)
class InterestPosted(Act):
    """A year's interest was posted on every account of a book."""

    year: int
    rate: Decimal
    people: int


def post(work: Work, entry: Entry, *, region: str, book: str = MAIN_BOOK) -> Posted:
    """Write an entry, or return the one that already stands under its key.

    Do this last in an act, and the ledger's lock is held shortest. The act that causes the entry puts
    itself on record; the entry is its own evidence.

    Raises:
        KeyUsedForAnotherEntry: the key stands for an entry with other content.
        MovementNotAllowed, AccountNotInMovement, BatchesMixed, AccountOverdrawn, AccountClosed,
        AccountNotEmptied: the region's texts or the balances do not allow it.
    """
    if entry.reverses is not None:
        raise ValueError("an entry is undone with reverse()")
    return _post(work, entry, Book(region, book))


def reverse(work: Work, key: str, *, as_key: str, on: date, reason: str) -> Posted:
    """Undo the entry under a key wholly, by one that says why; asked again with ``as_key``, return that one.

    Raises:
        NoSuchEntry: nothing stands under the key.
        AlreadyReversed: it was undone before, under another key.
        AccountOverdrawn: what it brought has been spent since.
    """
    posted = stored_ledger.find_posted(work.session, key)
    if posted is None:
        raise NoSuchEntry(key=key)
    undone = _post(work, posted.entry.undone(key=as_key, on=on, reason=reason), posted.book)
    if undone.is_new:
        audit.record(work, EntryReversed(posted.id, posted.entry.movement), posted.book.region)
    return undone


def post_openings(
    work: Work,
    openings: Mapping[tuple[int, Source], Yuan],
    *,
    region: str,
    on: date,
    key: str,
    book: str = MAIN_BOOK,
) -> Posted | None:
    """Open people's accounts with the balances that the office has checked, as one entry.

    ``openings`` are yuan by person and source. Nothing is posted when all are zero.
    """
    accounts = (
        (Account(Kind.PERSONAL_ACCOUNT, person, source), amount)
        for (person, source), amount in openings.items()
    )
    postings = [Posting(account, -amount) for account, amount in accounts if amount]
    if not postings:
        return None
    total = -sum((posting.amount for posting in postings), ZERO)
    entry = Entry(key, on, "opening_balance", (Posting(Account(Kind.FISCAL_ACCOUNT), total), *postings))
    return post(work, entry, region=region, book=book)


def post_yearly_subsidy(
    work: Work,
    people: Sequence[int],
    *,
    year: int,
    amount: Yuan,
    region: str,
    on: date,
    key: str,
    book: str = MAIN_BOOK,
) -> Posted:
    """Credit a contribution year's subsidy to residents' accounts, and note the year for each of them.

    The money moves from the fund to the fiscal account in the same entry (jinning-2020#5.4.2).
    """
    total = amount * len(people)
    entry = Entry(
        key,
        on,
        "yearly_subsidy",
        (
            Posting(Account(Kind.IDLE_FUND), total),
            Posting(Account(Kind.SPECIAL_FUND), -total),
            Posting(Account(Kind.FISCAL_ACCOUNT), total),
            *(Posting(Account(Kind.PERSONAL_ACCOUNT, each, Source.GOV_SUBSIDY), -amount) for each in people),
        ),
        contribution_year=year,
    )
    posted = post(work, entry, region=region, book=book)
    if posted.is_new:
        stored_ledger.record_subsidy_years(work.session, posted.id, year, people)
    return posted


def post_interest(
    work: Work, year: int, rate: Decimal, source: str, *, region: str, book: str = MAIN_BOOK
) -> int:
    """Post a year's interest on what every account held when the year began; once, however often asked.

    ``rate`` is a fraction such as 0.0262 and ``source`` who announced it. Returns how many people it
    reached, 0 when the year's interest stands already.

    Raises:
        KeyUsedForAnotherEntry: the year's interest stands, at another rate.
        MovementNotAllowed: the region's texts know no interest on accounts.
    """
    where = Book(region, book)
    rules = _rules(work, region)
    bank = _interest_bank(rules)
    header = Header(
        key=f"interest:{region}:{book}:{year}",
        on=date(year, 12, 31),
        movement=_INTEREST,
        facts_text=canonical({"year": year, "rate": str(rate), "source": source}).decode(),
    )
    head = stored_ledger.lock_head(work.session, work.keys, where)
    known = stored_ledger.find_facts(work.session, header.key)
    if known is not None:
        if known != header.facts_text:
            raise KeyUsedForAnotherEntry(key=header.key)
        return 0
    people = stored_interest.add_interest(
        work.session,
        work.keys,
        where,
        head,
        header,
        work.now,
        bank=bank,
        rate=rate,
        since=date(year, 1, 1),
        without=stored_ledger.list_closed_people(work.session, where, rules.regime),
    )
    if people:
        audit.record(work, InterestPosted(year, rate, people), region)
    return people


def post_due_interest(work: Work, year: int, *, region: str, book: str = MAIN_BOOK) -> int | None:
    """Post a year's interest at the rate in force on its last day; ``None`` while no rate is announced.

    The rate is the rule ``account.interest_rate``, with the year as its term and its source beside it.
    """
    try:
        rate = work.packs.get(region).rulebook.rate(_RATE, date(year, 12, 31))
    except NoRuleInForce:
        return None
    source = str(rate.citation) if rate.citation is not None else rate.outside
    return post_interest(work, year, rate.value, source, region=region, book=book)


def list_heads(work: Work) -> list[tuple[Book, Head]]:
    """Where each book's chain ends, to be noted outside the database once a day."""
    return stored_ledger.list_heads(work.session)


def check(
    work: Work, noted: Collection[tuple[Book, Head]] = (), *, only: str | None = None
) -> Iterator[Finding]:
    """Check every book from its rows, or those of ``only`` one region, and name each row that is wrong.

    ``noted`` are heads noted outside the database, any number of a book.
    """
    with text_as_it_stands(work.session):
        for book in sorted({*stored_ledger.list_books(work.session), *(book for book, _ in noted)}):
            if only in (None, book.region):
                yield from _check_book(work, book, [head for of, head in noted if of == book])


def _check_book(work: Work, book: Book, noted: Collection[Head]) -> Iterator[Finding]:
    regime = work.packs.ledgers[book.region].regime if book.region in work.packs.ledgers else Regime(())
    yield from ledger_check.check_chain(work.session, work.keys, book, noted)
    yield from ledger_check.check_entries(work.session, book)
    yield from ledger_check.check_accounts(work.session, book, regime)
    cap = _cap_years(work, book.region)
    if cap is not None:
        yield from ledger_check.check_years(work.session, book, cap)


def _cap_years(work: Work, region: str) -> int | None:
    """For how many years the region subsidises a person; ``None`` where its text sets no limit."""
    pack = work.packs.regions.get(region)
    if pack is None or not pack.rulebook.has("subsidy.cap_years"):
        return None
    return pack.rulebook.count("subsidy.cap_years", work.today).value


_INTEREST = "account_interest"
_RATE = "account.interest_rate"


def _interest_bank(rules: LedgerRules) -> Account:
    """Where the region's list lets interest lie; one yes or no for all the people it will reach."""
    movement = rules.regime.get(_INTEREST)
    earning = Account(Kind.PERSONAL_ACCOUNT, 1, Source.INTEREST)
    if not movement.allows(earning, -FEN):
        raise AccountNotInMovement(movement=_INTEREST, account=earning.name, side="credit")
    return Account(min(pattern.kind for pattern in movement.debit))


def _post(work: Work, entry: Entry, book: Book) -> Posted:
    head = stored_ledger.lock_head(work.session, work.keys, book)
    known = stored_ledger.find_posted(work.session, entry.key)
    if known is not None:
        if known.book != book:
            raise KeyUsedForAnotherEntry(key=entry.key)
        check_same(known.entry, entry)
        return known
    regime = _rules(work, book.region).regime
    regime.check(entry, stored_ledger.read_standing(work.session, book, entry, regime))
    return stored_ledger.add_entry(work.session, work.keys, book, head, entry, work.now)


def _rules(work: Work, region: str) -> LedgerRules:
    work.packs.get(region)  # an unknown region is refused by its name
    return work.packs.ledgers[region]
