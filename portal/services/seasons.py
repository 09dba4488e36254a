"""The season's notice on the home page: what is worth doing at this time of the year."""

from dataclasses import dataclass
from datetime import date

from portal.domain.claim_kinds import ClaimKind
from portal.domain.resident_pension import SEASON, is_payment_season
from portal.services.work import House

# One claim may be filed in a calendar year (reading A-JN-3), so from November on the year's end is near.
_YEAR_END_FROM_MONTH = 11


@dataclass(frozen=True)
class SeasonNotice:
    """A notice by its wording code; facts fill the sentence."""

    wording: str
    facts: dict[str, int]


def find_notice(house: House, region: str, today: date) -> SeasonNotice | None:
    """The one notice of the season, or None. It may advise; it never invents a deadline."""
    pack = house.packs.regions[region]
    if pack.rulebook.has(SEASON) and is_payment_season(today, pack.rulebook):
        return SeasonNotice("premium_season", {"month": pack.rulebook.count(SEASON, today).value})
    if ClaimKind.REIMBURSEMENT in pack.claims and today.month >= _YEAR_END_FROM_MONTH:
        return SeasonNotice("year_end", {"year": today.year})
    if pack.rulebook.has("quota.valid_years"):
        return SeasonNotice("quota_expiry", {"years": pack.rulebook.count("quota.valid_years", today).value})
    return None
