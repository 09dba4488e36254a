from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from portal.domain.audit import Act
from portal.domain.disclosure import PersonViewed
from portal.domain.identity import CodeKind
from portal.services import audit, clock, sessions
from portal.services.work import SYSTEM, House, begin_reading, begin_work
from portal.storage import audit as stored_audit
from portal.storage import identity as stored_identity
from portal.storage import messages as stored_messages
from portal.storage.clock import NewestAct
from portal.storage.leases import take_lease
from portal.storage.models.messages import TextMessageRecord
from portal.storage.models.sessions import AttemptRecord, CodeRecord
from tests.builders import NOW, make_person

A_YEAR_AHEAD = NOW + timedelta(days=365)


def act(house: House, at: datetime, act: Act) -> None:
    with begin_work(house, SYSTEM, lambda _: at) as work:
        audit.record(work, act, "jinning")


def ahead(house: House) -> list[NewestAct]:
    with house.database.reading() as session:
        return clock.list_acts_ahead(session, NOW)


def accept(house: House) -> list[NewestAct]:
    with house.database.writing() as session:
        return clock.accept_clock(session, house.keys, NOW)


@pytest.fixture
def ran_ahead(house: House) -> House:
    """A house in which the clock was a year ahead for a while."""
    act(house, NOW - timedelta(days=1), PersonViewed(1))
    act(house, A_YEAR_AHEAD, PersonViewed(2))
    return house


def test_an_act_that_ran_ahead_is_named_with_its_moment(ran_ahead: House):
    assert ahead(ran_ahead) == [NewestAct("jinning", 2, A_YEAR_AHEAD)]


def test_a_clock_that_was_checked_has_the_last_word_and_the_chain_holds(ran_ahead: House):
    accepted = accept(ran_ahead)

    assert [each.sequence for each in accepted] == [2]
    assert ahead(ran_ahead) == []
    with ran_ahead.database.reading() as session:
        assert list(stored_audit.list_breaks(session, ran_ahead.keys, "jinning")) == []
        newest = stored_audit.list_acts(session, stored_audit.AuditWish("jinning"), limit=1)[0]
    assert (newest.act, newest.at) == ("clock_accepted", NOW)
    assert newest.facts == {"sequence": 2, "dated": A_YEAR_AHEAD.isoformat()}


def test_a_clock_that_is_ahead_of_everything_is_not_put_on_record(house: House):
    act(house, NOW, PersonViewed(1))

    assert accept(house) == []


def test_a_session_that_began_ahead_is_over_and_one_of_today_goes_on(ran_ahead: House):
    person = make_person(ran_ahead)
    tokens = []
    for began_at in (A_YEAR_AHEAD, NOW):
        with begin_work(ran_ahead, SYSTEM, lambda _, at=began_at: at) as work:
            tokens.append(sessions.open_citizen_session(work, person))

    accept(ran_ahead)

    with begin_reading(ran_ahead, SYSTEM, lambda _: NOW) as work:
        assert [sessions.resume(work, token) is not None for token in tokens] == [False, True]


def test_codes_and_counters_from_ahead_are_gone(ran_ahead: House):
    with ran_ahead.database.writing() as session:
        for issued_at in (A_YEAR_AHEAD, NOW):
            stored_identity.add_code(
                session,
                kind=CodeKind.PAPER,
                code_hash=bytes(34),
                issued_at=issued_at,
                expires_at=issued_at + timedelta(days=3),
            )
            session.execute(
                insert(AttemptRecord).values(
                    subject="x", key_hash=bytes(34), window_began_at=issued_at, count=5
                )
            )

    accept(ran_ahead)

    with ran_ahead.database.reading() as session:
        assert session.scalars(select(CodeRecord.issued_at)).all() == [NOW]
        assert session.scalars(select(AttemptRecord.window_began_at)).all() == [NOW]


def test_a_lease_from_ahead_lets_another_host_work(ran_ahead: House):
    def take(holder: str, now: datetime) -> bool:
        with ran_ahead.database.writing() as session:
            return take_lease(session, "rounds", holder, now, now + timedelta(minutes=1))

    take("gone", A_YEAR_AHEAD)
    accept(ran_ahead)

    assert take("here", NOW)


def test_texts_from_ahead_are_sent_and_their_codes_are_over(ran_ahead: House):
    person = make_person(ran_ahead)
    with ran_ahead.database.writing() as session:
        for expires_at in (None, A_YEAR_AHEAD + timedelta(minutes=10)):
            stored_messages.add_text(
                session, person_id=person, wording="x", facts={}, now=A_YEAR_AHEAD, expires_at=expires_at
            )

    accept(ran_ahead)

    with ran_ahead.database.reading() as session:
        assert len(stored_messages.list_due_texts(session, NOW, 9)) == 2
        over = select(func.count()).where(TextMessageRecord.expires_at <= NOW)
        assert session.scalar(over) == 1
