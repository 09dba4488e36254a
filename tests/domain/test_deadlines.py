from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.deadlines import (
    Deadline,
    WorkingCalendar,
    calendar_days_after,
    last_day_in_force,
    next_month,
    pay_ahead_day,
    working_days_after,
    working_days_between,
    years_after,
)

FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
# What the State Council's list for 2026 says about the autumn, as far as these tests reach.
AUTUMN_2026 = WorkingCalendar(
    maintained=frozenset({2026}),
    rest_days=frozenset(date(2026, 10, day) for day in range(1, 8)),
    extra_working_days=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
    fixed_holidays=FIXED,
)
NOTHING_KNOWN = WorkingCalendar(frozenset(), frozenset(), frozenset(), FIXED)
days = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))


def test_the_chain_of_hedong_from_land_approval_to_posting_is_10_30_30_working_days():
    forwarded = working_days_after(date(2026, 10, 12), 10, AUTUMN_2026)
    listed = working_days_after(forwarded.day, 30, AUTUMN_2026)
    posted = working_days_after(listed.day, 30, AUTUMN_2026)

    assert [forwarded.day, listed.day, posted.day] == [
        date(2026, 10, 26),
        date(2026, 12, 7),
        date(2027, 1, 19),
    ]
    assert posted.day - date(2026, 10, 12) == timedelta(days=99)
    assert (forwarded.unmaintained_years, posted.unmaintained_years) == ((), (2027,))


def test_a_notice_of_five_working_days_skips_the_weekend():
    assert working_days_after(date(2026, 11, 23), 5, AUTUMN_2026) == Deadline(date(2026, 11, 30))


def test_a_notice_put_up_a_day_earlier_on_sunday_ends_one_working_day_earlier():
    assert working_days_after(date(2026, 11, 22), 5, AUTUMN_2026) == Deadline(date(2026, 11, 27))


def test_a_weekend_day_that_is_worked_counts():
    assert working_days_after(date(2026, 10, 9), 1, AUTUMN_2026).day == date(2026, 10, 10)


def test_misuse_found_on_new_years_eve_is_reported_within_three_working_days_at_each_level():
    county = working_days_after(date(2026, 12, 31), 3, AUTUMN_2026)
    prefecture = working_days_after(county.day, 3, AUTUMN_2026)

    assert (county.day, prefecture.day) == (date(2027, 1, 6), date(2027, 1, 11))
    assert county.unmaintained_years == (2027,)


def test_ten_calendar_days_run_through_weekends():
    assert calendar_days_after(date(2026, 11, 21), 10, AUTUMN_2026) == Deadline(date(2026, 12, 1))


def test_calendar_days_that_end_on_a_rest_day_end_on_the_next_working_day():
    assert calendar_days_after(date(2026, 11, 19), 10, AUTUMN_2026).day == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("year", "month", "paid_ahead"),
    [(2026, 11, (10, 13, 20)), (2026, 12, (10, 15, 18)), (2027, 3, (10, 15, 19))],
)
def test_monthly_dates_move_back_to_the_last_working_day(year, month, paid_ahead):
    found = tuple(pay_ahead_day(year, month, day, AUTUMN_2026).day.day for day in (10, 15, 20))

    assert found == paid_ahead


@pytest.mark.parametrize(
    ("letter", "last_day"),
    [
        (date(2026, 3, 15), date(2027, 3, 15)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2028, 2, 28), date(2029, 2, 28)),
        (date(2027, 3, 1), date(2028, 3, 1)),
    ],
)
def test_a_year_ends_on_the_same_day_or_at_the_months_end(letter, last_day):
    assert years_after(letter, 1) == last_day


def test_more_than_three_years_begins_the_day_after_the_third_year():
    last_day = Deadline(years_after(date(2023, 2, 28), 3))

    assert not last_day.is_over(date(2026, 2, 28))
    assert last_day.is_over(date(2026, 3, 1))


def test_five_years_in_force_from_new_year_end_on_new_years_eve():
    assert last_day_in_force(date(2026, 1, 1), 5) == date(2030, 12, 31)
    assert last_day_in_force(date(2026, 1, 2), 5) == date(2031, 1, 1)


@pytest.mark.parametrize(
    ("died", "stopped"),
    [
        (date(2026, 3, 28), date(2026, 4, 1)),
        (date(2026, 3, 1), date(2026, 4, 1)),
        (date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_the_next_month_begins_on_its_first_day(died, stopped):
    assert next_month(died) == stopped


@pytest.mark.parametrize("clock", [working_days_after, calendar_days_after])
def test_a_period_without_a_day_is_a_fault(clock):
    with pytest.raises(ValueError, match="at least one"):
        clock(date(2026, 1, 1), 0, NOTHING_KNOWN)


def test_a_period_without_a_year_is_a_fault():
    with pytest.raises(ValueError, match="at least one month"):
        years_after(date(2026, 1, 1), 0)


def test_an_unknown_year_is_counted_with_its_fixed_holidays_and_says_so():
    deadline = working_days_after(date(2030, 9, 30), 1, NOTHING_KNOWN)

    assert deadline == Deadline(date(2030, 10, 4), unmaintained_years=(2030,))


@given(days, st.integers(min_value=1, max_value=120))
def test_a_working_day_deadline_is_as_many_working_days_away_as_it_says(event, count):
    deadline = working_days_after(event, count, AUTUMN_2026)

    assert AUTUMN_2026.is_working_day(deadline.day)
    assert working_days_between(event, deadline.day, AUTUMN_2026) == count
    assert working_days_between(deadline.day, event, AUTUMN_2026) == -count


@given(days, st.integers(min_value=1, max_value=120))
def test_calendar_days_never_end_early_and_never_on_a_rest_day(event, count):
    deadline = calendar_days_after(event, count, AUTUMN_2026)

    assert deadline.day >= event + timedelta(days=count)
    assert AUTUMN_2026.is_working_day(deadline.day)


@given(days)
def test_money_is_never_due_after_the_printed_day(printed):
    ahead = pay_ahead_day(printed.year, printed.month, printed.day, AUTUMN_2026).day

    assert ahead <= printed
    assert working_days_between(ahead, printed, AUTUMN_2026) == 0
