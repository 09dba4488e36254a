from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.crypto.key_ring import KeyRing
from portal.messages.gateway import Outcome, SendResult, TextMessage
from portal.services import outbox
from portal.services.work import House
from portal.storage import messages as stored_messages
from portal.storage.database import Database
from portal.storage.models.messages import TextMessageRecord
from tests.builders import NOW, make_house, make_person


@dataclass
class ScriptedGateway:
    """Answers as told, and remembers what it was handed."""

    answers: list[SendResult]
    sent: list[TextMessage] = field(default_factory=list)

    def send(self, message: TextMessage, now: datetime) -> SendResult:
        self.sent.append(message)
        return self.answers.pop(0) if self.answers else SendResult(Outcome.ACCEPTED)


def render(code: str, facts: Mapping[str, Any]) -> str:
    return f"{code} {sorted(facts.items())}"


def at(moment: datetime):
    return lambda _session: moment


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return make_house(database, tmp_path, matcher=None)


def queue(house: House, **columns: object) -> str:
    person = make_person(house, phone="13900001234")
    with house.database.writing() as session:
        return stored_messages.add_text(
            session,
            person_id=person,
            wording="claim_filed",
            facts={"number": "JN2026-0001"},
            now=NOW,
            **columns,
        )


def states(house: House) -> list[tuple[str, int]]:
    with house.database.reading() as session:
        return [
            tuple(row) for row in session.execute(select(TextMessageRecord.state, TextMessageRecord.tries))
        ]


def test_a_text_goes_to_the_phone_on_record_under_its_own_key(house: House):
    key = queue(house)
    gateway = ScriptedGateway([])

    outbox.send_due(house, gateway, render, at(NOW))

    assert [(each.key, each.phone) for each in gateway.sent] == [(key, "13900001234")]
    assert states(house) == [("sent", 0)]


def test_a_text_that_cannot_be_sent_now_waits_longer_each_time_and_keeps_its_key(house: House):
    key = queue(house)
    retry = SendResult(Outcome.RETRY, reason="gateway_busy")
    gateway = ScriptedGateway([retry, retry])

    outbox.send_due(house, gateway, render, at(NOW))
    outbox.send_due(house, gateway, render, at(NOW + timedelta(seconds=9)))
    outbox.send_due(house, gateway, render, at(NOW + timedelta(seconds=10)))
    outbox.send_due(house, gateway, render, at(NOW + timedelta(seconds=29)))
    outbox.send_due(house, gateway, render, at(NOW + timedelta(seconds=30)))

    assert [each.key for each in gateway.sent] == [key] * 3
    assert states(house) == [("sent", 2)]


def test_an_expired_code_and_a_decoy_are_never_sent(house: House):
    queue(house, expires_at=NOW)
    queue(house, state="decoy")
    gateway = ScriptedGateway([])

    outbox.send_due(house, gateway, render, at(NOW))

    assert gateway.sent == []
    assert sorted(states(house)) == [("decoy", 0), ("refused", 0)]


def test_a_text_for_an_old_phone_goes_there(house: House):
    key = "a" * 32
    sealed = house.keys.seal("13800000000", f"text_message.phone {key}")
    queue(house, key=key, phone_sealed=sealed)
    gateway = ScriptedGateway([])

    outbox.send_due(house, gateway, render, at(NOW))

    assert gateway.sent[0].phone == "13800000000"


def test_a_text_that_cannot_be_read_does_not_hold_up_the_next(house: House):
    queue(house, key="a" * 32, phone_sealed=bytes(40))
    key = queue(house)
    gateway = ScriptedGateway([])

    outbox.send_due(house, gateway, render, at(NOW))

    assert [each.key for each in gateway.sent] == [key]
    assert sorted(states(house)) == [("queued", 1), ("sent", 0)]


def test_texts_wait_while_the_ring_is_another_and_go_out_when_it_is_back(house: House):
    key = queue(house)
    gateway = ScriptedGateway([])

    outbox.send_due(replace(house, keys=KeyRing.generate()), gateway, render, at(NOW))
    assert (gateway.sent, states(house)) == ([], [("queued", 1)])
    outbox.send_due(house, gateway, render, at(NOW + timedelta(minutes=1)))

    assert [each.key for each in gateway.sent] == [key]


def test_a_gateway_that_is_away_for_days_is_asked_each_hour(house: House):
    queue(house)
    with house.database.writing() as session:
        session.execute(update(TextMessageRecord).values(tries=500))

    outbox.send_due(house, ScriptedGateway([SendResult(Outcome.RETRY)]), render, at(NOW))

    with house.database.reading() as session:
        next_try_at = session.scalars(select(TextMessageRecord.next_try_at)).one()
    assert next_try_at == NOW + timedelta(hours=1)
