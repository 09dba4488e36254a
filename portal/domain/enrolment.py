"""Who a person is to the scheme: group, insurance, confirmation, age; and what the tables make of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from portal.domain.deadlines import years_after
from portal.domain.policy import Figure, Step, Unit, work_out
from portal.domain.rulebook import Rulebook


class Category(StrEnum):
    """The three groups of land-expropriated people (jinning-2020#4)."""

    LEGACY_MEMBER = "legacy_member"
    EXISTING_LANDLESS = "existing_landless"
    NEW_LANDLESS = "new_landless"


class Scheme(StrEnum):
    """The pension insurance a person is in."""

    RESIDENT = "resident"
    EMPLOYEE = "employee"
    LEGACY = "legacy"
    NONE = "none"


class BenefitStatus(StrEnum):
    """Whether a person already draws a pension."""

    NOT_DRAWING = "not_drawing"
    DRAWING = "drawing"


@dataclass(frozen=True)
class Standing:
    """What the record says about one person, as far as entitlement depends on it.

    ``prior_subsidy`` is what the government paid into the legacy scheme, in yuan; ``years_used`` counts
    the subsidised years so far; ``contribution_paid`` is ``None`` when nobody knows yet.
    """

    category: Category
    identity_confirmed: bool
    scheme: Scheme
    benefit_status: BenefitStatus
    withdrawal_finished: bool
    prior_subsidy: Decimal
    years_used: int
    contribution_paid: bool | None = None
    alive: bool = True


def standing_facts(standing: Standing, rules: Rulebook, on: date) -> Mapping[str, str]:
    """Say a person's standing in the facts that decision tables are written in; unknown ones are left out.

    What depends on a rule that the region does not have (a subsidy total) is left out too.
    """
    facts = {
        "category": standing.category.value,
        "identity": identity_fact(standing.category, confirmed=standing.identity_confirmed),
        "scheme": standing.scheme.value,
        "benefit": standing.benefit_status.value,
        "withdrawal": withdrawal_fact(standing.category, finished=standing.withdrawal_finished),
        "life": "alive" if standing.alive else "deceased",
    }
    if standing.contribution_paid is not None:
        facts["contribution"] = "paid" if standing.contribution_paid else "not_paid"
    if rules.has("subsidy.cap_years") and rules.has("subsidy.per_year"):
        cap = rules.count("subsidy.cap_years", on).value
        total = cap * rules.yuan("subsidy.per_year", on).value
        facts["subsidy_years"] = "left" if standing.years_used < cap else "used_up"
        facts["prior_subsidy"] = "below_total" if standing.prior_subsidy < total else "reached_total"
    return facts


def identity_fact(category: Category, *, confirmed: bool) -> str:
    """Legacy members need no identity confirmation (jinning-2020#4.1); everybody else does."""
    if category is Category.LEGACY_MEMBER:
        return "not_needed"
    return "confirmed" if confirmed else "not_confirmed"


def withdrawal_fact(category: Category, *, finished: bool) -> str:
    """Only a legacy member has an old account to leave (jinning-2020#5.4.1)."""
    if category is not Category.LEGACY_MEMBER:
        return "not_needed"
    return "finished" if finished else "not_finished"


def age_on(birth_date: date, day: date) -> int:
    """Count full years of age; the birthday itself counts, and 29 February comes at the month's end."""
    years = day.year - birth_date.year
    return years if years <= 0 or years_after(birth_date, years) <= day else years - 1


def members_not_drawing(rules: Rulebook, on: date) -> Figure:
    """Work out how many legacy members do not draw yet, from the two numbers the text prints."""
    members = rules.count("legacy.members", on)
    drawing = rules.count("legacy.drawing", on)
    waiting = members.value - drawing.value
    steps = (
        Step("legacy_members", {"people": members.value}),
        Step("legacy_drawing", {"people": drawing.value}),
        Step("legacy_not_drawing", {"people": waiting}),
    )
    return work_out("members_not_drawing", waiting, Unit.PEOPLE, steps, (members, drawing), on)
