"""Questions that every page of whoever is signed in asks: put into the database's words once.

To spell such a question and to wrap its answer takes the toolkit several times as long as the database
takes to answer, so these are asked through the driver.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from portal.storage.database import log_if_slow

Row = tuple[Any, ...]


@dataclass(frozen=True)
class _Spelt:
    """A question in the words of a dialect, and what makes Python's values of the driver's, by column."""

    words: str
    constants: dict[str, Any]
    order: Sequence[str] | None
    readers: Sequence[tuple[int, Callable[[Any], Any]]]

    def place(self, values: dict[str, Any]) -> Any:
        """The values as the driver wants them: by name, or in the order of the question marks."""
        named = self.constants | values
        return named if self.order is None else tuple([named[name] for name in self.order])

    def read(self, row: Row) -> Row:
        """A row of the driver with the values of the columns' types."""
        if not self.readers:
            return row
        values = list(row)
        for place, reader in self.readers:
            values[place] = reader(values[place])
        return tuple(values)


class Prepared:
    """A question about one thing, which may be spelt otherwise for each database.

    What it is asked with must be of types that the drivers take as they are: numbers, text and bytes.
    """

    def __init__(self, question: Callable[[Dialect], Select[Any]]) -> None:
        """``question`` is called once for each dialect."""
        self._question = question
        self._spelt = lru_cache(maxsize=8)(self._spell)

    def ask(self, session: Session, **values: Any) -> Sequence[Row]:
        """All rows, in the order of the question's columns.

        Raises:
            DBAPIError: the database could not answer; in the same words as for any other statement.
        """
        bind = session.get_bind()
        connection = bind if isinstance(bind, Connection) else session.connection()
        spelt = self._spelt(connection.dialect)
        cursor = connection.connection.cursor()
        began = time.perf_counter()
        try:
            cursor.execute(spelt.words, spelt.place(values))
            rows = cursor.fetchall()
        except connection.dialect.loaded_dbapi.Error as error:
            kind = connection.dialect.loaded_dbapi.Error
            raise DBAPIError.instance(spelt.words, None, error, kind, hide_parameters=True) from error
        finally:
            cursor.close()
        log_if_slow(connection, time.perf_counter() - began, spelt.words)
        return [spelt.read(row) for row in rows]

    def words(self, dialect: Dialect) -> str:
        """The question as a database of this dialect is asked."""
        return self._spelt(dialect).words

    def _spell(self, dialect: Dialect) -> _Spelt:
        question = self._question(dialect)
        compiled = question.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101  what a select is compiled to
        readers = (
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in question.selected_columns
        )
        asked_with = (name for name, bind in compiled.binds.items() if bind.required)
        return _Spelt(
            words=compiled.string,
            constants=dict(compiled.construct_params(dict.fromkeys(asked_with))),
            order=compiled.positiontup,
            readers=[(place, reader) for place, reader in enumerate(readers) if reader],
        )
