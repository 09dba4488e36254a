from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.decisions import ConditionRule, Outcome
from portal.domain.enrolment import BenefitStatus, Category, Scheme
from portal.domain.money import from_fen
from portal.domain.policy import Citation, DatedValue, NoRuleInForce, Rule, Unit
from portal.domain.rulebook import Rulebook
from portal.domain.subsidy import (
    SubsidyHistory,
    YearlyClaimFacts,
    YearState,
    check_yearly_claim,
    money_left,
    recorded_refund,
    reference_day,
    top_up,
    year_grid,
    yearly_subsidy,
    years_left,
)

RATE_CLAUSE = Citation("a-2020", "1", "每年1000元")
NEW_RATE_CLAUSE = Citation("a-2026", "1", "每年1200元")
CAP_CLAUSE = Citation("a-2020", "2", "不超过15年")
METHOD_CLAUSE = Citation("a-2020", "3", "差额一次补足")
START = date(2020, 3, 1)
TODAY = date(2026, 11, 21)


def rule(name, unit, *values):
    return Rule(name, unit, values)


def make_rules(*conditions):
    rules = (
        rule(
            "subsidy.per_year",
            Unit.YUAN,
            DatedValue(START, Decimal("1000.00"), RATE_CLAUSE),
            DatedValue(date(2026, 7, 1), Decimal("1200.00"), NEW_RATE_CLAUSE),
        ),
        rule("subsidy.cap_years", Unit.YEARS, DatedValue(START, 15, CAP_CLAUSE, readings=("R-1",))),
        rule("subsidy.first_year", Unit.YEARS, DatedValue(START, 2020, RATE_CLAUSE)),
        rule("subsidy.top_up", Unit.CODE, DatedValue(START, "difference", METHOD_CLAUSE, readings=("R-2",))),
        rule("withdrawal.refund", Unit.CODE, DatedValue(START, "recorded_balance", METHOD_CLAUSE)),
    )
    return Rulebook("a", {each.name: each for each in rules}, conditions={"reimbursement": conditions})


RULES = make_rules()


@given(st.integers(min_value=0, max_value=3_000_000).map(from_fen))
def test_top_up_and_prior_subsidy_make_the_total_or_there_is_no_top_up(prior):
    amount = top_up(prior, RULES, date(2020, 4, 30)).yuan

    assert amount >= 0
    assert amount + prior == max(prior, Decimal("15000.00"))


def test_a_top_up_carries_its_clauses_its_readings_and_every_step():
    figure = top_up(Decimal("9000.00"), RULES, date(2020, 4, 30))

    assert figure.because == (METHOD_CLAUSE, RATE_CLAUSE, CAP_CLAUSE)
    assert figure.readings == ("R-2", "R-1")
    assert [step.code for step in figure.steps] == ["subsidy_total", "prior_subsidy", "top_up"]
    assert figure.steps[0].facts["total"] == Decimal("15000.00")
    assert not figure.is_estimate


def test_nothing_to_top_up_says_so_in_its_own_words():
    assert top_up(Decimal("15000.00"), RULES, date(2020, 4, 30)).steps[-1].code == "no_top_up"


def test_a_contribution_year_is_judged_by_the_rate_at_its_end():
    assert yearly_subsidy(2025, RULES).yuan == Decimal("1000.00")
    assert yearly_subsidy(2026, RULES).yuan == Decimal("1200.00")
    assert yearly_subsidy(2026, RULES).because == (NEW_RATE_CLAUSE,)
    assert reference_day(2026) == date(2026, 12, 31)


def test_a_year_before_the_first_rule_has_no_subsidy():
    with pytest.raises(NoRuleInForce):
        yearly_subsidy(2019, RULES)


@given(st.sets(st.integers(min_value=2020, max_value=2040)), st.integers(min_value=0, max_value=20))
def test_years_used_and_left_never_exceed_the_cap(paid, opening):
    history = SubsidyHistory(frozenset(paid), opening)

    left = years_left(history, RULES, TODAY).count

    assert left == max(0, 15 - len(paid) - opening)
    assert money_left(history, RULES, TODAY).yuan == left * Decimal("1200.00")


def test_a_refund_is_the_recorded_balance_and_nothing_else():
    assert recorded_refund(Decimal("18765.43"), RULES, TODAY).yuan == Decimal("18765.43")


@st.composite
def histories(draw):
    paid = frozenset(draw(st.sets(st.integers(min_value=2020, max_value=2026), max_size=7)))
    claimed = frozenset(draw(st.sets(st.integers(min_value=2020, max_value=2026), max_size=2))) - paid
    opening = draw(st.integers(min_value=0, max_value=15 - len(paid) - len(claimed)))
    return SubsidyHistory(paid, opening), claimed, draw(st.integers(min_value=2018, max_value=2030))


