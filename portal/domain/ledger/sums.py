"""What is read from a history, and how sums are spread over accounts and taken from them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Posting
from portal.domain.ledger.movements import AccountOverdrawn
from portal.domain.money import ZERO, Yuan, round_yuan, share


@dataclass(frozen=True, slots=True)
class PostedLine:
    """One posting with what its entry says of it, as it is read for one person."""

    key: str
    on: date
    movement: str
    posting: Posting
    contribution_year: int | None = None
    reverses: str | None = None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of a person's statement; ``balance`` is what the account held after it, over all sources."""

    line: PostedLine
    amount: Yuan
    balance: Yuan


def balances(postings: Iterable[Posting]) -> dict[Account, Yuan]:
    """Add up natural balances; an account whose entries cancel out is there with zero."""
    held: dict[Account, Yuan] = defaultdict(lambda: ZERO)
    for posting in postings:
        held[posting.account] += posting.natural_amount
    return dict(held)


def balances_by_source(postings: Iterable[Posting], kind: Kind = Kind.PERSONAL_ACCOUNT) -> dict[Source, Yuan]:
    """Add up one person's account by source, in the order of ``Source``, leaving out empty ones."""
    held: dict[Source, Yuan] = defaultdict(lambda: ZERO)
    for account, balance in balances(postings).items():
        if account.kind is kind and account.source is not None:
            held[account.source] += balance
    return {source: held[source] for source in Source if held[source] != ZERO}


def statement(lines: Iterable[PostedLine], kind: Kind = Kind.PERSONAL_ACCOUNT) -> Iterator[StatementLine]:
    """Write one person's lines, in the order of the book, with the running balance of all sources."""
    balance = ZERO
    for line in lines:
        if line.posting.account.kind is kind:
            balance += line.posting.natural_amount
            yield StatementLine(line, line.posting.natural_amount, balance)


def subsidised_years(lines: Iterable[PostedLine]) -> frozenset[int]:
    """Return the contribution years that one person's entries paid for and no reversal took back."""
    years: dict[str, int] = {}
    for line in lines:
        if line.reverses is not None:
            years.pop(line.reverses, None)
        elif line.contribution_year is not None:
            years[line.key] = line.contribution_year
    return frozenset(years.values())


def balance_days(changes: Iterable[tuple[date, Yuan]], first: date, end: date) -> Decimal:
    """Return a balance's yuan-days from ``first`` until the day before ``end``.

    Money counts from the day it comes in to the day before it goes out (guangdong-2025#art9);
    ``changes`` are natural amounts with their days, and those before ``first`` count as already there.
    """
    return sum((amount * max(0, (end - max(day, first)).days) for day, amount in changes), Decimal(0))


def interest_on(balance: Yuan, rate: Decimal) -> Yuan:
    """Return a year's interest of one balance, half up to the fen; ``rate`` is a fraction such as 0.0262.

    A database that posts for a whole county gets the same in whole numbers: with the rate as n/d
    (``rate.as_integer_ratio()``), the interest in fen is (2·fen·n + d) ÷ 2d, cut to the whole.
    """
    return round_yuan(balance * rate)


def allot(
    total: Yuan, accounts: Sequence[Account], weights: Sequence[int | Decimal], keys: Sequence[str]
) -> tuple[Posting, ...]:
    """Spread a total over accounts so that the parts sum to it; each part makes its account grow.

    Largest remainder, equal remainders to the smaller key: the insurance number for people, the
    code for batches. Accounts whose part is less than a fen get no posting.
    """
    parts = share(total, weights, keys)
    return tuple(
        Posting(account, part * account.kind.side.value)
        for account, part in zip(accounts, parts, strict=True)
        if part != ZERO
    )


def take(amount: Yuan, available: Sequence[tuple[Account, Yuan]]) -> tuple[Posting, ...]:
    """Take an amount out of accounts, emptying each before the next is touched.

    ``available`` are natural balances in the order in which they are used up. Refuses with
    ``AccountOverdrawn`` when they do not hold enough.
    """
    missing = amount
    postings = []
    for account, balance in available:
        part = min(missing, balance)
        if part > ZERO:
            postings.append(Posting(account, -part * account.kind.side.value))
            missing -= part
    if missing > ZERO:
        held = amount - missing
        raise AccountOverdrawn(account=available[-1][0].name if available else "", held=held, asked=amount)
    return tuple(postings)
