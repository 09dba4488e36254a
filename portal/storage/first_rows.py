"""What stood where in a long file, kept beside it and not in memory."""

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from portal.domain.errors import StorageFull
from portal.storage.database import sqlite_driver

_HELD_KB = 1024

_KEEP = "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING"
_FIND = "SELECT row FROM seen WHERE mark = ?"


class FirstRowsOnDisk:
    """In which row each value of a unique column came first, for files of any length.

    It keeps a keyed 64-bit mark of each value, so nothing that stood in the file is written anywhere, and
    among two million values two would be taken for one in one of ten million files.
    """

    def __init__(self) -> None:
        # A file with a name: what SQLite takes for temporary it may hold in memory.
        with tempfile.TemporaryDirectory(prefix="portal-rows-") as folder:
            self._database: Any = sqlite_driver().connect(Path(folder, "seen"), isolation_level=None)
            ask = self._ask = self._database.cursor().execute
            for setting in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_HELD_KB}"):
                ask(f"PRAGMA {setting}")
            ask("CREATE TABLE seen (mark INTEGER PRIMARY KEY, row INTEGER NOT NULL)")
            ask("BEGIN")
        # Its name is gone by now, and its room will be once it is closed, whatever ends this process.

    def first_row(self, field: str, value: object, row: int) -> int:
        """Return the row in which ``value`` stood first under ``field``: ``row`` itself when it is new.

        Raises:
            StorageFull: there is no room beside the database for what a file of this length needs.
        """
        mark = hash((field, value))
        try:
            if self._ask(_KEEP, (mark, row)).rowcount:
                return row
            first: int = self._ask(_FIND, (mark,)).fetchone()[0]
        except sqlite_driver().OperationalError as error:
            raise StorageFull from error
        return first

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._database.close()
