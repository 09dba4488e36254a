"""Keys change while people are looked up and the work is killed: all stays readable, nobody is missed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import insert, select

from portal.crypto.errors import CryptoError
from portal.crypto.key_ring import KeyRing, Purpose
from portal.crypto.suites import Suite
from portal.services.identity import NUMBER_COLUMN
from portal.services.work import House
from portal.storage import identity as stored_identity
from portal.storage.models.citizens import PersonRecord
from tests.attacks.county import number_of
from tests.builders import NOW, make_house
from tests.chaos.conftest import Settle
from tests.chaos.county import County
from tests.chaos.scale import Figures, Scale

pytestmark = pytest.mark.chaos

AT_ONCE = 1_000
PAUSE_SECONDS = 0.01
LOOKED_UP = 100
"""So many people are looked up again and again while the keys change."""


def settle_people(county: County, count: int) -> list[str]:
    """Put so many people on record; returns the numbers of some of them."""
    numbers: list[str] = []
    with county.open_house() as house:
        for start in range(0, count, AT_ONCE):
            rows = [_row(house, number) for number in range(start, min(start + AT_ONCE, count))]
            with house.database.writing() as session:
                session.execute(insert(PersonRecord), [row for row, _ in rows])
            numbers += [digits for _, digits in rows[:: max(1, count // LOOKED_UP)]]
    return numbers


def _row(house: House, number: int) -> tuple[dict[str, object], str]:
    digits, uid, keys = number_of(number).digits, f"{number:016x}", house.keys
    row = {
        "uid": uid,
        "region": "jinning",
        "county": "晋宁区",
        "town": "昆阳街道",
        "village": "样板村",
        "name": "周全",
        "birth_year": 1962,
        "number_sealed": keys.seal(digits, f"person.number {uid}"),
        "number_index": keys.blind_index(NUMBER_COLUMN, digits),
        "category": "existing_landless",
        "scheme": "none",
        "benefit_status": "not_drawing",
        "data_as_of": NOW.date(),
        "version": 1,
    }
    return row, digits


@dataclass
class Traffic:
    """Look-ups while the keys change: of each, whether somebody was found and could be read."""

    looked_up: int = 0
    missed: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


@contextmanager
def traffic(county: County, numbers: Sequence[str]) -> Iterator[Traffic]:
    """Look people up with the ring that a host has loaded; hosts load the file anew at each restart."""
    seen, over = Traffic(), threading.Event()

    def look() -> None:
        with county.open_house() as house:
            while not over.is_set():
                hosts = make_house(house.database, county.folder, matcher=None, keys=ring_of(county))
                for digits in numbers:
                    _look_up(hosts, digits, seen)
                    time.sleep(PAUSE_SECONDS)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


def _look_up(house: House, digits: str, seen: Traffic) -> None:
    seen.looked_up += 1
    with house.database.reading() as session:
        found = stored_identity.find_candidate(session, house.keys.blind_indexes(NUMBER_COLUMN, digits))
        if found is None:
            seen.missed.append("somebody on record")
            return
        row = session.get_one(PersonRecord, found.person_id)
        if not is_readable(house, row):
            seen.unreadable.append(f"person {row.id}")


def is_readable(house: House, row: PersonRecord) -> bool:
    """Whether the sealed number of a row opens."""
    try:
        return bool(house.keys.open_sealed(row.number_sealed, f"person.number {row.uid}"))
    except CryptoError:
        return False


def ring_of(county: County) -> KeyRing:
    return KeyRing.from_json((county.folder / "keys.json").read_text(encoding="utf-8"))


def change_ring(county: County, ring: KeyRing) -> None:
    """Put another ring in the place of the county's, whole, as the command does."""
    aside = county.folder / "keys.json.new"
    aside.write_text(ring.to_json(), encoding="utf-8")
    aside.rename(county.folder / "keys.json")


def rotate(county: County, *arguments: str, kill_after: float | None = None) -> int:
    """``portal key rotate …``; returns its exit status."""
    command = [sys.executable, "-m", "portal.cli", "key", "rotate", *arguments]
    process = subprocess.Popen(
        command, env=os.environ | county.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode


def rotate_all(county: County, suite: Suite, numbers: Sequence[str], kills: int) -> Traffic:
    """All four steps for sealed columns and their indexes, with look-ups, and kills in the third."""
    with traffic(county, numbers) as seen:
        for purpose in (Purpose.FIELD, Purpose.INDEX):
            change_ring(county, ring_of(county).with_next_key(purpose, suite))
            change_ring(county, ring_of(county).with_next_key_in_use(purpose))
            for number in range(kills):
                rotate(county, "renew", purpose, kill_after=2 + number)
            assert rotate(county, "renew", purpose) == 0
            assert rotate(county, "drop", purpose) == 0
    return seen


def count_unreadable(county: County) -> tuple[int, int]:
    """How many rows there are, and how many do not open with what is left of the ring."""
    county = County(county.folder, county.url, ring_of(county))
    with county.open_house() as house, house.database.reading() as session:
        rows = session.scalars(select(PersonRecord).execution_options(yield_per=1_000))
        readable = [is_readable(house, row) for row in rows]
    return len(readable), readable.count(False)


def test_a_change_of_keys_under_traffic_and_kills_loses_nothing(
    settle: Settle, scale: Scale, engine_name: str
):
    def change(number: int) -> Figures:
        with settle(0) as county:
            numbers = settle_people(county, scale.pick(600, 1_000_000))
            seen = rotate_all(
                county, Suite.SM if number % 2 == 0 else Suite.AES, numbers, kills=scale.pick(1, 5)
            )
            rows, unreadable = count_unreadable(county)
        assert seen.missed == []
        assert seen.unreadable == []
        return {"rows": rows, "unreadable": unreadable, "looked up": seen.looked_up}

    total = scale.run(f"key-rotation-{engine_name}", scale.pick(1, 2), change)

    assert total["unreadable"] == 0
    assert total["rows"] >= scale.pick(600, 2_000_000)
    assert total["looked up"] > LOOKED_UP


def test_keys_that_go_before_their_rows_are_renewed_are_found_out(settle_on_file: Settle):
    with settle_on_file(0) as county:
        numbers = settle_people(county, 50)
        ring = ring_of(county).with_next_key(Purpose.FIELD, Suite.SM).with_next_key_in_use(Purpose.FIELD)
        change_ring(county, ring.without_old_keys(Purpose.FIELD))
        with traffic(county, numbers) as seen:
            time.sleep(1)

    assert seen.unreadable


def test_an_old_ring_cannot_be_dropped_while_a_row_needs_it(settle_on_file: Settle):
    with settle_on_file(0) as county:
        settle_people(county, 20)
        ring = ring_of(county).with_next_key(Purpose.INDEX, Suite.SM)
        change_ring(county, ring.with_next_key_in_use(Purpose.INDEX))

        assert rotate(county, "drop", Purpose.INDEX) != 0
        assert ring_of(county).prefix_in_use(Purpose.INDEX) != county.keys.prefix_in_use(Purpose.INDEX)
