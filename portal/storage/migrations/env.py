"""Runs migrations on the connection that it is handed."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, BigInteger

from portal.storage.models import Base
from portal.storage.types import Code, Fen, Instant


def render_type(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our column types by the names they have in ``portal.storage.types``."""
    if kind != "type":
        return False
    match item:
        case Instant() | Fen():
            return f"types.{type(item).__name__}()"
        case Code():
            return "sa.Text()"  # a new code needs no migration
        case BigInteger():
            return "types.RowId"
        case JSON():
            return "types.Facts"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_type,
    compare_type=False,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
