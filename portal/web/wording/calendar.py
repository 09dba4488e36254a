"""What is said of a day that was counted without the State Council's list of that year."""

from datetime import date

from flask_babel import gettext

from portal.web.work import house


def calendar_doubt(counted: date) -> str:
    """That the day may be off by a few; empty where its year is maintained."""
    if counted.year in house().packs.calendar.maintained:
        return ""
    return gettext("那一年的放假安排还没公布，可能差几天")
