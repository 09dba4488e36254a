"""The process that brings a database to a newer schema is killed at every statement."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Date, DateTime, Integer, LargeBinary, MetaData, insert, select
from sqlalchemy.types import TypeEngine

from portal.storage import schema
from portal.storage.database import Database
from portal.storage.models import Base
from tests.chaos.cut_off import upgrade_until
from tests.chaos.scale import Figures, Scale

pytestmark = pytest.mark.chaos

STEP = 40
"""The short form kills at every so many statements."""

REVISIONS = sorted(
    script.revision
    for script in ScriptDirectory(str(schema.__file__).replace("schema.py", "migrations")).walk_revisions()
)
STARTS = ("nothing", *REVISIONS[:-1])

State = tuple[str, dict[str, list[str]]]


@pytest.mark.parametrize("start", STARTS)
def test_a_killed_migration_leaves_the_database_as_it_was(
    empty_database: Database, scale: Scale, engine_name: str, start: str
):
    def kill(_: int) -> Figures:
        fill(empty_database, start)
        before = read_state(empty_database)
        killed = damaged = 0
        for state in states_after_kills(empty_database, scale.pick(STEP, 1)):
            killed += 1
            damaged += state != before
        assert damaged == 0
        assert keeps_rows(before, read_state(empty_database))
        with empty_database.engine.connect() as connection:
            assert schema.is_current(connection)
            context = MigrationContext.configure(connection, opts={"compare_type": False})
            assert compare_metadata(context, Base.metadata) == []
        return {"kills": killed, "damaged": damaged}

    total = scale.run(f"migration-{engine_name}-{start}", 1, kill)

    assert total["kills"] > 0


def test_a_migration_that_commits_each_statement_is_found_out(empty_database: Database):
    fill(empty_database, "nothing")
    before = read_state(empty_database)

    assert upgrade_until(url_of(empty_database), 30, commit_each=True)

    assert read_state(empty_database) != before


def states_after_kills(database: Database, step: int) -> Iterator[State]:
    """Begin the upgrade again and again, each time killing it a little later, until it comes through."""
    number = 0
    while upgrade_until(url_of(database), number):
        yield read_state(database)
        number += step


def fill(database: Database, revision: str) -> None:
    """A database of a revision, with rows in every table that refers to no other."""
    if revision == "nothing":
        with database.engine.begin():
            return
    schema.upgrade(database, to=revision)
    tables = MetaData()
    with database.engine.begin() as connection:
        tables.reflect(connection)
        for table in tables.tables.values():
            if not table.foreign_keys and table.name != "alembic_version":
                for number in range(1, 4):
                    row = {column.name: make_up(column.type, number) for column in table.columns}
                    connection.execute(insert(table).values(row))


def make_up(kind: TypeEngine[Any], number: int) -> object:
    """A value of a type, another one for each number."""
    match kind:
        case Integer():
            return number
        case LargeBinary():
            return bytes([number]) * 8
        case DateTime():
            return datetime(2026, 11, number, tzinfo=UTC if kind.timezone else None)
        case Date():
            return date(2026, 11, number)
        case JSON():
            return {"number": number}
    return f"text {number}"


def read_state(database: Database) -> State:
    """The schema's revision, and every row of every table."""
    tables = MetaData()
    with database.engine.connect() as connection:
        tables.reflect(connection)
        return schema.find_revision(connection), {
            table.name: sorted(str(dict(row)) for row in connection.execute(select(table)).mappings())
            for table in tables.tables.values()
        }


def keeps_rows(before: State, after: State) -> bool:
    """Whether no table that was there has lost a row."""
    return all(len(after[1].get(table, ())) >= len(rows) for table, rows in before[1].items())


def url_of(database: Database) -> str:
    """The address of a database, password and all."""
    return database.url.render_as_string(hide_password=False)
