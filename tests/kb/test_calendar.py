from datetime import date
from pathlib import Path

import pytest

from portal.content.calendar import read_calendar
from portal.domain.deadlines import working_days_after

FIXED = 'holidays = ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"]\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "fixed.toml").write_text(FIXED)
    return tmp_path


def test_the_kept_calendar_knows_2026_and_says_that_2027_is_not_maintained():
    working = read_calendar(Path(__file__).parents[2] / "kb" / "calendar", [])

    assert not working.is_working_day(date(2026, 10, 7))
    assert working.is_working_day(date(2026, 10, 10))
    assert working_days_after(date(2026, 12, 31), 3, working).unmaintained_years == (2027,)


def test_a_year_that_nobody_maintains_has_its_fixed_days_off(folder):
    working = read_calendar(folder, [])

    assert not working.is_working_day(date(2031, 10, 1))
    assert working.is_working_day(date(2031, 10, 6))


def test_a_file_named_after_a_year_maintains_it_and_replaces_the_library(folder):
    (folder / "2027.toml").write_text("rest = [2027-01-01, 2027-01-04]\nwork = [2027-01-09]\n")
    (folder / "2026.toml").write_text("rest = []\nwork = []\n")

    working = read_calendar(folder, [])

    assert not working.is_working_day(date(2027, 1, 4))
    assert working.is_working_day(date(2027, 1, 9))
    assert working.is_working_day(date(2027, 5, 3))
    assert working.is_working_day(date(2026, 10, 7))
    assert working_days_after(date(2026, 12, 31), 3, working).unmaintained_years == ()


def test_everything_wrong_with_the_calendar_is_told_at_once_with_its_line(folder):
    (folder / "fixed.toml").write_text('# made by hand\nholidays = ["1 May"]\n')
    (folder / "2027.toml").write_text("rest = [2026-01-01]\nwork = []\nworks = []\n")
    (folder / "2028.toml").write_text("rest = [2028-01-01\nwork = []\n")

    problems = []

    read_calendar(folder, problems)

    told = [str(problem).removeprefix(f"{folder}/") for problem in sorted(problems)]
    assert told[0] == "2027.toml:1: rest must be a list of days of 2027, [2027-01-01, …]"
    assert told[1] == "2027.toml:3: nobody knows the field 'works'"
    assert told[2].startswith("2028.toml:2: not TOML: ")
    assert told[-1] == "fixed.toml:2: a fixed holiday is written 10-01 (month-day), not '1 May'"
