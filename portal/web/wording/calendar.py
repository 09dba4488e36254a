"""What is said of a day that was counted without the State Council's list of that year."""

from datetime import date

from flask_babel import gettext

from portal.web.work import house


def calendar_doubt(counted: date) -> str:
    """That the day may be off by a few; empty where its year is maintained."""
    return "" if _is_maintained(counted) else gettext("那一年的放假安排还没公布，可能差几天")


def calendar_gap(counted: date) -> str:
    """The same to officers, whose part it is to keep the list."""
    return "" if _is_maintained(counted) else gettext("节假日安排未维护，目标日可能差几天")


def _is_maintained(counted: date) -> bool:
    return counted.year in house().packs.calendar.maintained
