"""Opens the work that a page does, and reads the clock for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta

from flask import current_app, g
from sqlalchemy.orm import Session

from portal.services.work import ANONYMOUS, Actor, House, Work, begin_reading, begin_work, legal_day

EXTENSION = "portal.house"


class SteadyClock:
    """The time that lifetimes run on: the server's own where there is one, else a clock that cannot jump.

    Without a server it is the wall clock at start plus the time that has truly passed since, so
    that moving the wall clock neither stretches a session nor lifts a lock-out early.
    """

    def __init__(self, house: House, wall: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Read the wall clock once, now."""
        self._database = house.database
        self._started_at = wall()
        self._started_tick = time.monotonic()

    def __call__(self, session: Session) -> datetime:
        """The present moment, in UTC."""
        return self._database.read_clock(session) or self.steady()

    def steady(self) -> datetime:
        """The present moment without asking a server."""
        return self._started_at + timedelta(seconds=time.monotonic() - self._started_tick)


def house() -> House:
    """The tools of the house."""
    opened: tuple[House, SteadyClock] = current_app.extensions[EXTENSION]
    return opened[0]


def actor() -> Actor:
    """Who this request comes from."""
    found: Actor = g.get("actor", ANONYMOUS)
    return found


def now() -> datetime:
    """The present moment, for what no server is asked about."""
    clock: SteadyClock = current_app.extensions[EXTENSION][1]
    return clock.steady()


def today() -> date:
    """The legal day, for public pages that no server is asked about."""
    return legal_day(now())


def unit_of_work() -> AbstractContextManager[Work]:
    """One act of whoever this request comes from, kept whole with its audit record or not at all."""
    tools, clock = current_app.extensions[EXTENSION]
    return begin_work(tools, actor(), clock, g.get("request_id"))


@contextmanager
def reading() -> Iterator[Work]:
    """One snapshot to look at; shared by everything that this request looks at."""
    tools, clock = current_app.extensions[EXTENSION]
    opened: Work | None = g.get("reading")
    if opened is not None:
        opened.actor = actor()
        yield opened
        return
    with begin_reading(tools, actor(), clock, g.get("request_id")) as work:
        g.reading = work
        try:
            yield work
        finally:
            g.pop("reading", None)
