from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from structlog.testing import capture_logs

from portal.domain.disclosure import PersonViewed
from portal.domain.errors import StorageBusy
from portal.domain.reminders import band_of
from portal.messages.demo_gateway import DemoGateway
from portal.services import audit, reminders, sessions
from portal.services.backups import RECEIPTS_LEASE
from portal.services.rounds import EVERY_HOUR, Rounds
from portal.services.work import House, begin_work
from portal.storage import messages as stored_messages
from portal.storage.database import Database
from portal.storage.leases import take_lease
from portal.storage.models.claims import DraftRecord
from portal.storage.models.messages import NoticeRecord, TextMessageRecord
from portal.storage.models.rosters import QuotaLetterRecord, RosterPreviewRecord
from portal.storage.models.sessions import AttemptRecord, CodeRecord, SessionRecord
from tests.builders import NOW, citizen_actor, make_house, make_person, make_receipt, make_staff


class Wall:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self, _session: object) -> datetime:
        return self.now


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return make_house(database, tmp_path, matcher=None)


@pytest.fixture
def wall() -> Wall:
    return Wall()


def rounds(house: House, wall: Wall, holder: str = "one") -> Rounds:
    return Rounds(house, holder, DemoGateway(), lambda code, facts: f"{code} {facts}", wall)


def test_one_machine_at_a_time_does_its_rounds(house: House, wall: Wall):
    one, two = rounds(house, wall), rounds(house, wall, "two")

    done = [one.do_round()]
    wall.now += timedelta(seconds=59)
    done.append(two.do_round())
    wall.now += timedelta(seconds=1)
    done.append(two.do_round())

    assert done == [True, False, True]


def test_a_machine_that_stops_lets_the_next_begin_at_once(house: House, wall: Wall):
    one = rounds(house, wall)
    one.do_round()

    one.end()

    assert rounds(house, wall, "two").do_round()


def test_a_round_in_which_nothing_is_due_only_looks(
    house: House, wall: Wall, monkeypatch: pytest.MonkeyPatch
):
    one = rounds(house, wall)
    one.do_round()

    wall.now += timedelta(seconds=29)
    with monkeypatch.context() as watched:
        watched.setattr(house.database, "writing", lambda: pytest.fail("something was written"))
        assert one.do_round()


def test_an_idle_machine_keeps_its_turn_as_long_as_it_lives(house: House, wall: Wall):
    one, two = rounds(house, wall), rounds(house, wall, "two")

    done = []
    for _ in range(6):
        done.append((one.do_round(), two.do_round()))
        wall.now += timedelta(seconds=30)

    assert done == [(True, False)] * 6


def test_a_job_that_fails_is_logged_and_keeps_no_other_waiting(
    house: House, wall: Wall, monkeypatch: pytest.MonkeyPatch
):
    make_act_on_record(house, wall)
    one = rounds(house, wall)

    def fail(_work: object) -> None:
        raise LookupError

    monkeypatch.setattr(reminders, "remind_of_quotas", fail)
    noted = []
    with capture_logs() as logged:
        for _ in range(2):
            one.do_round()
            noted.append([chain for chain, _ in one.heads])

    assert [(each["event"], each["job"]) for each in logged] == [("job failed", "remind")]
    assert noted == [["jinning"], []]


def test_a_job_that_the_database_puts_off_stays_due(
    house: House, wall: Wall, monkeypatch: pytest.MonkeyPatch
):
    make_act_on_record(house, wall)
    one = rounds(house, wall)

    def put_off(_work: object) -> None:
        raise StorageBusy

    with monkeypatch.context() as locked:
        locked.setattr(reminders, "remind_of_quotas", put_off)
        with pytest.raises(StorageBusy):
            one.do_round()
    one.do_round()

    assert [chain for chain, _ in one.heads] == ["jinning"]


def test_a_code_is_forgotten_once_its_time_is_over(house: House, wall: Wall):
    key = "b" * 32
    with house.database.writing() as session:
        stored_messages.add_text(
            session,
            person_id=None,
            wording="identity_code",
            facts={},
            now=NOW,
            key=key,
            secret_sealed=house.keys.seal("123456", f"text_message.secret {key}"),
            expires_at=NOW + timedelta(minutes=10),
        )
    one = rounds(house, wall)

    secrets = []
    for minutes in (0, 10):
        wall.now = NOW + timedelta(minutes=minutes)
        one.do_round()
        secrets.append(list_all(house, TextMessageRecord.secret_sealed) == [None])

    assert secrets == [False, True]


def test_sessions_codes_and_counters_that_are_over_are_forgotten(house: House, wall: Wall):
    with begin_work(house, citizen_actor(make_person(house)), wall) as work:
        sessions.open_citizen_session(work, work.actor.person_id)
    staff = make_staff(house)
    with begin_work(house, staff, wall) as work:
        sessions.open_staff_session(work, staff.staff_account_id)
        work.session.execute(
            insert(CodeRecord).values(
                kind="texted", code_hash=b"x", issued_at=NOW, expires_at=NOW + timedelta(minutes=10), tries=0
            )
        )
        work.session.execute(
            insert(AttemptRecord).values(subject="x", key_hash=b"y", window_began_at=NOW, count=1)
        )
    one = rounds(house, wall)

    left = []
    for hours in (1, 3, 11, 26):
        wall.now = NOW + timedelta(hours=hours)
        one.do_round()
        left.append(
            [
                len(list_all(house, column))
                for column in (SessionRecord.id, CodeRecord.id, AttemptRecord.count)
            ]
        )

    assert left == [[2, 1, 1], [1, 1, 1], [0, 1, 1], [0, 0, 0]]


