"""A small regime for the tests of the ledger, with one movement of each sort, and sums to hold it against."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Posting
from portal.domain.ledger.movements import AccountOverdrawn, AccountPattern, Movement, Regime
from portal.domain.money import ZERO, Yuan, share

BANK = Account(Kind.TRANSITION_ACCOUNT)
FISCAL = Account(Kind.FISCAL_ACCOUNT)
SPENDING = Account(Kind.EXPENDITURE_ACCOUNT)


def levy(batch: str) -> Account:
    return Account(Kind.LAND_BATCH, source=Source.LAND_LEVY, batch=batch)


def batch_interest(batch: str) -> Account:
    return Account(Kind.LAND_BATCH, source=Source.INTEREST, batch=batch)


def own(person: int, source: Source = Source.OWN_CONTRIBUTION) -> Account:
    return Account(Kind.PERSONAL_ACCOUNT, person=person, source=source)


def special(person: int, batch: str, source: Source = Source.LAND_LEVY) -> Account:
    return Account(Kind.SPECIAL_LEDGER, person=person, batch=batch, source=source)


def payable(person: int | None = None, batch: str | None = None) -> Account:
    return Account(Kind.PAYABLE, person=person, batch=batch)


def movement(name: str, debit: str, credit: str, *, closes: bool = False) -> Movement:
    return Movement(name, patterns(debit), patterns(credit), closes=closes)


def patterns(text: str) -> frozenset[AccountPattern]:
    return frozenset(map(AccountPattern.parse, text.split()))


REGIME = Regime(
    [
        movement("levy_deposit", "transition_account", "land_batch/land_levy"),
        movement("bank_interest", "transition_account", "land_batch/interest special_ledger/interest"),
        movement("allotment", "land_batch", "special_ledger"),
        movement("subsidy_payment", "special_ledger", "payable"),
        movement("disbursement", "payable", "transition_account"),
        movement("deposit_refund", "land_batch", "payable"),
        movement("batch_settlement", "land_batch", "payable", closes=True),
        movement("fund_transfer", "fiscal_account", "transition_account"),
        movement("own_contribution", "fiscal_account", "personal_account/own_contribution"),
        movement("account_interest", "fiscal_account", "personal_account/interest"),
        movement("transfer_out", "personal_account", "payable", closes=True),
        movement("inheritance", "personal_account special_ledger", "payable", closes=True),
        movement("pension_payment", "payable", "expenditure_account"),
        movement("expenditure_transfer", "expenditure_account", "fiscal_account"),
    ]
)


def balances(postings: Iterable[Posting]) -> dict[Account, Yuan]:
    """Add up natural balances; an account whose entries cancel out is there with zero."""
    held: dict[Account, Yuan] = defaultdict(lambda: ZERO)
    for posting in postings:
        held[posting.account] += posting.natural_amount
    return dict(held)


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
