"""What the portal takes each rule of a pack for: its unit, its range, and the codes it can work with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from portal.domain.policy import Unit


@dataclass(frozen=True)
class KnownRule:
    """A rule that the portal asks for: the units it may be in, its greatest number, the codes understood."""

    units: frozenset[Unit]
    most: int | None = None
    codes: frozenset[str] = frozenset()


_MOST: Mapping[Unit, int] = {
    Unit.YEARS: 100,
    Unit.MONTHS: 600,
    Unit.DAYS: 3660,
    Unit.WORKING_DAYS: 3660,
    Unit.DAY_OF_MONTH: 28,  # every month has it
    Unit.PEOPLE: 100_000_000,
    Unit.AGE: 150,
    Unit.TIMES: 1000,
    Unit.PERCENT: 100,
}
_LAST_YEAR = 2199
_MONTHS_OF_A_YEAR = 12


def _in(*units: Unit, most: int | None = None) -> KnownRule:
    return KnownRule(frozenset(units), most)


def _by(code: str) -> KnownRule:
    return KnownRule(frozenset({Unit.CODE}), codes=frozenset({code}))


_PERIOD = _in(Unit.WORKING_DAYS, Unit.DAYS)

# By name, or by the beginning of a name where it ends with a dot or an underscore.
_KNOWN: Mapping[str, KnownRule] = {
    "account.file_days": _PERIOD,
    "account.interest": _by("national_rate"),
    "account.interest_rate": _in(Unit.RATE),
    "account.report_days": _PERIOD,
    "account.sources": _by("all_in_account"),
    "arrears.": _in(Unit.MONTHS),
    "batch.new_track_from": _in(Unit.YEARS, most=_LAST_YEAR),
    "batch.provincial_limit_months": _in(Unit.MONTHS),
    "batch.forward_days": _in(Unit.WORKING_DAYS),
    "batch.list_days": _in(Unit.WORKING_DAYS),
    "batch.post_days": _in(Unit.WORKING_DAYS),
    "document.valid_years": _in(Unit.YEARS),
    "identity.remind_by_month": _in(Unit.MONTHS, most=_MONTHS_OF_A_YEAR),
    "idle.years": _in(Unit.YEARS),
    "incident.forward_days": _PERIOD,
    "incident.report_days": _PERIOD,
    "ledger.claims_per_year": _in(Unit.TIMES),
    "ledger.payment": _by("lesser_of_ledger_and_contribution"),
    "legacy.drawing": _in(Unit.PEOPLE),
    "legacy.members": _in(Unit.PEOPLE),
    "levy.percent_": _in(Unit.PERCENT),
    "monthly.credit_by": _in(Unit.DAY_OF_MONTH),
    "monthly.request_by": _in(Unit.DAY_OF_MONTH),
    "monthly.transfer_by": _in(Unit.DAY_OF_MONTH),
    "monthly.verify_by": _in(Unit.DAY_OF_MONTH),
    "notice.days": _in(Unit.WORKING_DAYS),
    "pension.payout_months.": _in(Unit.MONTHS),
    "quota.formula": _by("land_over_land_per_head"),
    "quota.min_age": _in(Unit.AGE),
    "quota.valid_years": _in(Unit.YEARS),
    "refund.method": _by("over_deposit_with_interest"),
    "season.last_month": _in(Unit.MONTHS, most=_MONTHS_OF_A_YEAR),
    "settle.months_after_announcement": _in(Unit.MONTHS),
    "share.method": _by("largest_remainder"),
    "stop.after_death": _by("next_month"),
    "subsidy.cap_years": _in(Unit.YEARS),
    "subsidy.claims_per_year": _in(Unit.TIMES),
    "subsidy.first_year": _in(Unit.YEARS, most=_LAST_YEAR),
    "subsidy.per_year": _in(Unit.YUAN),
    "subsidy.top_up": _by("difference_to_total"),
    "transfer.method": _by("balance_and_pending_subsidy"),
    "withdrawal.refund": _by("recorded_balance"),
}


def find_known(name: str) -> KnownRule | None:
    """What the portal takes a rule for; None where it never asks for one of this name."""
    starts = (start for start in _KNOWN if start.endswith((".", "_")) and name.startswith(start))
    found = name if name in _KNOWN else next(starts, None)
    return None if found is None else _KNOWN[found]


def most_in(unit: Unit, known: KnownRule | None) -> int | None:
    """The greatest number that makes sense in a unit; None where any does."""
    return known.most if known is not None and known.most is not None else _MOST.get(unit)


def guess_name(name: str, also: Iterable[str]) -> str:
    """The known name that a misspelt one is most like, or nothing."""
    return next(iter(get_close_matches(name, [*_KNOWN, *also], n=1)), "")