def test_a_draft_is_kept_for_its_thirty_days(house: House, wall: Wall):
    person = make_person(house)
    with house.database.writing() as session:
        session.execute(
            insert(DraftRecord).values(
                person_id=person,
                kind="reimbursement",
                answers={},
                begun_at=NOW,
                changed_at=NOW,
                expires_at=NOW + timedelta(days=30),
            )
        )
    one = rounds(house, wall)

    kept = []
    for days in (29, 30):
        wall.now = NOW + timedelta(days=days)
        one.do_round()
        kept.append(len(list_all(house, DraftRecord.id)))

    assert kept == [1, 0]


def test_a_file_without_a_row_goes_after_two_sweeps_and_one_with_a_row_stays(house: House, wall: Wall):
    make_receipt(house, person_id=make_person(house), claim_id=None)
    waiting = preview(house)
    (with_row,) = set(house.blobs.list_names()) - {waiting}
    orphan = house.blobs.add(b"nobody's")
    one = rounds(house, wall)

    seen = []
    for hours in (0, 1):
        wall.now = NOW + timedelta(hours=hours) - timedelta(minutes=30)
        one.do_round()
        seen.append(set(house.blobs.list_names()))

    assert seen == [{with_row, orphan, waiting}, {with_row, waiting}]


def test_nothing_is_swept_while_a_backup_copies_receipts(house: House, wall: Wall):
    house.blobs.add(b"nobody's")
    one = rounds(house, wall)
    one.do_round()
    with house.database.writing() as session:
        take_lease(session, RECEIPTS_LEASE, "backup", NOW, NOW + timedelta(hours=12))

    wall.now += EVERY_HOUR
    one.do_round()

    assert len(house.blobs.list_names()) == 1


def test_a_preview_is_gone_after_its_hour_with_its_file(house: House, wall: Wall):
    preview(house)
    one = rounds(house, wall)

    wall.now += timedelta(hours=1)
    one.do_round()

    assert list_all(house, RosterPreviewRecord.id) == []
    assert house.blobs.list_names() == []


def test_the_heads_of_the_chains_are_noted_once_a_day(house: House, wall: Wall):
    make_act_on_record(house, wall)
    one = rounds(house, wall)

    noted = []
    for hours in (0, 1, 24):
        wall.now = NOW + timedelta(hours=hours)
        one.do_round()
        noted.append([chain for chain, _ in one.heads])

    assert noted == [["jinning"], [], ["jinning"]]


def test_each_reminder_is_due_in_its_band_of_days():
    assert [band_of(days) for days in (61, 60, 31, 30, 8, 7, 0, -1)] == [None, 60, 60, 30, 30, 7, 7, None]


def test_a_household_is_reminded_of_its_quota_once_in_each_band(house: House, wall: Wall):
    make_person(house, region="taizhou", household="H1")
    make_person(house, region="taizhou", household="H2")
    letter(house, "H1", wall.now.date() + timedelta(days=60))
    one = rounds(house, wall)

    told = []
    for days in (0, 1, 30, 53, 61):
        wall.now = NOW + timedelta(days=days)
        one.do_round()
        told.append(len(list_all(house, NoticeRecord.id)))

    assert told == [1, 1, 2, 3, 3]
    assert len(list_all(house, TextMessageRecord.id)) == 3


def test_the_dead_are_not_reminded(house: House, wall: Wall):
    make_person(house, region="taizhou", household="H1", died_on=date(2026, 1, 1))
    letter(house, "H1", wall.now.date() + timedelta(days=7))

    rounds(house, wall).do_round()

    assert list_all(house, NoticeRecord.id) == []


def list_all(house: House, column: object) -> list[object]:
    with house.database.reading() as session:
        return list(session.scalars(select(column)))


def letter(house: House, household: str, last_day: date) -> None:
    with house.database.writing() as session:
        session.execute(
            insert(QuotaLetterRecord).values(
                region="taizhou",
                code="L1",
                household=household,
                quotas=1,
                letter_on=date(2025, 1, 1),
                valid_until=last_day,
                data_as_of=date(2026, 11, 20),
            )
        )


def preview(house: House) -> str:
    staff = make_staff(house)
    blob = house.blobs.add(b"a sheet")
    with house.database.writing() as session:
        session.execute(
            insert(RosterPreviewRecord).values(
                token_hash=b"t",
                sheet="roster",
                region="jinning",
                blob=blob,
                key_wrapped=b"k",
                file_digest=b"d",
                counts={},
                staff_person_id=staff.staff_person_id,
                read_at=NOW,
                expires_at=NOW + timedelta(hours=1),
            )
        )
    return blob


def make_act_on_record(house: House, wall: Wall) -> None:
    with begin_work(house, make_staff(house), wall) as work:
        audit.record(work, PersonViewed(1))
