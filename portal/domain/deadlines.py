"""The four clocks: working days, calendar days, monthly pay-ahead dates and year periods.

Days are legal days in China (Asia/Shanghai). The day of the event is not counted (民法典 第二百零一条).
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days are worked, as far as the State Council's yearly lists are known.

    ``rest_days`` and ``extra_working_days`` are the exceptions to the plain week in the ``maintained``
    years. In any other year weekends and the ``fixed_holidays`` (month, day) are off, and a deadline
    that touches such a year says so.
    """

    maintained: frozenset[int]
    rest_days: frozenset[date]
    extra_working_days: frozenset[date]
    fixed_holidays: frozenset[tuple[int, int]]

    def is_working_day(self, day: date) -> bool:
        """Say whether offices work on this day."""
        if day in self.extra_working_days:
            return True
        if day in self.rest_days or day.weekday() >= _SATURDAY:
            return False
        return day.year in self.maintained or (day.month, day.day) not in self.fixed_holidays


@dataclass(frozen=True)
class Deadline:
    """The last day on which something is in time, until close of business.

    ``unmaintained_years`` lists the years counted without the State Council's list; when it is not
    empty the page warns 节假日安排未维护.
    """

    day: date
    unmaintained_years: tuple[int, ...] = ()

    def is_over(self, on: date) -> bool:
        """Say whether the last day has passed."""
        return on > self.day


def working_days_after(event: date, days: int, working: WorkingCalendar) -> Deadline:
    """Give the n-th working day after an event ("在收到…10个工作日内")."""
    if days < 1:
        raise ValueError("a period has at least one working day")
    day = event
    for _ in range(days):
        day = _step_to_working_day(day + _DAY, _DAY, working)
    return _deadline(event, day, working)


def calendar_days_after(event: date, days: int, working: WorkingCalendar) -> Deadline:
    """Give the n-th day after an event ("10日内"), or the next working day when that one is off."""
    if days < 1:
        raise ValueError("a period has at least one day")
    return _deadline(event, _step_to_working_day(event + days * _DAY, _DAY, working), working)


def pay_ahead_day(year: int, month: int, day: int, working: WorkingCalendar) -> Deadline:
    """Give the last working day up to a day of the month ("每月20日前"): money is due early, never late."""
    printed = date(year, month, day)
    return _deadline(printed, _step_to_working_day(printed, -_DAY, working), working)


def years_after(event: date, years: int) -> date:
    """Give the last day of a period of years: the same day of the later year, else that month's end.

    A period in years is a ceiling ("最长为1年", "超过3年"), so a rest day does not lengthen it.
    """
    return months_after(event, 12 * years)


def months_after(event: date, months: int) -> date:
    """Give the last day of a period of months: the same day of the later month, else that month's end."""
    if months < 1:
        raise ValueError("a period has at least one month")
    year, month = divmod(event.year * 12 + event.month - 1 + months, 12)
    last_of_month = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(event.day, last_of_month))


def last_day_in_force(first_day: date, years: int) -> date:
    """Give the last day of a validity that counts its first day ("自2026年1月1日起实施，有效期5年")."""
    return years_after(first_day - _DAY, years)


def next_month(day: date) -> date:
    """Give the first day of the month after a day's ("在下月停发")."""
    return months_after(day.replace(day=1), 1)


def working_days_between(start: date, end: date, working: WorkingCalendar) -> int:
    """Count the working days after ``start`` up to and including ``end``; below zero when it has passed."""
    if end < start:
        return -working_days_between(end, start, working)
    return sum(map(working.is_working_day, _days(start + _DAY, end)))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + offset * _DAY for offset in range((last - first).days + 1))


def _step_to_working_day(day: date, step: timedelta, working: WorkingCalendar) -> date:
    while not working.is_working_day(day):
        day += step
    return day


def _deadline(start: date, end: date, working: WorkingCalendar) -> Deadline:
    years = range(min(start.year, end.year), max(start.year, end.year) + 1)
    return Deadline(end, tuple(year for year in years if year not in working.maintained))
