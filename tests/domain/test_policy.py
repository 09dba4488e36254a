from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.policy import Citation, DatedValue, Figure, NoRuleInForce, Rule, Step, Unit, work_out
from portal.domain.rulebook import Rulebook

CLAUSE = Citation("a-2020", "5.4.2", "每年1000元")
OTHER = Citation("a-2026", "1", "每年1200元")


def value(starts, amount, ends=None, citation=CLAUSE, **more):
    return DatedValue(starts, Decimal(amount), citation, ends, **more)


def test_a_citation_is_written_as_document_and_clause():
    assert str(CLAUSE) == "a-2020#5.4.2"


def test_a_new_value_ends_the_old_one_the_day_before():
    rule = Rule("rate", Unit.YUAN, (value(date(2020, 3, 1), 1000), value(date(2026, 1, 1), 1200)))

    assert rule.on(date(2025, 12, 31)).value == 1000
    assert rule.on(date(2026, 1, 1)).value == 1200


def test_a_printed_end_leaves_a_gap_and_the_gap_decides_nothing():
    rule = Rule(
        "rate",
        Unit.YUAN,
        (value(date(2020, 3, 1), 1000, ends=date(2024, 12, 31)), value(date(2026, 1, 1), 1200)),
    )

    assert rule.on(date(2024, 12, 31)).value == 1000
    for silent in (date(2020, 2, 29), date(2025, 1, 1), date(2025, 12, 31)):
        with pytest.raises(NoRuleInForce):
            rule.on(silent)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (value(date(2020, 3, 1), 1), value(date(2020, 3, 1), 2)),
        (value(date(2026, 1, 1), 1), value(date(2020, 3, 1), 2)),
        (value(date(2020, 3, 1), 1, ends=date(2026, 1, 1)), value(date(2026, 1, 1), 2)),
    ],
)
def test_two_values_on_one_day_cannot_be_built(first, second):
    with pytest.raises(ValueError, match="two values"):
        Rule("rate", Unit.YUAN, (first, second))


@given(
    st.lists(st.dates(date(2000, 1, 1), date(2050, 1, 1)), min_size=1, max_size=8, unique=True).map(sorted),
    st.dates(date(1999, 1, 1), date(2060, 1, 1)),
)
def test_the_value_in_force_is_the_last_that_has_begun(starts, day):
    rule = Rule("rate", Unit.YUAN, tuple(value(start, place) for place, start in enumerate(starts)))
    begun = [place for place, start in enumerate(starts) if start <= day]

    if begun:
        assert rule.on(day).value == begun[-1]
    else:
        with pytest.raises(NoRuleInForce):
            rule.on(day)


def test_a_rulebook_gives_values_by_kind_and_refuses_what_the_region_does_not_have():
    book = Rulebook("a", {"rate": Rule("rate", Unit.YUAN, (value(date(2020, 3, 1), 1000),))})

    assert book.yuan("rate", date(2020, 3, 1)).value == Decimal(1000)
    assert book.has("rate")
    assert not book.has("cap")
    with pytest.raises(NoRuleInForce):
        book.count("cap", date(2020, 3, 1))
    with pytest.raises(TypeError, match="is no int"):
        book.count("rate", date(2020, 3, 1))


def test_a_figure_carries_each_clause_and_reading_once_and_knows_that_it_is_an_estimate():
    day = date(2026, 11, 21)
    first = value(day, 1, readings=("R-1",))
    same = value(day, 2, readings=("R-1", "R-2"))
    outside = value(day - timedelta(days=1), 3, citation=None, outside="国发〔2005〕38号")

    figure = work_out("sum", Decimal("6.00"), Unit.YUAN, [Step("sum")], [first, same, outside], day)

    assert figure.because == (CLAUSE,)
    assert figure.readings == ("R-1", "R-2")
    assert figure.outside == ("国发〔2005〕38号",)
    assert figure.is_estimate


def test_an_amount_is_not_taken_for_a_count():
    amount = Figure("a", Decimal("1.00"), Unit.YUAN, (), (OTHER,), date(2026, 1, 1))
    count = Figure("b", 3, Unit.YEARS, (), (OTHER,), date(2026, 1, 1))

    assert (amount.yuan, count.count) == (Decimal("1.00"), 3)
    with pytest.raises(TypeError):
        _ = amount.count
    with pytest.raises(TypeError):
        _ = count.yuan
