"""The working-day calendar: the State Council's lists by library, overridden by year in ``kb/calendar``."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from chinese_calendar.constants import holidays as listed_holidays
from chinese_calendar.constants import workdays as listed_working_days

from portal.content.problems import Problem
from portal.content.toml import Table
from portal.domain.deadlines import WorkingCalendar

_YEAR_FILE = re.compile(r"(\d{4})\.toml")
_MONTH_AND_DAY = re.compile(r"\d{2}-\d{2}")
_LEAP_YEAR = 2024


def read_calendar(folder: Path, problems: list[Problem]) -> WorkingCalendar:
    """Read the calendar, noting everything wrong in the folder's files.

    ``fixed.toml`` lists the holidays that stand in for an unknown year; ``2027.toml`` and the like
    replace what the library knows of that year.
    """
    rest_days: set[date] = set(listed_holidays)
    working_days: set[date] = set(listed_working_days)
    maintained = {day.year for day in listed_holidays}
    for path in sorted(folder.glob("*.toml")):
        named = _YEAR_FILE.fullmatch(path.name)
        if named is None:
            continue
        year = int(named[1])
        table = Table.read(path, problems)
        rest_days = _replace_year(rest_days, year, _days(table, "rest", year))
        working_days = _replace_year(working_days, year, _days(table, "work", year))
        maintained.add(year)
        table.close()
    fixed = Table.read(folder / "fixed.toml", problems)
    fixed_holidays = frozenset(_month_and_day(fixed, text) for text in fixed.texts("holidays"))
    fixed.close()
    return WorkingCalendar(
        frozenset(maintained), frozenset(rest_days), frozenset(working_days), fixed_holidays
    )


def _replace_year(days: Iterable[date], year: int, replacement: frozenset[date]) -> set[date]:
    return {day for day in days if day.year != year} | replacement


def _days(table: Table, name: str, year: int) -> frozenset[date]:
    days = table.raw(name)
    if not isinstance(days, list) or not all(type(day) is date and day.year == year for day in days):
        table.complain(f"{name} must be a list of days of {year}, [{year}-01-01, …]", name)
        return frozenset()
    return frozenset(days)


def _month_and_day(table: Table, text: str) -> tuple[int, int]:
    written = _MONTH_AND_DAY.fullmatch(text)
    try:
        day = date.fromisoformat(f"{_LEAP_YEAR}-{text}" if written else "")
    except ValueError:
        table.complain(f"a fixed holiday is written 10-01 (month-day), not {text!r}", "holidays")
        return (0, 0)
    return day.month, day.day
