"""Where money is and whose it is: the accounts of a book."""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import ClassVar, Self

from portal.domain.errors import Refusal


class UnknownAccount(Refusal):
    """No account can have this name; ``facts["name"]`` repeats it."""

    code: ClassVar[str] = "unknown_account"


class Side(Enum):
    """The sign in which an account grows; debits are positive, credits negative."""

    DEBIT = 1
    CREDIT = -1


class Source(StrEnum):
    """Where the money in somebody's account comes from (linyi-2012#2.4, guangdong-2025#art2)."""

    OWN_CONTRIBUTION = "own_contribution"
    COLLECTIVE_SUBSIDY = "collective_subsidy"
    ORGANISATION_AID = "organisation_aid"
    CHARITY_AID = "charity_aid"
    INDIVIDUAL_AID = "individual_aid"
    GOV_SUBSIDY = "gov_subsidy"
    LAND_LEVY = "land_levy"
    INTEREST = "interest"


PERSONAL_SOURCES = frozenset(Source) - {Source.LAND_LEVY}
"""The seven sources inside a person's account."""

LAND_SOURCES = frozenset({Source.LAND_LEVY, Source.INTEREST})
"""The levy and its interest, two figures on every page (guangdong-2025#art2)."""


class Kind(StrEnum):
    """What an account is: a place where money lies, or whose money it is."""

    TRANSITION_ACCOUNT = "transition_account"
    DEPOSIT_ACCOUNT = "deposit_account"
    FISCAL_ACCOUNT = "fiscal_account"
    INCOME_ACCOUNT = "income_account"
    EXPENDITURE_ACCOUNT = "expenditure_account"
    SPECIAL_FUND = "special_fund"
    RISK_RESERVE = "risk_reserve"
    RECEIVABLE = "receivable"
    """Subsidy that the finance office owes and that is booked before it arrives (linyi-2012#2.4)."""
    PERSONAL_ACCOUNT = "personal_account"
    """One for each person and source; land money is no second account (hedong-2019#2.2)."""
    SPECIAL_LEDGER = "special_ledger"
    """A person's part of a batch, kept in the transition account (guangdong-2025#art11.2)."""
    LAND_BATCH = "land_batch"
    """What of a batch's money is not yet anybody's."""
    IDLE_FUND = "idle_fund"
    """Subsidy money that belongs to no person and no batch yet."""
    PAYABLE = "payable"
    """Approved and on its way through the bank, to a person or back to a batch's payer."""

    @property
    def side(self) -> Side:
        """The side on which accounts of this kind grow, and on whose other side they never are."""
        return Side.DEBIT if self in _PLACES else Side.CREDIT

    @property
    def is_holding(self) -> bool:
        """Whether it is a person's or a batch's own, and so is empty once they are closed."""
        return self in _HOLDINGS


_PLACES = frozenset(
    {
        Kind.TRANSITION_ACCOUNT,
        Kind.DEPOSIT_ACCOUNT,
        Kind.FISCAL_ACCOUNT,
        Kind.INCOME_ACCOUNT,
        Kind.EXPENDITURE_ACCOUNT,
        Kind.SPECIAL_FUND,
        Kind.RISK_RESERVE,
        Kind.RECEIVABLE,
    }
)
_HOLDINGS = frozenset({Kind.PERSONAL_ACCOUNT, Kind.SPECIAL_LEDGER, Kind.LAND_BATCH})


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a book. ``person`` is a row number, never a citizen number; ``batch`` is its code.

    Where a region has several accounts of one kind (one transition account a county), each has its
    own book.
    """

    kind: Kind
    person: int | None = None
    source: Source | None = None
    batch: str | None = None

    def __post_init__(self) -> None:
        if not self._is_whole():
            raise UnknownAccount(name=self.name)

    @property
    def name(self) -> str:
        """The one spelling, ``kind/person/source/batch``, such as ``personal_account/4711/interest/``."""
        return f"{self.kind}/{self.person or ''}/{self.source or ''}/{self.batch or ''}"

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read a name back; refuse with ``UnknownAccount``."""
        try:
            kind, person, source, batch = name.split("/", 3)
            account = cls(
                Kind(kind), int(person) if person else None, Source(source) if source else None, batch or None
            )
        except ValueError:
            raise UnknownAccount(name=name) from None
        if account.name != name:
            raise UnknownAccount(name=name)
        return account

    def _is_whole(self) -> bool:
        if self.person is not None and self.person < 1:
            return False
        if self.batch is not None and not (self.batch and self.batch.isprintable()):
            return False
        has = (self.person is not None, self.batch is not None)
        match self.kind:
            case Kind.PERSONAL_ACCOUNT:
                return has == (True, False) and self.source in PERSONAL_SOURCES
            case Kind.SPECIAL_LEDGER:
                return has == (True, True) and self.source in LAND_SOURCES
            case Kind.LAND_BATCH:
                return has == (False, True) and self.source in LAND_SOURCES
            case Kind.PAYABLE:
                return any(has) and self.source is None
            case _:
                return not any(has) and self.source is None
