from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, insert, select, update

from portal.crypto.errors import CannotOpen
from portal.crypto.key_ring import KeyRing, Purpose
from portal.crypto.suites import Suite
from portal.domain.key_rotation import OldKeysStillNeeded
from portal.domain.staff import Role
from portal.services import key_rotation
from portal.services.receipts import key_context
from portal.services.work import House
from portal.storage import audit as stored_audit
from portal.storage import citizens
from portal.storage import key_rotation as stored
from portal.storage import messages as stored_messages
from portal.storage.database import Database
from portal.storage.models import Base
from portal.storage.models.audit import AuditHeadRecord
from portal.storage.models.citizens import HeldChangeRecord, PersonRecord
from portal.storage.models.messages import TextMessageRecord
from portal.storage.models.sessions import AttemptRecord
from portal.storage.models.staff import StaffAccountRecord, StaffPersonRecord
from tests.builders import NOW, TOTP_SECRET, make_citizen_id, make_house, make_person, make_staff

NUMBER = make_citizen_id()


# What anyone can compute; no key had a part in it.
DIGESTS_AND_LINKS = {
    "audit_event.chain_hash",
    "audit_head.chain_hash",
    "ledger_entry.chain_hash",
    "ledger_head.chain_hash",
    "payment_file.return_digest",
    "receipt.digest",
    "receipt.likeness",
    "roster_import.file_digest",
    "roster_preview.file_digest",
}


def clock(_session: object):
    return NOW


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return make_house(database, tmp_path, matcher=None, keys=KeyRing.generate())


def rotated(house: House, purpose: Purpose, suite: Suite = Suite.SM) -> House:
    """The house after its hosts restarted with the next key in use."""
    return replace(house, keys=house.keys.with_next_key(purpose, suite).with_next_key_in_use(purpose))


def renewed(house: House, purpose: Purpose) -> House:
    """The house after everything was made anew and the older keys were dropped."""
    key_rotation.renew_values(house, purpose, clock, lambda _rows: None)
    key_rotation.check_old_keys_may_go(house, purpose, clock)
    return replace(house, keys=house.keys.without_old_keys(purpose))


def held_phone(house: House, person_id: int, phone: str) -> None:
    staff = make_staff(house, Role.CLERK)
    with house.database.writing() as session:
        uid = session.get_one(PersonRecord, person_id).uid
        session.execute(
            insert(HeldChangeRecord).values(
                person_id=person_id,
                field="phone",
                value_sealed=house.keys.seal(phone, f"person.phone {uid}"),
                value_index=house.keys.blind_index("person.phone", phone),
                proposed_at=NOW,
                proposed_by=staff.staff_person_id,
            )
        )


def test_every_column_of_bytes_is_known_to_be_keyed_or_not():
    of_bytes = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }

    keyed = {
        f"{each.table.name}.{name}"
        for purpose in Purpose
        for each in stored.list_keyed_tables(purpose)
        for name in each.columns
    }

    assert of_bytes - keyed == DIGESTS_AND_LINKS
    assert keyed <= of_bytes


def test_after_a_rotation_every_sealed_field_opens_without_the_old_key(house: House):
    person = make_person(house, phone="13900001234", citizen_id=NUMBER)
    held_phone(house, person, "13900005678")
    staff = make_staff(house)
    with house.database.writing() as session:
        key = stored_messages.add_text(session, person_id=None, wording="x", facts={}, now=NOW, key="k1")
        session.execute(
            update(TextMessageRecord).values(
                phone_sealed=house.keys.seal("13900009999", "text_message.phone k1"),
                secret_sealed=house.keys.seal("123456", f"text_message.secret {key}"),
            )
        )

    keys = renewed(rotated(house, Purpose.FIELD), Purpose.FIELD).keys

    with house.database.reading() as session:
        row = session.get_one(PersonRecord, person)
        held = session.scalars(select(HeldChangeRecord)).one()
        text = session.scalars(select(TextMessageRecord)).one()
        account = session.get_one(StaffAccountRecord, staff.staff_account_id)
        opened = [
            keys.open_sealed(row.number_sealed, f"person.number {row.uid}"),
            keys.open_sealed(row.phone_sealed, f"person.phone {row.uid}"),
            keys.open_sealed(held.value_sealed, f"person.phone {row.uid}"),
            keys.open_sealed(text.phone_sealed, "text_message.phone k1"),
            keys.open_sealed(text.secret_sealed, "text_message.secret k1"),
            keys.open_sealed(account.totp_sealed, f"staff_account.totp {account.login}"),
        ]
    assert opened == [NUMBER.digits, "13900001234", "13900005678", "13900009999", "123456", TOTP_SECRET]


