"""Entries that balance or cannot be built, and the one spelling in which they are chained.

The chain (``portal.domain.chain``) hashes ``entry_payload(header, lines)``. Header and lines are
plain text made of what stands in the rows, so that an entry over hundreds of thousands of accounts
can be written by the database itself and hashed from one column, ``name || char(9) || fen``, without
an object for each posting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar, Self

from portal.domain.chain import canonical
from portal.domain.errors import Refusal
from portal.domain.ledger.accounts import Account
from portal.domain.money import ZERO, Yuan, to_fen

EARLIEST = date(1990, 1, 1)
"""Before the first land money of any text; an earlier day is a slip of the keyboard."""
LATEST = date(2099, 12, 31)

Fact = str | int


class EntryDateOutOfRange(Refusal):
    """No entry happened on such a day; ``facts``: the day and the range."""

    code: ClassVar[str] = "entry_date_out_of_range"


class ReversalNotReversible(Refusal):
    """A reversal is final: what should stand after all is posted anew; ``facts["key"]`` names it."""

    code: ClassVar[str] = "reversal_not_reversible"


class ReversalWithoutReason(Refusal):
    """Whoever undoes an entry says why."""

    code: ClassVar[str] = "reversal_without_reason"


class KeyUsedForAnotherEntry(Refusal):
    """The idempotency key already stands for an entry with other content; ``facts["key"]`` is the key."""

    code: ClassVar[str] = "key_used_for_another_entry"


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry, in yuan to the fen: debits are positive, credits negative, none is zero."""

    account: Account
    amount: Yuan

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"an amount is a Decimal, not a {type(self.amount).__name__}")
        if to_fen(self.amount) == 0:
            raise ValueError("a posting moves at least a fen")

    @property
    def natural_amount(self) -> Yuan:
        """The amount as its owner sees it: positive when the account grows."""
        return self.amount * self.account.kind.side.value

    def __neg__(self) -> "Posting":
        return Posting(self.account, -self.amount)


@dataclass(frozen=True)
class Entry:
    """One movement of money on one day.

    ``key`` is made by whoever asks, once for each intention, so that asking twice posts once.
    ``facts`` says what for (voucher, opinion letter, rate, period, reason) and holds nothing personal.
    ``reverses`` is the key of the entry that this one undoes.
    Raises ``ValueError`` when the postings do not sum to zero or name an account twice.
    """

    key: str
    on: date
    movement: str
    postings: tuple[Posting, ...]
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)
    contribution_year: int | None = None
    claim_id: int | None = None
    reverses: str | None = None

    def __post_init__(self) -> None:
        if not EARLIEST <= self.on <= LATEST:
            raise EntryDateOutOfRange(day=self.on, earliest=EARLIEST, latest=LATEST)
        total = sum((posting.amount for posting in self.postings), ZERO)
        if total != ZERO:
            raise ValueError(f"entry {self.key!r} is out of balance by {total}")
        if len(self.postings) < 2 or len({posting.account for posting in self.postings}) < len(self.postings):
            raise ValueError(f"entry {self.key!r} needs two accounts or more, each once")
        if not all(text.isprintable() and text for text in (self.key, self.movement)):
            raise ValueError("a key and a movement are printable text")

    @property
    def facts_text(self) -> str:
        """The facts in their one spelling, to be stored as it stands and hashed as it is stored."""
        return canonical(self.facts).decode()

    @property
    def lines(self) -> tuple[str, ...]:
        """The postings in their one spelling."""
        return tuple(posting_line(posting.account.name, to_fen(posting.amount)) for posting in self.postings)

    def undone(self, *, key: str, on: date, reason: str) -> Self:
        """Return the entry that undoes this one wholly; nothing else ever corrects an entry."""
        if self.reverses is not None:
            raise ReversalNotReversible(key=self.key)
        if not reason.strip():
            raise ReversalWithoutReason()
        return type(self)(
            key=key,
            on=on,
            movement=self.movement,
            postings=tuple(-posting for posting in self.postings),
            facts={"reason": reason.strip()},
            contribution_year=self.contribution_year,
            claim_id=self.claim_id,
            reverses=self.key,
        )


def check_same(stored: Entry, asked: Entry) -> None:
    """Make sure that an entry asked for under a known key is the stored one, asked for again."""
    if stored != asked:
        raise KeyUsedForAnotherEntry(key=asked.key)


def header_line(
    *,
    region: str,
    book: str,
    sequence: int,
    posted_at: datetime,
    key: str,
    on: date,
    movement: str,
    facts_text: str,
    contribution_year: int | None,
    claim_id: int | None,
    reverses: str | None,
) -> str:
    """Return all of an entry that is not a posting, with its place in the chain, in one spelling.

    No field can hold a tab, so no two entries share a spelling.
    """
    moment = posted_at.astimezone(UTC).isoformat(timespec="microseconds")
    return (
        f"{region}\t{book}\t{sequence}\t{moment}\t{key}\t{on.isoformat()}\t{movement}\t{facts_text}"
        f"\t{'' if contribution_year is None else contribution_year}"
        f"\t{'' if claim_id is None else claim_id}\t{reverses or ''}"
    )


def posting_line(account_name: str, fen: int) -> str:
    """Return a posting in its one spelling."""
    return f"{account_name}\t{fen}"


def entry_payload(header: str, lines: Sequence[str]) -> bytes:
    """Return what the chain hashes: header, number of postings, and the lines by their positions."""
    return "\n".join((f"{header}\t{len(lines)}", *lines)).encode()
