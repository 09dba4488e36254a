"""Brings a database to the newest schema, and keeps append-only tables append-only."""

from collections.abc import Iterable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from portal.storage.database import Database

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

_MIGRATIONS = Path(__file__).parent / "migrations"

# An arbitrary number, the same on every host: whoever holds it may change the schema.
_UPGRADE_LOCK = 20_400_301


def upgrade(database: Database, to: str = NEWEST) -> None:
    """Bring the database to a schema, in one transaction; who comes second finds it done."""
    with database.engine.begin() as connection:
        if not database.is_embedded:  # a file is locked by the transaction itself
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
        command.upgrade(_alembic_config(connection), to)


def find_revision(connection: Connection) -> str:
    """The schema that the database has, as migrations name it."""
    return MigrationContext.configure(connection).get_current_revision() or NEWEST


def is_current(connection: Connection) -> bool:
    """Whether the database has the newest schema."""
    newest = ScriptDirectory.from_config(_alembic_config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == newest


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


def _alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
