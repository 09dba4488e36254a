"""Opens the work that a page does, and reads the clock for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import current_app, g
from sqlalchemy.orm import Session

from portal.services.work import ANONYMOUS, Actor, House, Work, begin_reading, begin_work, legal_day
from portal.web.request_id import request_id

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
    """One act of whoever this request comes from, kept whole with its audit record or not at all.

    What the request looks at afterwards, it looks at anew.
    """
    stop_reading()
    tools, clock = current_app.extensions[EXTENSION]
    return begin_work(tools, actor(), clock, request_id())


@dataclass
class _Reading:
    """The snapshot of a request, and how many blocks are looking at it."""

    opened: AbstractContextManager[Work]
    work: Work
    readers: int = 0


@contextmanager
def reading() -> Iterator[Work]:
    """One snapshot to look at; shared by everything that this request looks at until it writes.

    It stays open between two looks, since to begin and end one costs as much as a question.
    """
    held: _Reading | None = g.get("reading")
    if held is None:
        tools, clock = current_app.extensions[EXTENSION]
        opened = begin_reading(tools, actor(), clock)
        held = g.reading = _Reading(opened, opened.__enter__())
    held.work.actor = actor()
    held.readers += 1
    try:
        yield held.work
    except BaseException as error:
        # Where the snapshot was begun, the drivers' words for "not now" are turned into ours.
        g.pop("reading", None)
        held.opened.__exit__(type(error), error, error.__traceback__)
        raise
    held.readers -= 1


def stop_reading(_error: BaseException | None = None) -> None:
    """Let go of the snapshot of this request, unless a block is looking at it."""
    held: _Reading | None = g.get("reading")
    if held is not None and not held.readers:
        del g.reading
        held.opened.__exit__(None, None, None)
