"""A small county to attack: built once for all test processes, and begun anew by copying a file.

Everybody in it is signed in already. Its clock stands still, so that an attack may last as long as it
likes, and its pages were walked once: what they link to and which forms stand on them is known.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.crypto.key_ring import KeyRing
from portal.demo.accounts import list_accounts
from portal.demo.county import build_county, plan_county
from portal.domain.citizen_id import CitizenId, demo_citizen_number
from portal.services import sessions
from portal.services.work import CHINA, SYSTEM, House, begin_work
from portal.storage import schema
from portal.storage.database import Database
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import ClaimRecord
from portal.storage.models.staff import StaffAccountRecord
from portal.web.work import EXTENSION
from tests.attacks.errands import do_errands
from tests.attacks.reader import Form, walk
from tests.builders import NOW, make_house, real_packs
from tests.web.conftest import make_settings

REGIONS = ("jinning", "linyi")
"""Where the attackers' victims live, and another county."""

PEOPLE = 100
NOBODY = "nobody"
CLAIMANT = "claimant"

_SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Person:
    """Somebody with a signed-in browser; ``token`` is what their cookie holds."""

    name: str
    kind: str
    region: str | None = None
    town: str | None = None
    village: str | None = None
    role: str | None = None
    token: str | None = None
    row: int | None = None


@dataclass
class County:
    """The county as it stands in a folder of a test's own."""

    folder: Path
    people: Mapping[str, Person]
    forms: list[Form]
    pages: list[tuple[str, str]]
    """Every page that was found: who found it, and its path."""
    pattern: Path
    changes: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def house(self) -> House:
        """The tools of its house."""
        return self.open_house(self.folder)

    @cached_property
    def app(self) -> Flask:
        """The application, with a clock that stands still."""
        app = create_app(make_settings(self.folder, **self.changes), self.house)
        app.extensions[EXTENSION] = self.house, StoppedClock()
        return app

    def open_house(self, folder: Path, database: Database | None = None) -> House:
        """A house on the county's files in some folder."""
        return make_house(
            database or Database(f"sqlite:///{folder / 'portal.sqlite'}"),
            folder,
            keys=KeyRing.from_json((self.pattern / "keys.json").read_text(encoding="utf-8")),
            regions=REGIONS,
        )

    def begin_anew(self) -> None:
        """Put everything back as it was."""
        self.house.database.close()
        for leftover in self.folder.glob("portal.sqlite-*"):
            leftover.unlink()
        shutil.copyfile(self.pattern / "portal.sqlite", self.folder / "portal.sqlite")

    def browser(self, who: str = NOBODY) -> FlaskClient:
        """A browser that somebody is signed in with."""
        client = self.app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = _SAME_SITE["Sec-Fetch-Site"]
        token = self.people[who].token
        if token is not None:
            client.set_cookie("session", token)
        return client


class StoppedClock:
    """A clock that always tells the moment at which the county was built."""

    def __call__(self, _session: Session) -> datetime:
        return NOW

    def steady(self) -> datetime:
        """The same without a server."""
        return NOW


def open_county(pattern: Path, folder: Path, **changes: object) -> County:
    """A copy of the county that was built, for one test to attack."""
    kept = json.loads((pattern / "county.json").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(pattern / "receipts", folder / "receipts")
    county = County(
        folder,
        people={each["name"]: Person(**each) for each in kept["people"]},
        forms=[Form.from_json(each) for each in kept["forms"]],
        pages=[(who, path) for who, path in kept["pages"]],
        pattern=pattern,
        changes=changes,
    )
    county.begin_anew()
    return county


def number_of(serial: int) -> CitizenId:
    """A sound number that no villager of the county has, another one for each serial."""
    days, sequence = divmod(serial, 1_000)
    return demo_citizen_number("990199", date(1950, 1, 1) + timedelta(days=days), sequence)


def build_pattern(pattern: Path) -> None:
    """Build the county in a folder."""
    keys = KeyRing.generate()
    (pattern / "keys.json").write_text(keys.to_json(), encoding="utf-8")
    database = Database(f"sqlite:///{pattern / 'portal.sqlite'}")
    schema.upgrade(database)
    database.engine.dispose()
    house = make_house(database, pattern, keys=keys, regions=REGIONS)
    for _ in build_county(house, NOW, people=PEOPLE):
        pass
    people = list(_sign_everybody_in(house))
    database.close()
    _keep(pattern, people, [], [])

    county = open_county(pattern, pattern / "walked")
    forms, pages = _walk_everywhere(county)
    county.house.database.close()
    for each in ("portal.sqlite", "receipts"):  # what the errands left is there from the beginning
        shutil.copytree(county.folder / each, pattern / each, dirs_exist_ok=True) if (
            county.folder / each
        ).is_dir() else shutil.copyfile(county.folder / each, pattern / each)
    shutil.rmtree(county.folder)
    _keep(pattern, people, forms, pages)


def _keep(pattern: Path, people: list[Person], forms: list[Form], pages: list[tuple[str, str]]) -> None:
    kept = {
        "people": [asdict(each) for each in people],
        "forms": [form.to_json() for form in forms],
        "pages": pages,
    }
    (pattern / "county.json").write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")


def _sign_everybody_in(house: House) -> Iterator[Person]:
    """The named people, everybody at the desk, an heir, and nobody."""
    yield Person(NOBODY, "nobody")
    with begin_work(house, SYSTEM, StoppedClock()) as work:
        for listed in _listed():
            if listed["kind"] == "staff":
                account = work.session.scalars(
                    select(StaffAccountRecord).where(StaffAccountRecord.login == listed["login"])
                ).one()
                yield Person(
                    listed["login"],
                    "staff",
                    account.region,
                    account.town,
                    role=listed["role"],
                    token=sessions.open_staff_session(work, account.id),
                    row=account.id,
                )
                continue
            person = work.session.scalars(
                select(PersonRecord).where(
                    PersonRecord.name == listed["name"], PersonRecord.region == listed["region"]
                )
            ).first()
            if person is not None and person.died_on is None:
                yield Person(
                    f"{listed['region']} {listed['name']}",
                    "citizen",
                    person.region,
                    person.town,
                    person.village,
                    token=sessions.open_citizen_session(work, person.id),
                    row=person.id,
                )
        claim = (
            work.session.scalars(
                select(ClaimRecord).where(ClaimRecord.kind == "one_off_payment").order_by(ClaimRecord.id)
            ).first()
            or work.session.scalars(select(ClaimRecord).order_by(ClaimRecord.id)).first()
        )
        assert claim is not None
        token = sessions.open_claimant_session(work, claim.id)
        yield Person(CLAIMANT, "claimant", claim.region, token=token, row=claim.id)


def _listed() -> Iterator[Mapping[str, str]]:
    return list_accounts(plan_county(real_packs(), REGIONS, NOW.astimezone(CHINA).date()))


def _walk_everywhere(county: County) -> tuple[list[Form], list[tuple[str, str]]]:
    number = next(each["citizen_number"] for each in _listed() if each["name"] == "李桂芳")
    forms = do_errands(county.browser, number)
    pages: list[tuple[str, str]] = []
    for who in county.people:
        found = walk(county.app, county.browser(who), who, is_signed_in=who != NOBODY)
        forms += found.forms
        pages += [(who, path) for path in found.pages]
    return forms, pages
