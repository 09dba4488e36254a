"""What the pictures of a record show: the account through the years, and how land money came to a person."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.ledger.accounts import Kind, Source
from portal.domain.money import ZERO, Yuan
from portal.services.records import Record

_LAND_SUBSIDY = "land_subsidy"


@dataclass(frozen=True)
class YearEnd:
    """What an account held when a year ended, by source; for this year, what it holds now."""

    year: int
    held: Mapping[Source, Yuan]


def account_by_year(record: Record) -> list[YearEnd]:
    """The personal account at the end of each year, from its first entry to this year, oldest first."""
    changes = sorted(
        (line.on.year, Source(line.source), line.amount)
        for line in record.lines
        if line.kind == Kind.PERSONAL_ACCOUNT and line.source is not None
    )
    if not changes:
        return []
    held = dict.fromkeys(Source, ZERO)
    ends = []
    for year in range(changes[0][0], record.today.year + 1):
        for changed_in, source, amount in changes:
            if changed_in == year:
                held[source] += amount
        ends.append(YearEnd(year, {source: amount for source, amount in held.items() if amount}))
    return ends


@dataclass(frozen=True)
class LandWay:
    """What was deposited for a whole land batch, and what of it was set down for one person so far."""

    deposited: Yuan
    share: Yuan
    interest: Yuan

    @property
    def has_arrived(self) -> bool:
        """Whether any of it is the person's by now."""
        return self.share > ZERO


def land_way(record: Record) -> LandWay | None:
    """The way of the land money, for those of a batch that somebody paid for."""
    if record.batch is None or not record.batch.deposited:
        return None
    if record.land_levy is not None and record.land_interest is not None:
        return LandWay(record.batch.deposited, record.land_levy.yuan, record.land_interest.yuan)
    came = (line.amount for line in record.lines if line.movement == _LAND_SUBSIDY and line.stands)
    return LandWay(record.batch.deposited, sum(came, ZERO), ZERO)
