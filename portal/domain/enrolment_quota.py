"""Enrolment quotas: how many a village may propose, how long one lasts, who gets what others gave up."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from portal.domain.deadlines import months_after, years_after
from portal.domain.policy import Figure, Step, Unit, work_out
from portal.domain.rulebook import Rulebook


@dataclass(frozen=True)
class Reallocation:
    """How many given-up quotas find a taker, who still waits, and what stays unused."""

    chosen: int
    still_waiting: int
    unused: int


def quota_last_day(letter_on: date, rules: Rulebook) -> date:
    """Give the last day of a quota, counted from the land department's letter (taizhou-2019#3.4)."""
    return years_after(letter_on, rules.count("quota.valid_years", letter_on).value)


def propose_quota(
    land_taken_mu: Decimal, village_land_mu: Decimal, farming_people: int, rules: Rulebook, on: date
) -> Figure:
    """Propose a number of quotas: land taken over land per head, cut to a whole number.

    The text names the inputs and no formula, so this is an estimate for staff to confirm
    (taizhou-2019#3.2); the cut-off rest is one of the steps.
    """
    method = rules.text("quota.formula", on)
    exact = Fraction(land_taken_mu) * farming_people / Fraction(village_land_mu)
    proposed = int(exact)
    per_head = village_land_mu / farming_people
    rest = Decimal((exact - proposed).numerator) / (exact - proposed).denominator
    steps = (
        Step("land_per_head", {"land": village_land_mu, "people": farming_people, "per_head": per_head}),
        Step("land_taken", {"land": land_taken_mu}),
        Step("quota_proposed", {"quotas": proposed, "rest": rest.quantize(Decimal("0.01"))}),
    )
    return work_out("quota_proposed", proposed, Unit.PEOPLE, steps, (method,), on)


def reallocate(given_up: int, waiting: int) -> Reallocation:
    """Give what others gave up to those who wait, as far as it goes (taizhou-2019#3.3).

    Who is chosen is decided in the village by 五议两公开, never by the portal.
    """
    chosen = min(given_up, waiting)
    return Reallocation(chosen, waiting - chosen, given_up - chosen)


def arrears_begin(fund: str, period_start: date, rules: Rulebook) -> date:
    """Give the first day on which a period's money is in arrears if it has not been transferred.

    ``fund`` is ``employee_fund`` (monthly) or ``risk_fund`` (quarterly); ``period_start`` is the first day of
    the month or quarter (taizhou-2019#2.3).
    """
    return months_after(period_start, rules.count(f"arrears.{fund}_months", period_start).value)
