import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from portal.crypto.key_ring import KeyRing, Purpose
from portal.crypto.suites import Suite
from portal.domain.disclosure import PersonViewed
from portal.services import audit, key_fit
from portal.services.work import SYSTEM, House, begin_work
from portal.storage.database import Database
from portal.storage.models.citizens import PersonRecord
from tests.builders import NOW, make_house, make_person, make_receipt, make_staff

TRIED = [Purpose.CHAIN, Purpose.FIELD, Purpose.INDEX, Purpose.RECEIPT]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return make_house(database, tmp_path, matcher=None, keys=KeyRing.generate())


def fill(house: House) -> None:
    """Leave something of every key that can be tried."""
    make_receipt(house, person_id=make_person(house), claim_id=None)  # type: ignore[arg-type]
    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        audit.record(work, PersonViewed(1))


def unfit(house: House, keys: KeyRing) -> list[Purpose]:
    with house.database.reading() as session:
        return sorted(key_fit.list_unfit(session, keys))


def mistyped(keys: KeyRing, purpose: Purpose) -> KeyRing:
    """The ring with one letter of one secret wrong."""
    content = json.loads(keys.to_json())
    for key in content["keys"]:
        if key["purpose"] == purpose:
            key["secret"] = ("B" if key["secret"][0] == "A" else "A") + key["secret"][1:]
    return KeyRing.from_json(json.dumps(content))


def test_any_ring_fits_an_empty_database(house: House):
    assert unfit(house, KeyRing.generate()) == []


def test_the_ring_that_wrote_a_database_fits_it(house: House):
    fill(house)

    assert unfit(house, house.keys) == []


def test_the_ring_of_another_county_does_not_fit(house: House):
    fill(house)

    # The index is not blamed: what it should be made of does not open.
    assert unfit(house, KeyRing.generate()) == [Purpose.CHAIN, Purpose.FIELD, Purpose.RECEIPT]


@pytest.mark.parametrize("purpose", TRIED)
def test_one_wrong_letter_is_told_by_the_purpose_of_its_key(house: House, purpose: Purpose):
    fill(house)

    assert unfit(house, mistyped(house.keys, purpose)) == [purpose]


@pytest.mark.parametrize("purpose", [Purpose.FIELD, Purpose.INDEX])
def test_people_at_the_desk_are_enough_to_tell(house: House, purpose: Purpose):
    make_staff(house)

    assert unfit(house, mistyped(house.keys, purpose)) == [purpose]


def test_a_ring_fits_in_the_midst_of_a_rotation(house: House):
    fill(house)
    keys = house.keys
    for purpose in TRIED:
        keys = keys.with_next_key(purpose, Suite.SM).with_next_key_in_use(purpose)
    fill(replace(house, keys=keys))

    assert unfit(house, keys) == []


def test_one_damaged_row_does_not_make_a_ring_unfit(house: House):
    damaged = make_person(house)
    make_person(house)
    with house.database.writing() as session:
        session.execute(
            update(PersonRecord)
            .where(PersonRecord.id == damaged)
            .values(number_sealed=bytes(60), number_index=bytes(18))
        )

    assert unfit(house, house.keys) == []
