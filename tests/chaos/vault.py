"""The tables of ledger and audit as somebody meets them who has the disk in hand: no change is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.storage import schema
from portal.storage.database import Database
from portal.storage.models import Base

TABLES = (
    "audit_event",
    "audit_head",
    "ledger_account",
    "ledger_balance",
    "ledger_entry",
    "ledger_posting",
    "ledger_head",
)

MOST_TRIES = 200


@dataclass(frozen=True)
class Value:
    """One value: ``place`` is its row as the engine itself numbers it, ``spelling`` what stands there."""

    table: str
    column: str
    place: str
    kind: str
    spelling: str


class Vault:
    """A file, whose bytes are changed as they are."""

    place = "CAST(rowid AS text)"
    kind = "typeof({column})"
    spelling = "hex(CAST({column} AS blob))"
    unguarded = "PRAGMA defer_foreign_keys = ON"

    def __init__(self, database: Database) -> None:
        """Take the guards away."""
        with database.engine.begin() as connection:
            for name in schema.list_append_only_triggers(connection):
                connection.execute(text(f"DROP TRIGGER {name}"))

    def list_values(self, session: Session) -> Sequence[Value]:
        """Every value that is there."""
        return [
            Value(table, column.name, *row)
            for table in TABLES
            for column in Base.metadata.tables[table].columns
            for row in session.execute(
                text(f"SELECT {self._parts(column.name)} FROM {table} WHERE {column} IS NOT NULL ORDER BY 1")
            )
        ]

    def let_go(self, session: Session) -> None:
        """Let neither triggers nor references keep this transaction from anything."""
        session.execute(text(self.unguarded))

    def change_one_byte(self, session: Session, value: Value, chance: Random) -> None:
        """Change one byte of a value, in a transaction that was let go and is rolled back."""
        for tried in range(MOST_TRIES):
            # Of numbers about as long as this one, all may stand in rows of a full table.
            changed_value = self.change(value, chance, longer=tried > MOST_TRIES // 2)
            change = (
                f"UPDATE {value.table} SET {value.column} = {changed_value} "
                f"WHERE {self.place} = :place RETURNING {self.spelling.format(column=value.column)}"
            )
            try:
                with session.begin_nested() as attempt:
                    changed = session.execute(text(change), {"place": value.place}).scalar_one()
                    if changed != value.spelling:
                        return
                    attempt.rollback()  # spelt otherwise, and the same value
            except DBAPIError:
                continue  # the column cannot hold it, or another row does
        raise AssertionError(f"{value.table}.{value.column} took no other byte")

    def change(self, value: Value, chance: Random, *, longer: bool) -> str:
        """An expression for the value with one byte changed; a number may grow by a byte."""
        stored = bytearray.fromhex(value.spelling)
        if value.kind == "integer":
            number = int(stored)
            bytes_kept = max(1, (number.bit_length() + 8) // 8) + longer
            return str(number ^ (1 << chance.randrange(bytes_kept * 8 - 1)))
        stored[chance.randrange(len(stored))] ^= chance.randrange(1, 256)
        return f"CAST(x'{stored.hex()}' AS {value.kind})"

    def _parts(self, column: str) -> str:
        return ", ".join((self.place, self.kind.format(column=column), self.spelling.format(column=column)))


class ServerVault(Vault):
    """A server's tables; a value that is none it would not show to anybody, so one letter becomes another."""

    place = "CAST(ctid AS text)"
    kind = "CAST(pg_typeof({column}) AS text)"
    spelling = "CAST({column} AS text)"
    unguarded = "SET LOCAL session_replication_role = replica"

    def __init__(self, _: Database) -> None:
        """Triggers and references look aside when a change asks them to."""

    def change(self, value: Value, chance: Random, *, longer: bool) -> str:
        """An expression for the value with one letter or digit changed; a number may grow by four digits."""
        if longer and value.spelling.isdigit():
            return f"CAST('{value.spelling}{chance.randrange(10_000):04}' AS {value.kind})"
        at = chance.randrange(len(value.spelling))
        letters = "0123456789" if value.spelling[at].isdigit() else "abcdef _-Z"
        changed = value.spelling[:at] + chance.choice(letters) + value.spelling[at + 1 :]
        quoted = changed.replace("'", "''").replace(":", "\\:")
        return f"CAST('{quoted}' AS {value.kind})"
