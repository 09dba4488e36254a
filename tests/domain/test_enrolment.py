from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.enrolment import BenefitStatus, Category, Scheme, Standing, age_on, standing_facts
from portal.domain.policy import Citation, DatedValue, Rule, Unit
from portal.domain.rulebook import Rulebook

TODAY = date(2026, 11, 21)
CLAUSE = Citation("a-2020", "1", "一")
RULES = Rulebook(
    "a",
    {
        "subsidy.per_year": Rule(
            "subsidy.per_year", Unit.YUAN, (DatedValue(date(2020, 3, 1), Decimal("1000.00"), CLAUSE),)
        ),
        "subsidy.cap_years": Rule(
            "subsidy.cap_years", Unit.YEARS, (DatedValue(date(2020, 3, 1), 15, CLAUSE),)
        ),
    },
)


def make_standing(**changes):
    standing = {
        "category": Category.EXISTING_LANDLESS,
        "identity_confirmed": True,
        "scheme": Scheme.RESIDENT,
        "benefit_status": BenefitStatus.NOT_DRAWING,
        "withdrawal_finished": False,
        "prior_subsidy": Decimal("0.00"),
        "years_used": 0,
    }
    return Standing(**standing | changes)


def test_a_standing_is_told_in_the_words_of_the_decision_tables():
    assert standing_facts(make_standing(contribution_paid=True), RULES, TODAY) == {
        "category": "existing_landless",
        "identity": "confirmed",
        "scheme": "resident",
        "benefit": "not_drawing",
        "withdrawal": "not_needed",
        "life": "alive",
        "contribution": "paid",
        "subsidy_years": "left",
        "prior_subsidy": "below_total",
    }


@pytest.mark.parametrize(
    ("changes", "fact", "told"),
    [
        ({"category": Category.LEGACY_MEMBER, "identity_confirmed": False}, "identity", "not_needed"),
        ({"identity_confirmed": False}, "identity", "not_confirmed"),
        ({"category": Category.LEGACY_MEMBER}, "withdrawal", "not_finished"),
        ({"category": Category.LEGACY_MEMBER, "withdrawal_finished": True}, "withdrawal", "finished"),
        ({"years_used": 14}, "subsidy_years", "left"),
        ({"years_used": 15}, "subsidy_years", "used_up"),
        ({"prior_subsidy": Decimal("14999.99")}, "prior_subsidy", "below_total"),
        ({"prior_subsidy": Decimal("15000.00")}, "prior_subsidy", "reached_total"),
        ({"alive": False}, "life", "deceased"),
        ({"contribution_paid": False}, "contribution", "not_paid"),
    ],
)
def test_each_fact_turns_at_its_boundary(changes, fact, told):
    assert standing_facts(make_standing(**changes), RULES, TODAY)[fact] == told


def test_what_a_region_has_no_rule_for_and_nobody_knows_is_left_out():
    facts = standing_facts(make_standing(), Rulebook("b", {}), TODAY)

    assert not {"subsidy_years", "prior_subsidy", "contribution"} & facts.keys()


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2010, 11, 21), date(2026, 11, 21), 16),
        (date(2010, 11, 22), date(2026, 11, 21), 15),
        (date(2008, 2, 29), date(2026, 2, 28), 18),
        (date(2008, 2, 29), date(2026, 2, 27), 17),
        (date(2026, 11, 21), date(2026, 11, 21), 0),
    ],
)
def test_the_birthday_itself_counts(born, day, age):
    assert age_on(born, day) == age


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(min_value=1, max_value=40_000))
def test_nobody_grows_younger_and_a_year_adds_a_year(born, lived):
    day = born + timedelta(days=lived)

    assert age_on(born, day - timedelta(days=1)) <= age_on(born, day) <= lived / 365
    assert age_on(born, day) >= lived // 366
