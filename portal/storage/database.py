"""The database behind the portal: embedded SQLite, or PostgreSQL by address.

Acts write in transactions that take the write lock at their start; pages that only look read
from a snapshot that cannot write at all.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import structlog
from sqlalchemy import Engine, create_engine, event, func, select, text
from sqlalchemy.engine import URL, Connection, RootTransaction, make_url
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from portal.domain.errors import StorageBusy, StorageFull

try:
    import pysqlite3
except ImportError:  # no wheel for this machine: the interpreter's own library serves
    pysqlite3 = None

LOCK_WAIT_SECONDS = 5

_TAKES_ACTS = text(
    "SELECT NOT pg_is_in_recovery() AND NOT current_setting('default_transaction_read_only')::boolean"
)

SLOW_SECONDS = 0.5
"""A statement that takes longer is logged, without the values it was given."""

_log = structlog.get_logger()

# SQLite could lose or mix committed pages when a WAL is reset by two writers at once; these mend it.
_SOUND_FROM = (3, 51, 3)
_SOUND_BRANCHES = ((3, 50, 7), (3, 44, 6))


def is_wal_sound(version: tuple[int, ...]) -> bool:
    """Whether an SQLite library of this version keeps what a write-ahead log holds."""
    return version >= _SOUND_FROM or any(
        version[:2] == branch[:2] and version >= branch for branch in _SOUND_BRANCHES
    )


def sqlite_driver() -> ModuleType:
    """The SQLite module to use: the wheel's own library where there is one."""
    return pysqlite3 if pysqlite3 is not None else sqlite3


class Database:
    """Sessions on one database."""

    def __init__(self, url: str, *, pool_size: int = 8, slow_seconds: float = SLOW_SECONDS) -> None:
        """Prepare to connect to ``url``; nothing is opened before the first session."""
        self.url = _with_driver(make_url(url))
        self._writer = _make_engine(self.url, pool_size, read_only=False)
        self._reader = _make_engine(self.url, pool_size, read_only=True) if self.is_embedded else self._writer
        self._writers = Lock()
        for engine in {self._writer, self._reader}:
            _log_slow_statements(engine, slow_seconds)

    @property
    def is_embedded(self) -> bool:
        """Whether the database is a file of our own rather than a server."""
        return self.url.get_backend_name() == "sqlite"

    def may_write(self, session: Session) -> bool:
        """Whether acts can be stored: by the rights on file and folder, or by the server's word. No lock."""
        if not self.is_embedded:
            takes_acts: bool = session.scalars(_TAKES_ACTS).one()
            return takes_acts
        file = Path(str(self.url.database))
        return all(os.access(each, os.W_OK) for each in (file, file.parent))

    @property
    def engine(self) -> Engine:
        """The engine that writes, for migrations and backups."""
        return self._writer

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that is kept whole at the end of the block, or not at all.

        Raises:
            StorageBusy: the write lock or the server was not to be had in time.
            StorageFull: there is no room; nothing was stored.
        """
        with (
            self._in_turn(),
            told_plainly(),
            Session(self._writer, expire_on_commit=False, autoflush=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let the threads of this process write one after the other where the database is a file.

        SQLite lets who finds it locked sleep and try again, so that newcomers overtake those who wait.
        """
        if not self.is_embedded:
            yield
        elif self._writers.acquire(timeout=LOCK_WAIT_SECONDS):
            try:
                yield
            finally:
                self._writers.release()
        else:
            raise StorageBusy

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One snapshot to look at; a write in it is refused by the database itself."""
        with (
            told_plainly(),
            self._reader.connect() as connection,
            self._begin_snapshot(connection),
            Session(connection, expire_on_commit=False, autoflush=False) as session,
        ):
            yield session

    def _begin_snapshot(self, connection: Connection) -> RootTransaction:
        if not self.is_embedded:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return connection.begin()

    def read_clock(self, session: Session) -> datetime | None:
        """The server's own time, or None where the database is a file and has none."""
        if self.is_embedded:
            return None
        now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)  # in whatever zone a pooler left the session

    def close(self) -> None:
        """Give all connections back; a forked worker calls this before its first session."""
        self._writer.dispose()
        self._reader.dispose()


def _with_driver(url: URL) -> URL:
    """The address with psycopg 3 named, since a bare ``postgresql://`` means the older driver."""
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def _log_slow_statements(engine: Engine, slow_seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def remember(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info["slow_seconds"] = slow_seconds

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Connection, *_: object) -> None:
        connection.info["statement_began"] = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        log_if_slow(connection, time.perf_counter() - connection.info["statement_began"], statement)


def log_if_slow(connection: Connection, seconds: float, statement: str) -> None:
    """Log a statement that took long on this connection, without the values it was given."""
    if seconds >= connection.info["slow_seconds"]:
        _log.warning("slow statement", seconds=round(seconds, 3), statement=" ".join(statement.split()))


def _make_engine(url: URL, pool_size: int, *, read_only: bool) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url,
            pool_size=pool_size,
            pool_pre_ping=True,
            hide_parameters=True,  # an error may be logged, and what people typed may not
            connect_args={"options": f"-c lock_timeout={LOCK_WAIT_SECONDS * 1000} -c timezone=UTC"},
        )
    driver = sqlite_driver()
    engine = create_engine(
        url,
        module=driver,
        pool_size=pool_size,
        hide_parameters=True,
        connect_args={"timeout": LOCK_WAIT_SECONDS},
    )
    journal = "WAL" if is_wal_sound(driver.sqlite_version_info) else "DELETE"

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves; the driver would say it too late
        for pragma in (
            f"journal_mode={journal}",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if read_only:
            # Waits for nobody, so there is nothing to time or to put into our words.
            connection.connection.cursor().execute("BEGIN")
        else:
            # An act that reads first and writes later could find the lock gone in between.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


_NOT_NOW = (
    "locked",
    "busy",
    "timeout",
    "deadlock",
    "connection",
    "resolve host",
    "starting up",
    "shutting down",
    "unable to open",
    "disk i/o",
    "readonly",
    "read-only",
)
"""Words of drivers for what may be over in a while."""


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn the drivers' words for "not now" into one error.

    Raises:
        StorageBusy: the database is away, held by another, or may only be read.
        StorageFull: there is no room.
    """
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as error:
        reason = str(error.orig).lower()
        if "full" in reason or "no space left" in reason:
            raise StorageFull from error
        if any(word in reason for word in _NOT_NOW):
            raise StorageBusy from error
        raise
