"""The closed list of movements of a regime: what is not on it is refused (guangdong-2025#art6)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from portal.domain.errors import Refusal
from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Entry
from portal.domain.money import ZERO, Yuan
from portal.domain.policy import Citation


class MovementNotAllowed(Refusal):
    """The region's texts know no such movement; ``facts["movement"]`` names it."""

    code: ClassVar[str] = "movement_not_allowed"


class AccountNotInMovement(Refusal):
    """The movement does not touch such an account on this side; ``facts``: movement, account, side."""

    code: ClassVar[str] = "account_not_in_movement"


class BatchesMixed(Refusal):
    """Money of one land batch would pay for another (guangdong-2025#art10); ``facts``: both batches."""

    code: ClassVar[str] = "batches_mixed"


class AccountOverdrawn(Refusal):
    """The account does not hold that much; ``facts``: account, what it holds, what is asked of it."""

    code: ClassVar[str] = "account_overdrawn"


class AccountClosed(Refusal):
    """The account was settled and closed; ``facts["account"]`` names it."""

    code: ClassVar[str] = "account_closed"


class AccountNotEmptied(Refusal):
    """Closing leaves nothing behind, and this account would keep money; ``facts``: account, balance."""

    code: ClassVar[str] = "account_not_emptied"


class AlreadyReversed(Refusal):
    """The entry was undone before; ``facts["key"]`` names it."""

    code: ClassVar[str] = "already_reversed"


@dataclass(frozen=True, slots=True)
class AccountPattern:
    """Accounts of a kind, of all sources or of one; written ``land_batch`` or ``land_batch/interest``."""

    kind: Kind
    source: Source | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a pattern as a policy pack writes it; raises ``ValueError`` for an unknown word."""
        kind, _, source = text.partition("/")
        return cls(Kind(kind), Source(source) if source else None)

    def covers(self, account: "Account | AccountPattern") -> bool:
        """Say whether the account, or every account of a pattern, is one of these."""
        return self.kind is account.kind and self.source in (None, account.source)


@dataclass(frozen=True)
class Movement:
    """A movement that a text allows.

    ``because`` is the clause; it is missing only where a rule from outside the texts, named by
    ``outside``, allows the movement. ``subject`` is the heading under which the money that enters or
    leaves a place is accounted for (guangdong-2025#art12), if any. ``closes`` says that it settles
    its person or batch for good: their accounts end empty.
    """

    name: str
    debit: frozenset[AccountPattern]
    credit: frozenset[AccountPattern]
    because: Citation | None = None
    outside: str = ""
    subject: str | None = None
    closes: bool = False

    def allows(self, account: Account | AccountPattern, amount: Yuan) -> bool:
        """Say whether a posting may stand on the side of its sign; a reversal's signs are turned round."""
        patterns = self.debit if amount > ZERO else self.credit
        return any(pattern.covers(account) for pattern in patterns)


@dataclass(frozen=True)
class Standing:
    """What of a book's history an entry is judged by; it is read under the lock that the entry is written in.

    ``balances`` are natural ones (positive on the account's own side) of every account that the entry
    touches and, for a closing movement, of every account of the people and batches it closes; an
    account without entries may be missing. ``closed_people`` and ``closed_batches`` are those whose
    closing has not been reversed. ``reversed_keys`` are the keys of entries that were undone.
    """

    balances: Mapping[Account, Yuan]
    closed_people: Collection[int] = frozenset()
    closed_batches: Collection[str] = frozenset()
    reversed_keys: Collection[str] = frozenset()

    def is_closed(self, account: Account) -> bool:
        """Say whether the account's person or batch has been settled for good."""
        return account.kind.is_holding and (
            account.person in self.closed_people or account.batch in self.closed_batches
        )


class Regime:
    """The movements that a region's texts allow."""

    def __init__(self, movements: Iterable[Movement]) -> None:
        """Raise ``ValueError`` when two movements have one name."""
        listed = tuple(movements)
        self.movements: Mapping[str, Movement] = {movement.name: movement for movement in listed}
        if len(self.movements) < len(listed):
            raise ValueError("two movements have one name")

    def get(self, name: str) -> Movement:
        """Return the movement of this name, or refuse with ``MovementNotAllowed``."""
        try:
            return self.movements[name]
        except KeyError:
            raise MovementNotAllowed(movement=name) from None

    def check(self, entry: Entry, standing: Standing) -> None:
        """Refuse an entry that the texts, the batches, the balances or an earlier closing do not allow."""
        movement = self.get(entry.movement)
        _check_accounts(movement, entry)
        _check_batches(entry)
        if entry.reverses is None or not movement.closes:
            _check_open(entry, standing)
        if entry.reverses in standing.reversed_keys:
            raise AlreadyReversed(key=entry.reverses)
        after = _balances_after(entry, standing)
        if movement.closes and entry.reverses is None:
            _check_emptied(entry, after)


def _check_accounts(movement: Movement, entry: Entry) -> None:
    sign = 1 if entry.reverses is None else -1
    for posting in entry.postings:
        if not movement.allows(posting.account, posting.amount * sign):
            side = "debit" if posting.amount > ZERO else "credit"
            raise AccountNotInMovement(movement=movement.name, account=posting.account.name, side=side)


def _check_batches(entry: Entry) -> None:
    change: dict[str, Yuan] = defaultdict(lambda: ZERO)
    for posting in entry.postings:
        if posting.account.batch is not None:
            change[posting.account.batch] += posting.amount
    losing = next((batch for batch, amount in change.items() if amount > ZERO), None)
    gaining = next((batch for batch, amount in change.items() if amount < ZERO), None)
    if losing is not None and gaining is not None:
        raise BatchesMixed(losing=losing, gaining=gaining)


def _check_open(entry: Entry, standing: Standing) -> None:
    for posting in entry.postings:
        if standing.is_closed(posting.account):
            raise AccountClosed(account=posting.account.name)


def _balances_after(entry: Entry, standing: Standing) -> dict[Account, Yuan]:
    after = dict(standing.balances)
    for posting in entry.postings:
        held = after.get(posting.account, ZERO)
        after[posting.account] = held + posting.natural_amount
        if posting.natural_amount < ZERO and after[posting.account] < ZERO:
            raise AccountOverdrawn(account=posting.account.name, held=held, asked=-posting.natural_amount)
    return after


def _check_emptied(entry: Entry, after: Mapping[Account, Yuan]) -> None:
    holdings = [posting.account for posting in entry.postings if posting.account.kind.is_holding]
    people = {account.person for account in holdings} - {None}
    batches = {account.batch for account in holdings if account.kind is Kind.LAND_BATCH}
    for account, balance in after.items():
        concerned = account.person in people or account.batch in batches
        if account.kind.is_holding and concerned and balance != ZERO:
            raise AccountNotEmptied(account=account.name, balance=balance)
