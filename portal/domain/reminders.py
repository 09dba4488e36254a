"""When somebody is reminded of a day that comes."""

DAYS_AHEAD = (7, 30, 60)


def band_of(days_left: int) -> int | None:
    """The reminder that is due when so many days are left: 60, 30 or 7 days ahead; None: none is.

    A band and not a day, so that a machine that stood still on the day itself catches up later.
    """
    if days_left < 0:
        return None
    return next((band for band in DAYS_AHEAD if days_left <= band), None)
