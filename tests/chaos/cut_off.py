"""Brings a database to the newest schema in a process of its own, which dies at a statement."""

import os
import signal
from multiprocessing import get_context

from sqlalchemy import event

from portal.storage import schema
from portal.storage.database import Database


def upgrade_until(url: str, number: int, *, commit_each: bool = False) -> bool:
    """Kill the upgrade before its statement of this number, counted from 0; False when it has none such."""
    processes = get_context("forkserver")
    processes.set_forkserver_preload(["portal.storage.schema", "portal.storage.models"])
    process = processes.Process(target=_upgrade, args=(url, number, commit_each))
    process.start()
    process.join()
    if process.exitcode not in (0, -signal.SIGKILL):
        raise RuntimeError("The upgrade failed by itself.")
    return process.exitcode != 0


def _upgrade(url: str, number: int, commit_each: bool) -> None:
    database = Database(url)
    seen = 0

    def die(*_: object) -> None:
        nonlocal seen
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    def commit(_connection: object, cursor: object, *_: object) -> None:
        cursor.connection.commit()  # type: ignore[attr-defined]

    event.listen(database.engine, "before_cursor_execute", die)
    if commit_each:
        event.listen(database.engine, "after_cursor_execute", commit)
    schema.upgrade(database)
    database.close()
