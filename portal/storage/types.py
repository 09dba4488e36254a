"""Column types: money in fen, instants in UTC, codes as text."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from sqlalchemy import JSON, BigInteger, DateTime, Integer, Text, TypeDecorator
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

from portal.domain.money import from_fen, to_fen

E = TypeVar("E", bound=StrEnum)

# SQLite numbers rows itself only for a column that is exactly INTEGER PRIMARY KEY.
RowId = BigInteger().with_variant(Integer, "sqlite")

# On PostgreSQL facts can be asked about; on SQLite they are text.
Facts = JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


class Fen(TypeDecorator[Decimal]):
    """Yuan as ``Decimal`` in Python, whole fen on disk; anything finer than a fen is an error."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Whole fen for the disk."""
        return None if value is None else to_fen(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Yuan with two places for Python."""
        return None if value is None else from_fen(value)


class Instant(TypeDecorator[datetime]):
    """A moment, always aware and always UTC; a naive one is refused, since nobody knows its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC for the disk (SQLite keeps no zone, so what stands there is UTC)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware UTC for Python."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Code(TypeDecorator[E], Generic[E]):
    """A closed list of codes, kept as text so that a new code needs no migration."""

    impl = Text
    cache_ok = True

    def __init__(self, codes: type[E]) -> None:
        super().__init__()
        self.codes = codes

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        """The code's text."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        """The code; one that nobody knows is an error, not a guess."""
        return None if value is None else self.codes(value)