@given(histories(), st.booleans())
def test_the_grid_shows_every_year_once_and_what_is_left_fits_under_the_cap(case, files_claims):
    history, claimed, entitled_from = case

    cells = year_grid(
        history, RULES, TODAY, entitled_from=entitled_from, claimed_years=claimed, files_claims=files_claims
    )

    states = Counter(cell.state for cell in cells)
    years = [cell.year for cell in cells if cell.year is not None]
    open_cells = states[YearState.CLAIMABLE] + states[YearState.LEFT]
    budget = 15 - history.used - len(claimed)
    assert years == sorted(set(years))
    assert states[YearState.PAID] == history.used
    assert states[YearState.UNDER_WAY] == len(claimed)
    assert open_cells <= budget <= open_cells + states[YearState.MISSED]
    assert len(cells) >= 15


def test_the_grid_of_a_person_who_missed_a_year():
    history = SubsidyHistory(frozenset({2020, 2021, 2023, 2024, 2025}))

    cells = year_grid(history, RULES, TODAY, entitled_from=2020, files_claims=True)

    assert [(cell.year, cell.state.value) for cell in cells][:8] == [
        (2020, "paid"),
        (2021, "paid"),
        (2022, "missed"),
        (2023, "paid"),
        (2024, "paid"),
        (2025, "paid"),
        (2026, "claimable"),
        (2027, "left"),
    ]
    assert cells[-1].year == 2034


def test_on_the_residents_route_nothing_is_to_be_claimed():
    cells = year_grid(SubsidyHistory(), RULES, TODAY, entitled_from=2026, files_claims=False)

    assert {cell.state for cell in cells} == {YearState.LEFT}


def test_when_all_years_are_used_no_year_stays_open():
    cells = year_grid(
        SubsidyHistory(frozenset({2026}), 14), RULES, TODAY, entitled_from=2026, files_claims=True
    )

    assert Counter(cell.state for cell in cells) == {YearState.PAID: 15}


def make_facts(**changes):
    facts = {
        "category": Category.EXISTING_LANDLESS,
        "identity_confirmed": True,
        "scheme": Scheme.EMPLOYEE,
        "benefit_status": BenefitStatus.NOT_DRAWING,
        "withdrawal_finished": False,
        "contribution_year": 2026,
        "has_receipt": True,
        "history": SubsidyHistory(),
        "payee_is_own": True,
    }
    return YearlyClaimFacts(**facts | changes)


IDENTITY = ConditionRule(
    "identity", "identity", "not_confirmed", (CAP_CLAUSE,), frozenset({"confirmed", "not_needed"})
)
PAYEE = ConditionRule("payee", "payee", "payee_mismatch", (CAP_CLAUSE,), frozenset({"own"}))
CAP = ConditionRule("cap", "used_years", "cap_reached", (CAP_CLAUSE,), below="subsidy.cap_years")
FIRST = ConditionRule(
    "first", "contribution_year", "receipt_wrong_year", (CAP_CLAUSE,), at_least="subsidy.first_year"
)


def outcomes(facts, *conditions):
    return {each.id: each.outcome for each in check_yearly_claim(facts, make_rules(*conditions), TODAY)}


def test_met_and_unmet_conditions_are_told_together_in_the_packs_order():
    facts = make_facts(identity_confirmed=False, history=SubsidyHistory(opening_years=15))

    checked = check_yearly_claim(facts, make_rules(IDENTITY, PAYEE, CAP), TODAY)

    assert [(each.id, each.outcome.value) for each in checked] == [
        ("identity", "not_met"),
        ("payee", "met"),
        ("cap", "not_met"),
    ]
    assert (checked[2].found, checked[2].limit, checked[2].reason) == (15, 15, "cap_reached")
    assert checked[2].because == (CAP_CLAUSE,)


@pytest.mark.parametrize(
    ("used", "outcome"), [(14, Outcome.MET), (15, Outcome.NOT_MET), (16, Outcome.NOT_MET)]
)
def test_the_fifteenth_year_is_the_last(used, outcome):
    facts = make_facts(history=SubsidyHistory(opening_years=used))

    assert outcomes(facts, CAP) == {"cap": outcome}


def test_what_nobody_has_compared_yet_is_unknown_and_not_refused():
    assert outcomes(make_facts(payee_is_own=None), PAYEE) == {"payee": Outcome.UNKNOWN}
    assert outcomes(make_facts(payee_is_own=False), PAYEE) == {"payee": Outcome.NOT_MET}


def test_a_year_older_than_the_rules_goes_to_a_person():
    facts = make_facts(contribution_year=2019)

    assert outcomes(facts, FIRST, CAP) == {"first": Outcome.UNKNOWN, "cap": Outcome.UNKNOWN}
    assert outcomes(make_facts(contribution_year=2020), FIRST) == {"first": Outcome.MET}


def test_a_legacy_member_needs_no_confirmation():
    facts = make_facts(category=Category.LEGACY_MEMBER, identity_confirmed=False)

    assert outcomes(facts, IDENTITY) == {"identity": Outcome.MET}
