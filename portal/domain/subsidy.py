"""The yearly contribution subsidy: top-up, years used and left, the grid, and the yearly claim."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.domain.decisions import Condition
from portal.domain.enrolment import (
    BenefitStatus,
    Category,
    Scheme,
    identity_fact,
    withdrawal_fact,
)
from portal.domain.money import ZERO, Yuan
from portal.domain.policy import Figure, Step, Unit, work_out
from portal.domain.rulebook import Rulebook


@dataclass(frozen=True)
class SubsidyHistory:
    """The subsidised years of one person, over all routes.

    ``paid_years`` are contribution years with an approved and paid subsidy; ``opening_years`` counts
    earlier ones, keyed by staff, whose calendar years are not known.
    """

    paid_years: frozenset[int] = frozenset()
    opening_years: int = 0

    @property
    def used(self) -> int:
        """How many years are used up."""
        return self.opening_years + len(self.paid_years)


def reference_day(contribution_year: int) -> date:
    """Give the day whose rules decide about a contribution year.

    It is the last one, so that a rule that came into force during the year holds for the whole of it.
    """
    return date(contribution_year, 12, 31)


def top_up(prior_subsidy: Yuan, rules: Rulebook, on: date) -> Figure:
    """Work out what a legacy member is paid once on joining the residents' pension (jinning-2020#5.4.1).

    The whole 15-year subsidy less what the government has paid before; never below zero, nothing is
    taken back.
    """
    rate = rules.yuan("subsidy.per_year", on)
    cap = rules.count("subsidy.cap_years", on)
    method = rules.text("subsidy.top_up", on)
    total = rate.value * cap.value
    amount = max(ZERO, total - prior_subsidy)
    steps = (
        Step("subsidy_total", {"rate": rate.value, "years": cap.value, "total": total}),
        Step("prior_subsidy", {"amount": prior_subsidy}),
        Step("top_up" if amount else "no_top_up", {"amount": amount}),
    )
    return work_out("top_up", amount, Unit.YUAN, steps, (method, rate, cap), on)


def yearly_subsidy(contribution_year: int, rules: Rulebook) -> Figure:
    """Give the subsidy of one contribution year, by the rate in force in that year."""
    on = reference_day(contribution_year)
    rate = rules.yuan("subsidy.per_year", on)
    steps = (Step("one_year", {"rate": rate.value, "year": contribution_year}),)
    return work_out("yearly_subsidy", rate.value, Unit.YUAN, steps, (rate,), on)


def sum_years(paid: Mapping[int, Yuan], rules: Rulebook, on: date) -> Figure:
    """Add up what was paid for contribution years, each by the rate in force in that year."""
    rates = [rules.yuan("subsidy.per_year", reference_day(year)) for year in paid]
    total = sum(paid.values(), ZERO)
    steps = (
        *(Step("paid_for_year", {"year": year, "amount": amount}) for year, amount in paid.items()),
        Step("held_together", {"amount": total}),
    )
    return work_out("years_paid", total, Unit.YUAN, steps, rates, on)


def years_left(history: SubsidyHistory, rules: Rulebook, on: date) -> Figure:
    """Work out how many years may still be subsidised; the cap is one for all routes together."""
    cap = rules.count("subsidy.cap_years", on)
    left = max(0, cap.value - history.used)
    steps = (
        Step("cap_years", {"years": cap.value}),
        Step("used_years", {"years": history.used}),
        Step("years_left", {"years": left}),
    )
    return work_out("years_left", left, Unit.YEARS, steps, (cap,), on)


def money_left(history: SubsidyHistory, rules: Rulebook, on: date) -> Figure:
    """Work out what may still be paid, at today's rate, if the person contributes every year."""
    cap = rules.count("subsidy.cap_years", on)
    rate = rules.yuan("subsidy.per_year", on)
    left = years_left(history, rules, on)
    amount = left.count * rate.value
    steps = (*left.steps, Step("times_rate", {"rate": rate.value}), Step("money_left", {"amount": amount}))
    return work_out("money_left", amount, Unit.YUAN, steps, (rate, cap), on)


