"""A hundred people whose numbers the test knows live through everything; then all that is left is searched.

What is searched: every page and file that anybody can open, the log, the database with its write-ahead
log, the audit log's and the villager's own exports, a backup, addresses, and the names of stored files.
"""

import gzip
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.crypto.key_ring import KeyRing
from portal.services import backups
from portal.services.work import House
from portal.storage.models.citizens import HeldChangeRecord, PersonRecord
from portal.storage.models.staff import StaffPersonRecord
from tests.attacks.county import County, StoppedClock
from tests.attacks.routes import list_doors
from tests.attacks.test_every_route import form_token
from tests.attacks.wire import URLENCODED, Request, encode_form, send
from tests.builders import make_house, make_person
from tests.engines import SqliteFiles

pytestmark = pytest.mark.chaos

SHOWN_ON_PURPOSE = ("/uncover", "/take-out/")
"""The one number that somebody at the desk asks for by name, and the bank's file: acts on record."""

_SEPARATORS = re.compile(rb"(?<=[0-9])[ \-](?=[0-9])")


@dataclass(frozen=True)
class Canary:
    """A number that must stand nowhere, and whose it is."""

    digits: bytes
    of: str


@dataclass(frozen=True)
class Searched:
    """How much was searched, and where something was found."""

    places: int
    found: list[str]


def list_canaries(house: House) -> list[Canary]:
    """The whole numbers, phones, cards and accounts of everybody."""
    canaries = []
    with house.database.reading() as session:
        for person in session.scalars(select(PersonRecord)):
            for column in ("number", "phone", "card", "account"):
                sealed = getattr(person, f"{column}_sealed")
                if sealed is not None:
                    digits = house.keys.open_sealed(sealed, f"person.{column} {person.uid}")
                    canaries.append(Canary(digits.encode(), f"{column} of person {person.id}"))
        for change in session.scalars(select(HeldChangeRecord)):
            uid = session.get_one(PersonRecord, change.person_id).uid
            digits = house.keys.open_sealed(change.value_sealed, f"person.{change.field} {uid}")
            canaries.append(Canary(digits.encode(), f"held {change.field} of person {change.person_id}"))
        for colleague in session.scalars(select(StaffPersonRecord)):
            place = f"staff_person.number {colleague.job_no}"
            digits = house.keys.open_sealed(colleague.number_sealed, place)
            canaries.append(Canary(digits.encode(), f"number of colleague {colleague.id}"))
    return canaries


def search(canaries: Iterable[Canary], places: Iterable[tuple[str, bytes]]) -> Searched:
    """Look for every canary in every place, also where spaces or dashes part its digits."""
    wanted = {canary.digits: canary.of for canary in canaries}
    pattern = re.compile(b"|".join(sorted(map(re.escape, wanted), key=len, reverse=True)))
    count, found = 0, []
    for place, content in places:
        count += 1
        for text in (content, _SEPARATORS.sub(b"", content)):
            found += [f"{wanted[match]} in {place}" for match in set(pattern.findall(text))]
    return Searched(count, sorted(set(found)))


def list_places(county: County, backup: Path) -> Iterator[tuple[str, bytes]]:
    """Everything that is left or can be opened."""
    yield from _answers(county)
    yield "addresses", "\n".join(path for _, path in county.pages).encode()
    for file in sorted(county.folder.rglob("*")):
        yield f"the name {file.name}", str(file.relative_to(county.folder)).encode()
        if file.is_file():
            content = file.read_bytes()
            yield str(file), gzip.decompress(content) if file.suffix == ".gz" else content
    backups.make_backup(county.house, backup, StoppedClock(), lambda _: None)
    for file in sorted(backup.rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            yield f"backup {file.name}", gzip.decompress(content) if file.suffix == ".gz" else content


def _answers(county: County) -> Iterator[tuple[str, bytes]]:
    for door in list_doors(county):
        if not door.keepers or any(each in door.path for each in SHOWN_ON_PURPOSE):
            continue
        who = county.people[sorted(door.keepers)[0]]
        body = b""
        if door.method == "POST":
            fields = [("csrf_token", form_token(county.app, who)), *door.fields]
            body = encode_form(fields)
        answer = send(
            county.app, Request(door.method, door.path, body=body, content_type=URLENCODED), token=who.token
        )
        yield f"{door.method} {door.path} as {who.name}", answer.body
        yield f"headers of {door.method} {door.path}", repr(answer.headers).encode()


def test_no_number_of_anybody_stands_anywhere(
    county: County, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    canaries = list_canaries(county.house)
    places = list(list_places(county, tmp_path / "backup"))
    log = capfd.readouterr()

    searched = search(canaries, [*places, ("the log", (log.out + log.err).encode())])

    assert searched.found == []
    assert len({canary.of for canary in canaries}) > 300
    assert searched.places > 500


class SealNothing(KeyRing):
    """A ring whose seal anybody can read through."""

    def seal(self, plaintext: str, context: str) -> bytes:
        return plaintext.encode()


def test_columns_that_are_not_sealed_are_found_out(tmp_path: Path):
    with SqliteFiles().lend() as database:
        house = make_house(database, tmp_path, matcher=None, keys=SealNothing.generate())
        make_person(house, phone="13900001234")
        canary = Canary(b"13900001234", "the phone")
        assert database.url.database is not None
        database.close()
        stored = Path(database.url.database).read_bytes()

    assert search([canary], [("the database", stored)]).found


def test_digits_that_are_parted_are_found_out():
    canary = Canary(b"6228480000000006210", "the account")

    found = search([canary], [("a page", b"6228 4800 0000 0006 210"), ("another", b"6228-48000000000-6210")])

    assert found.found == ["the account in a page", "the account in another"]
