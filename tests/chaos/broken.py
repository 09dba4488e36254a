"""The portal with one thing deliberately broken, to see that the programs here would notice.

``python -m tests.chaos.broken late-commit serve`` is ``portal serve`` that says yes before it is true.
"""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.cli import main
from portal.storage import backups
from portal.storage import database as databases
from portal.storage import identity as stored_identity
from portal.storage.database import Database
from portal.web.work import SteadyClock

LATE_SECONDS = 0.1


def commit_late() -> None:
    """Answer first, and commit a little later."""

    @contextmanager
    def writing(self: Database) -> Iterator[Session]:
        session = Session(self.engine, expire_on_commit=False, autoflush=False)
        session.begin()
        try:
            yield session
        except BaseException:
            session.close()
            raise
        threading.Timer(LATE_SECONDS, _commit, [session]).start()

    Database.writing = writing  # type: ignore[method-assign]


def _commit(session: Session) -> None:
    with session:
        session.commit()


def sync_only_at_checkpoints() -> None:
    """``synchronous=NORMAL``: a commit is in the log and not yet on the disk."""
    make_engine = databases._make_engine

    def make_careless(*arguments: Any, **options: Any) -> Any:
        engine = make_engine(*arguments, **options)
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=NORMAL"))
        return engine

    databases._make_engine = make_careless


def tell_drivers_words() -> None:
    """Let the database driver's errors through as they are."""

    @contextmanager
    def told() -> Iterator[None]:
        yield

    databases.told_plainly = told


def ask_the_wall_clock() -> None:
    """Let lifetimes run on a clock that somebody can set."""
    SteadyClock.steady = lambda _: datetime.now(UTC)  # type: ignore[method-assign]


def count_in_memory() -> None:
    """Let each worker count tries by itself, until it is restarted."""
    counted = Counter[tuple[object, ...]]()

    def count(_: Session, *key: object) -> int:
        counted[key] += 1
        return counted[key]

    stored_identity.count_attempt = count


def read_each_table_at_its_own_moment() -> None:
    """Let a backup forget between two tables which moment it is of."""
    iterate_lines = backups.iterate_lines

    def iterate_newer(session: Session, shape: backups.TableShape) -> Iterator[bytes]:
        session.rollback()
        time.sleep(LATE_SECONDS)
        yield from iterate_lines(session, shape)

    backups.iterate_lines = iterate_newer


BREAKS: Mapping[str, Callable[[], None]] = MappingProxyType(
    {
        "late-commit": commit_late,
        "careless-sync": sync_only_at_checkpoints,
        "drivers-words": tell_drivers_words,
        "wall-clock": ask_the_wall_clock,
        "many-moments": read_each_table_at_its_own_moment,
        "forgetful-counters": count_in_memory,
    }
)


if __name__ == "__main__":
    BREAKS[sys.argv.pop(1)]()
    main(prog_name="portal")
