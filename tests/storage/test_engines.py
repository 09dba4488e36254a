from sqlalchemy import select

from portal.storage.models.staff import StaffPersonRecord
from tests.engines import Engine


def test_nothing_that_one_test_stores_is_seen_by_the_next(engine: Engine):
    ids = []
    for _ in range(2):
        with engine.lend() as database, database.writing() as session:
            assert session.scalars(select(StaffPersonRecord)).all() == []
            added = StaffPersonRecord(name="张三", number_sealed=b"", number_index=b"index", job_no="A1")
            session.add(added)
            session.flush()  # gives the row its number
            ids.append(added.id)

    assert ids == [1, 1]
