"""Questions that are spelt once: the same answers and the same failures as by the usual way."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, insert, literal_column, select
from sqlalchemy.exc import DBAPIError

from portal.storage.database import Database
from portal.storage.models.sessions import AttemptRecord
from portal.storage.prepared import Prepared

COUNTED = select(AttemptRecord.subject, AttemptRecord.window_began_at, AttemptRecord.count).where(
    AttemptRecord.key_hash == bindparam("key")
)
WRONG = select(literal_column("nothing_of_this_name"))


def test_rows_have_the_types_of_their_columns(database: Database):
    moment = datetime(2026, 3, 1, 8, tzinfo=UTC)
    with database.writing() as session:
        session.execute(
            insert(AttemptRecord).values(subject="text", key_hash=b"k", window_began_at=moment, count=2)
        )
        in_an_act = Prepared(lambda _: COUNTED).ask(session, key=b"k")

    with database.reading() as session:
        looked_at = Prepared(lambda _: COUNTED).ask(session, key=b"k")

    assert in_an_act == looked_at == [("text", moment, 2)]


def test_a_failure_is_told_as_the_database_toolkit_tells_it(database: Database):
    with database.reading() as session, pytest.raises(DBAPIError) as usual:
        session.execute(WRONG)

    with database.reading() as session, pytest.raises(DBAPIError) as prepared:
        Prepared(lambda _: WRONG).ask(session)

    assert prepared.type is usual.type
