from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal.crypto.key_ring import KeyRing
from portal.domain.audit import Act
from portal.domain.chain import Fault
from portal.storage import audit
from portal.storage.audit import AuditWish, Break, RecordedActor
from portal.storage.database import Database
from portal.storage.models.audit import AuditHeadRecord, AuditRecord

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
KEYS = KeyRing.generate()
ZHAO = RecordedActor("staff", 7, "0288")


@dataclass(frozen=True)
class DoorOpened(Act):
    subject: ClassVar[str] = "door"
    door_id: int
    wide: bool = True


def write(database: Database, count: int, region: str = "jinning") -> None:
    with database.writing() as session:
        acts = [(region, DoorOpened(number)) for number in range(count)]
        audit.write(session, KEYS, acts, actor=ZHAO, at=NOON, request_id="r1")


def breaks(database: Database, region: str = "jinning") -> list[Break]:
    with database.reading() as session:
        return list(audit.list_breaks(session, KEYS, region))


def without_triggers(database: Database, session: Session) -> None:
    """What somebody with the database's own password can do."""
    if database.is_embedded:
        for deed in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER audit_event_refuses_{deed}"))
    else:
        session.execute(text("SET LOCAL session_replication_role = replica"))


def test_acts_stand_in_one_whole_chain_for_each_region(database: Database):
    write(database, 3)
    write(database, 2)
    write(database, 1, region="hedong")

    with database.reading() as session:
        rows = session.execute(
            select(AuditRecord.region, AuditRecord.sequence).order_by(
                AuditRecord.region, AuditRecord.sequence
            )
        ).all()
    assert rows == [("hedong", 1), *(("jinning", number) for number in range(1, 6))]
    assert breaks(database) == breaks(database, "hedong") == []


def test_a_moment_told_in_another_zone_is_on_record_as_it_is_read_back(database: Database):
    in_china = NOON.astimezone(timezone(timedelta(hours=8)))

    with database.writing() as session:
        acts = [("jinning", DoorOpened(1))]
        audit.write(session, KEYS, acts, actor=ZHAO, at=in_china, request_id=None)

    assert breaks(database) == []


def test_the_chain_holds_where_a_session_keeps_another_zone(database: Database):
    with database.writing() as session:
        if not database.is_embedded:
            session.execute(text("SET LOCAL timezone = 'Asia/Shanghai'"))
        now = database.read_clock(session) or NOON
        acts = [("jinning", DoorOpened(1))]
        audit.write(session, KEYS, acts, actor=ZHAO, at=now, request_id=None)

    with database.reading() as session:
        if not database.is_embedded:
            session.execute(text("SET LOCAL timezone = 'Asia/Shanghai'"))
        assert list(audit.list_breaks(session, KEYS, "jinning")) == []
    assert now.utcoffset() == timedelta()


def test_a_changed_row_is_named(database: Database):
    write(database, 5)
    with database.writing() as session:
        without_triggers(database, session)
        session.execute(update(AuditRecord).where(AuditRecord.sequence == 3).values(job_no="0999"))

    assert breaks(database) == [Break("jinning", 3, Fault.CHANGED)]


def test_a_missing_row_is_named(database: Database):
    write(database, 5)
    with database.writing() as session:
        without_triggers(database, session)
        session.execute(delete(AuditRecord).where(AuditRecord.sequence == 2))

    assert breaks(database) == [Break("jinning", 2, Fault.MISSING)]


def test_a_cut_tail_shows_at_the_head(database: Database):
    write(database, 5)
    with database.writing() as session:
        without_triggers(database, session)
        session.execute(delete(AuditRecord).where(AuditRecord.sequence == 5))

    assert breaks(database) == [Break("jinning", 5, Fault.TAIL)]


def test_a_rehash_shows_because_the_head_is_signed(database: Database):
    write(database, 2)
    with database.writing() as session:
        without_triggers(database, session)
        session.execute(delete(AuditRecord))
        session.execute(delete(AuditHeadRecord))
    write(database, 1)
    with database.writing() as session:
        session.execute(update(AuditHeadRecord).values(mac=forged(session)))

    assert breaks(database) == [Break("jinning", 1, Fault.HEAD)]


def test_an_old_copy_of_table_and_head_is_betrayed_by_the_noted_head(database: Database):
    write(database, 2)
    with database.reading() as session:
        ((_, noted),) = audit.list_heads(session)
    with database.writing() as session:
        without_triggers(database, session)
        session.execute(delete(AuditRecord))
        session.execute(delete(AuditHeadRecord))
    write(database, 1)

    assert breaks(database) == []
    with database.reading() as session:
        listed = list(audit.list_breaks(session, KEYS, "jinning", noted=[noted]))
    assert listed == [Break("jinning", 2, Fault.TAIL)]


def test_acts_are_found_by_day_job_number_name_and_subject(database: Database):
    write(database, 3)

    def found(**wish: object) -> list[int]:
        with database.reading() as session:
            listed = audit.list_acts(session, AuditWish("jinning", **wish), limit=10)
        return [line.sequence for line in listed]

    assert found() == [3, 2, 1]
    assert found(job_no="0288", acts=frozenset({"door_opened"})) == [3, 2, 1]
    assert found(subject=("door", 1)) == [2]
    assert found(since=NOON, until=NOON + timedelta(seconds=1)) == [3, 2, 1]
    assert found(until=NOON) == found(job_no="0999") == found(acts=frozenset({"claim_decided"})) == []


def forged(session: Session) -> bytes:
    mac = session.scalars(select(AuditHeadRecord.mac)).one()
    return mac[:-1] + bytes([mac[-1] ^ 1])


@pytest.mark.parametrize("deed", ["UPDATE audit_event SET act = 'x'", "DELETE FROM audit_event"])
def test_the_database_refuses_to_change_what_is_on_record(database: Database, deed: str):
    write(database, 1)

    with pytest.raises(DatabaseError, match="append-only"), database.writing() as session:
        session.execute(text(deed))
