"""What is read from a history, and how sums are spread over accounts and taken from them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.ledger.accounts import Account, Kind
from portal.domain.ledger.entries import Posting
from portal.domain.ledger.movements import AccountOverdrawn
from portal.domain.money import ZERO, Yuan


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


def statement(lines: Iterable[PostedLine], kind: Kind = Kind.PERSONAL_ACCOUNT) -> Iterator[StatementLine]:
    """Write one person's lines, in the order of the book, with the running balance of all sources."""
    balance = ZERO
    for line in lines:
        if line.posting.account.kind is kind:
            balance += line.posting.natural_amount
            yield StatementLine(line, line.posting.natural_amount, balance)


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