def recorded_refund(recorded_balance: Yuan, rules: Rulebook, on: date) -> Figure:
    """Give what a legacy member is paid back on leaving: the old account's balance as staff recorded it.

    The portal never works this balance out.
    """
    method = rules.text("withdrawal.refund", on)
    steps = (Step("recorded_balance", {"amount": recorded_balance}),)
    return work_out("recorded_refund", recorded_balance, Unit.YUAN, steps, (method,), on)


class YearState(StrEnum):
    """What one year of the grid is."""

    PAID = "paid"
    UNDER_WAY = "under_way"
    CLAIMABLE = "claimable"
    MISSED = "missed"
    LEFT = "left"


@dataclass(frozen=True)
class GridYear:
    """One cell of the 15-year grid; ``year`` is ``None`` for opening years whose calendar year is unknown."""

    year: int | None
    state: YearState


def year_grid(
    history: SubsidyHistory,
    rules: Rulebook,
    today: date,
    *,
    entitled_from: int,
    claimed_years: frozenset[int] = frozenset(),
    files_claims: bool,
) -> tuple[GridYear, ...]:
    """Lay out the subsidised years: paid, under way, claimable now, missed, left.

    ``entitled_from`` is the person's first contribution year that can count; ``claimed_years`` have a claim
    under way; ``files_claims`` is true on the employee route, where the person must ask each year, and false
    on the residents' route, where the bureau credits without being asked. A missed year keeps its cell: the
    text forfeits nothing, staff decide. There are as many cells as the cap says, and more only when missed
    years have pushed the others on.
    """
    cap = rules.count("subsidy.cap_years", today).value
    settled = history.paid_years | claimed_years
    # A year that was paid counts, whatever the record says about when entitlement began.
    first = min((max(entitled_from, rules.count("subsidy.first_year", today).value), *settled))

    def state(year: int) -> YearState:
        if year in history.paid_years:
            return YearState.PAID
        if year in claimed_years:
            return YearState.UNDER_WAY
        if year < today.year:
            return YearState.MISSED
        return YearState.CLAIMABLE if files_claims and year == today.year else YearState.LEFT

    cells = [GridYear(None, YearState.PAID)] * history.opening_years
    cells += [GridYear(year, state(year)) for year in range(first, today.year)]
    start = max(first, today.year)
    has_years_left = history.used + len(claimed_years) < cap
    to_come = max(1, cap - len(cells)) if has_years_left else int(start in settled)
    cells += [GridYear(year, state(year)) for year in range(start, start + to_come)]
    return tuple(cells)


@dataclass(frozen=True)
class YearlyClaimFacts:
    """What is known when someone asks for the subsidy of one contribution year.

    ``filed_in_years`` are the calendar years in which another claim of this kind was filed and not
    cancelled. ``payee_is_own`` is ``None`` until somebody has compared the account's name.
    """

    category: Category
    identity_confirmed: bool
    scheme: Scheme
    benefit_status: BenefitStatus
    withdrawal_finished: bool
    contribution_year: int
    has_receipt: bool
    history: SubsidyHistory
    filed_in_years: frozenset[int] = frozenset()
    payee_is_own: bool | None = None
    alive: bool = True


def check_yearly_claim(facts: YearlyClaimFacts, rules: Rulebook, on: date) -> tuple[Condition, ...]:
    """Test every condition of the yearly reimbursement, filed on a day, met or not, each with its clause.

    Limits are those in force on the contribution year's reference day, not today's.
    """
    return rules.check_claim(
        "reimbursement",
        {
            "life": "alive" if facts.alive else "deceased",
            "identity": identity_fact(facts.category, confirmed=facts.identity_confirmed),
            "scheme": facts.scheme.value,
            "benefit": facts.benefit_status.value,
            "withdrawal": withdrawal_fact(facts.category, finished=facts.withdrawal_finished),
            "receipt": "present" if facts.has_receipt else "absent",
            "contribution_year": facts.contribution_year,
            "contribution_year_is": "past_or_present" if facts.contribution_year <= on.year else "future",
            "used_years": facts.history.used,
            "filed_this_year": "yes" if on.year in facts.filed_in_years else "no",
            "year_paid": "yes" if facts.contribution_year in facts.history.paid_years else "no",
            "payee": None if facts.payee_is_own is None else ("own" if facts.payee_is_own else "other"),
        },
        reference_day(facts.contribution_year),
    )
