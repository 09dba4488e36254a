"""All rows of the database, out and in, written so that either engine can read what the other wrote.

A row is a line of JSON with a value for each column; what JSON has no word for is spelt by its kind.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Date, LargeBinary, Table, column, func, insert, select, table, text
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType, TypeEngine

from portal.storage.models import Base
from portal.storage.types import Facts, Fen, Instant

# What lives a few days at most: who does the work just now, files that wait for a word, and what lets people
# in. Whoever signed out, or used a slip up, after the backup would find both open again.
_NOT_KEPT = {"lease", "roster_preview", "session", "one_time_code"}

_AT_ONCE = 1000


@dataclass(frozen=True)
class Kind:
    """How values of a column are spelt in JSON, and with which type they are handed to a database."""

    type: TypeEngine[Any]
    spell: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _as_is(value: Any) -> Any:
    return value


_KINDS = {
    "bytes": Kind(LargeBinary(), lambda value: b64encode(value).decode(), b64decode),
    "instant": Kind(Instant(), datetime.isoformat, datetime.fromisoformat),
    "date": Kind(Date(), date.isoformat, date.fromisoformat),
    "yuan": Kind(Fen(), str, Decimal),
    "facts": Kind(Facts, _as_is, _as_is),
    "plain": Kind(NullType(), _as_is, _as_is),
}


@dataclass(frozen=True)
class TableShape:
    """A table as a backup describes it: its columns in order, each with the name of its kind."""

    name: str
    columns: tuple[tuple[str, str], ...]


def list_shapes() -> list[TableShape]:
    """The tables that a backup keeps, each after those that it refers to."""
    return [
        TableShape(each.name, tuple((column.name, _kind_of(column.type)) for column in each.columns))
        for each in Base.metadata.sorted_tables
        if each.name not in _NOT_KEPT
    ]


def iterate_lines(session: Session, shape: TableShape) -> Iterator[bytes]:
    """The rows of a table in the order of their keys, one line each, read as they are needed."""
    spelt = [_KINDS[kind].spell for _, kind in shape.columns]
    stored: Table = Base.metadata.tables[shape.name]
    query = select(stored).order_by(*stored.primary_key.columns).execution_options(yield_per=_AT_ONCE)
    for row in session.execute(query):
        values = [None if value is None else spell(value) for spell, value in zip(spelt, row, strict=True)]
        yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def add_lines(session: Session, shape: TableShape, lines: Iterable[bytes]) -> None:
    """Write the rows of a table as they were, except of those not kept, which older backups hold."""
    if shape.name in _NOT_KEPT:
        return
    names = [name for name, _ in shape.columns]
    reads = [_KINDS[kind].read for _, kind in shape.columns]
    target = table(shape.name, *(column(name, _KINDS[kind].type) for name, kind in shape.columns))
    waiting = iter(lines)
    while some := list(islice(waiting, _AT_ONCE)):
        rows = [
            {
                name: None if value is None else read(value)
                for name, read, value in zip(names, reads, json.loads(line), strict=True)
            }
            for line in some
        ]
        session.execute(insert(target), rows)


def has_rows(session: Session, shapes: Iterable[TableShape]) -> bool:
    """Whether anything at all stands in these tables."""
    return any(
        session.execute(select(func.count()).select_from(table(shape.name))).scalar_one() for shape in shapes
    )


def continue_numbering(session: Session, shapes: Iterable[TableShape]) -> None:
    """Let new rows be numbered after those that were brought in; a file does so by itself."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for shape in shapes:
        if ("id", "plain") in shape.columns:
            session.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{shape.name}', 'id'), max(id)) "  # noqa: S608  # nosec B608
                    f"FROM {shape.name} HAVING max(id) IS NOT NULL"  # names of our own tables
                )
            )


def _kind_of(type_: TypeEngine[Any]) -> str:
    match type_:
        case LargeBinary():
            return "bytes"
        case Instant():
            return "instant"
        case Date():
            return "date"
        case Fen():
            return "yuan"
        case JSON():
            return "facts"
    return "plain"