def test_people_are_found_before_while_and_after_the_index_changes(house: House):
    person = make_person(house, citizen_id=NUMBER)

    def found(keys: KeyRing) -> int | None:
        with house.database.reading() as session:
            who = citizens.find_by_number(session, keys.blind_indexes("person.number", NUMBER.digits))
        return None if who is None else who.id

    waiting = replace(house, keys=house.keys.with_next_key(Purpose.INDEX, Suite.AES))
    in_use = replace(house, keys=waiting.keys.with_next_key_in_use(Purpose.INDEX))
    seen = [found(house.keys), found(waiting.keys), found(in_use.keys)]
    done = renewed(in_use, Purpose.INDEX)

    assert [*seen, found(waiting.keys), found(done.keys)] == [person] * 5


def test_the_same_natural_person_at_the_desk_is_known_after_the_index_changes(house: House):
    staff = make_staff(house)
    in_use = rotated(house, Purpose.INDEX)

    done = renewed(in_use, Purpose.INDEX)

    with house.database.reading() as session:
        row = session.get_one(StaffPersonRecord, staff.staff_person_id)
    digits = done.keys.open_sealed(row.number_sealed, f"staff_person.number {row.job_no}")
    assert row.number_index == done.keys.blind_index("staff_person.number", digits)


def test_a_run_that_was_killed_is_gone_on_with(house: House):
    for _ in range(10):
        make_person(house)
    in_use = rotated(house, Purpose.FIELD)

    class Killed(BaseException):
        pass

    def kill(_rows: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        key_rotation.renew_values(in_use, Purpose.FIELD, clock, kill, at_once=3)
    left = key_rotation.count_renewable(in_use, Purpose.FIELD, clock)

    assert left == 7
    assert key_rotation.renew_values(in_use, Purpose.FIELD, clock, lambda _rows: None) == 7
    key_rotation.check_old_keys_may_go(in_use, Purpose.FIELD, clock)


def test_old_keys_stay_while_anything_needs_them(house: House):
    make_person(house)
    in_use = rotated(house, Purpose.FIELD)

    with pytest.raises(OldKeysStillNeeded) as refused:
        key_rotation.check_old_keys_may_go(in_use, Purpose.FIELD, clock)

    assert refused.value.facts == {"person": 1}


def test_tokens_lapse_by_themselves_and_keep_their_key_until_then(house: House):
    with house.database.writing() as session:
        session.execute(
            insert(AttemptRecord).values(
                subject="x", key_hash=house.keys.token_hash("x", "y"), window_began_at=NOW, count=1
            )
        )
    in_use = rotated(house, Purpose.TOKEN)

    assert key_rotation.count_renewable(in_use, Purpose.TOKEN, clock) == 0
    with pytest.raises(OldKeysStillNeeded):
        key_rotation.check_old_keys_may_go(in_use, Purpose.TOKEN, clock)


def test_chain_heads_are_signed_anew_and_hold(house: House):
    key_rotation.renew_values(house, Purpose.FIELD, clock, lambda _rows: None)  # puts one act on record

    done = renewed(rotated(house, Purpose.CHAIN), Purpose.CHAIN)

    assert breaks(done, "house") == []


def test_a_head_that_is_not_ours_is_not_made_ours(house: House):
    key_rotation.renew_values(house, Purpose.FIELD, clock, lambda _rows: None)
    with house.database.writing() as session:
        session.execute(update(AuditHeadRecord).values(mac=b"\0\1" + bytes(32)))

    with pytest.raises(CannotOpen, match="audit_head"):
        renewed(rotated(house, Purpose.CHAIN), Purpose.CHAIN)


def test_a_value_that_does_not_open_is_named_by_its_row(house: House):
    person = make_person(house)
    with house.database.writing() as session:
        session.execute(update(PersonRecord).values(phone_sealed=b"\0\1" + bytes(40)))

    with pytest.raises(CannotOpen, match=rf"person \({person},\)"):
        renewed(rotated(house, Purpose.FIELD), Purpose.FIELD)


def breaks(house: House, region: str) -> Sequence[object]:
    with house.database.reading() as session:
        return list(stored_audit.list_breaks(session, house.keys, region))


def test_the_places_named_here_are_those_that_receipts_are_sealed_for():
    assert f"receipt.key of person {7}" == key_context(7)
