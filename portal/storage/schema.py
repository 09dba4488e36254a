"""Brings a database to the newest schema, and keeps append-only tables append-only."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from portal.storage.database import Database, told_plainly

# What these hold is evidence: the database itself refuses to change or delete it.
APPEND_ONLY = (
    "ledger_account",
    "ledger_entry",
    "ledger_posting",
    "audit_event",
    "claim_event",
    "claim_decision",
    "claim_handler",
)

NEWEST = "head"

_REVISION_TABLE = "alembic_version"

_MIGRATIONS = Path(__file__).parent / "migrations"

# An arbitrary number, the same on every host: whoever holds it may change the schema.
_UPGRADE_LOCK = 20_400_301


@told_plainly()
def upgrade(database: Database, to: str = NEWEST) -> None:
    """Bring the database to a schema, in one transaction; who comes second finds it done.

    Where a later release brought it further than we know, it stays: our release still runs on that.

    Raises:
        StorageBusy: the database is away, or may only be read.
        StorageFull: there is no room.
    """
    if to == NEWEST:
        with database.engine.connect() as connection:
            if is_current(connection):
                return
    # Loaded only now: most starts find nothing to do, and to load what migrates takes a tenth of a start.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with database.engine.begin() as connection:
        if not database.is_embedded:  # a file is locked by the transaction itself
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
        if to == NEWEST and is_current(connection):
            return  # a host that came first, maybe of a later release
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def find_revision(connection: Connection) -> str | None:
    """The schema that the database has, as migrations name it; None before the first."""
    if not inspect(connection).has_table(_REVISION_TABLE):
        return None
    revision: str | None = connection.execute(
        text(f"SELECT version_num FROM {_REVISION_TABLE}")  # noqa: S608  our own word  # nosec B608
    ).scalar_one_or_none()
    return revision


def is_current(connection: Connection) -> bool:
    """Whether the database has the newest schema that we know, or one of a later release."""
    revision = find_revision(connection)
    return revision is not None and revision >= newest_revision()


@cache
def newest_revision() -> str:
    """The newest schema, as migrations name it: each stands in a file that begins with its name."""
    return max(path.name.split("_")[0] for path in _MIGRATIONS.glob("versions/[0-9]*.py"))


def add_append_only_triggers(connection: Connection, tables: Iterable[str] = APPEND_ONLY) -> None:
    """Let the database refuse every deed that changes or removes evidence.

    Every migration that rebuilds such a table calls this again: on SQLite a rebuilt table has
    silently lost its triggers.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(_REFUSE_FUNCTION))
    for table in tables:
        for deed, trigger in _triggers(connection, table).items():
            name = trigger_name(table, deed)
            on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}{on}"))
            connection.execute(text(f"CREATE TRIGGER {name} {trigger}"))


def list_append_only_triggers(connection: Connection) -> set[str]:
    """The names of the triggers that stand, to be compared with what should stand."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    return {name for (name,) in connection.execute(text(query))}


_REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""


def trigger_name(table: str, deed: str) -> str:
    """What the trigger that refuses ``deed`` on ``table`` is called."""
    return f"{table}_refuses_{deed}"


def _triggers(connection: Connection, table: str) -> dict[str, str]:
    """What refuses each deed: when it stands up, and what it says."""
    if connection.dialect.name == "postgresql":
        refusal = "EXECUTE FUNCTION refuse_change()"
        return {
            "update": f"BEFORE UPDATE ON {table} FOR EACH ROW {refusal}",
            "delete": f"BEFORE DELETE ON {table} FOR EACH ROW {refusal}",
            "truncate": f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refusal}",
        }
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    # REPLACE takes away the row that is in its way, and no trigger on DELETE hears of it.
    taken = [" AND ".join(f"{name} = NEW.{name}" for name in key) for key in _keys(connection, table)]
    in_the_way = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {key})" for key in taken)  # noqa: S608  # nosec B608
    return {
        "update": f"BEFORE UPDATE ON {table} {refusal}",
        "delete": f"BEFORE DELETE ON {table} {refusal}",
        "replace": f"BEFORE INSERT ON {table} WHEN {in_the_way} {refusal}",
    }


def _keys(connection: Connection, table: str) -> list[list[str]]:
    """The columns of every key that a table's rows are told apart by."""
    found = inspect(connection)
    unique = found.get_unique_constraints(table)
    return [
        found.get_pk_constraint(table)["constrained_columns"],
        *(constraint["column_names"] for constraint in unique),
    ]
