"""Reading what may be damaged, so that a check names a row instead of ending at it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session


@contextmanager
def text_as_it_stands(session: Session) -> Iterator[None]:
    """Read text of which a byte was changed so that it is none any more; a server never shows such text."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    connection = session.connection().connection.driver_connection
    assert connection is not None  # noqa: S101  it has just been used
    strictly, connection.text_factory = connection.text_factory, _read_any
    try:
        yield
    finally:
        connection.text_factory = strictly


def _read_any(raw: bytes) -> str:
    return raw.decode(errors="replace")
