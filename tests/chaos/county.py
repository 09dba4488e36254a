"""A small county to break things in: villagers who may claim, four people at the desk, money in the fund."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Self

from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from portal.crypto.key_ring import KeyRing
from portal.domain.ledger.accounts import Account, Kind
from portal.domain.ledger.entries import Entry, Posting
from portal.domain.staff import Role, StaffAdded
from portal.services import audit, ledger, sessions
from portal.services.work import SYSTEM, Actor, House, Work, begin_work
from portal.storage import schema
from portal.storage.database import Database
from portal.storage.models.sessions import SessionRecord
from portal.storage.object_store import ObjectStore
from tests.builders import KB, citizen_actor, make_house, make_person, make_staff, real_matcher

REGION = "jinning"
SUBSIDY = "1000.00"
DESK = (Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.APPROVER, Role.CASHIER)

INDEX = KB.parent / "build" / "index"

_FUND = Decimal("100000000.00")


@dataclass(frozen=True)
class Pass:
    """What a signed-in browser holds: its cookie, and the token that its forms carry."""

    cookie: str
    form_token: str


@dataclass
class County:
    """Where it stands, and who is there; ``receipts_url`` is a bucket, or empty for its own folder."""

    folder: Path
    url: str
    keys: KeyRing
    receipts_url: str = ""
    people: list[int] = field(default_factory=list)
    desk: dict[Role, Actor] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, url: str | None = None) -> Self:
        """A county with keys of its own and nothing else yet; without an address, on a file in its folder."""
        return cls(folder, url or _file_in(folder), KeyRing.generate())

    def furnish(self) -> None:
        """Put what a server looks for into the folder: the keys, and what was read of the texts before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "keys.json").write_text(self.keys.to_json(), encoding="utf-8")
        if not (self.folder / "cache").exists():
            real_matcher()  # sees to it that the index is there; a server without one would build it first
            (self.folder / "cache").symlink_to(INDEX)

    @property
    def environment(self) -> dict[str, str]:
        """What a server of this county is started with."""
        return {
            "PORTAL_DEMO": "1",
            "PORTAL_REGIONS": REGION,
            "PORTAL_DATA": str(self.folder),
            "DATABASE_URL": self.url,
            "PORTAL_RECEIPTS": self.receipts_url,
        }

    def moved_to(self, folder: Path) -> "County":
        """The same county in a folder to which its files were carried."""
        return replace(self, folder=folder, url=_file_in(folder))

    @contextmanager
    def open_house(self) -> Iterator[House]:
        """The house in this process, to look into or to prepare; its connections are given back."""
        database = Database(self.url)
        try:
            house = make_house(
                database, self.folder, matcher=None, keys=self.keys, regions=(REGION,), is_demo=True
            )
            yield replace(house, blobs=ObjectStore(self.receipts_url)) if self.receipts_url else house
        finally:
            database.close()

    def sign_in(self, house: House, *actors: Actor) -> dict[Actor, Pass]:
        """Passes for these people, as the ID check and the desk's door give them."""
        with begin_work(house, SYSTEM, _now) as work:
            return {actor: self._admit(work, actor) for actor in actors}

    def _admit(self, work: Work, actor: Actor) -> Pass:
        if actor.staff_account_id is not None:
            cookie = sessions.open_staff_session(work, actor.staff_account_id)
        else:
            assert actor.person_id is not None
            cookie = sessions.open_citizen_session(work, actor.person_id)
        token_hashes = work.keys.token_hashes("session", cookie)
        csrf = work.session.scalars(
            select(SessionRecord.csrf_token).where(SessionRecord.token_hash.in_(token_hashes))
        ).one()
        return Pass(cookie, str(self._signer.dumps(csrf)))

    @cached_property
    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.keys.web_secrets()[0], salt="wtf-csrf-token")


def found_county(folder: Path, url: str | None = None, *, people: int) -> County:
    """Settle a county on an empty database; without an address, on a file in its folder."""
    county = County.at(folder, url)
    county.furnish()
    with county.open_house() as house:
        schema.upgrade(house.database)
        county.desk.update({role: make_staff(house, role, region=REGION) for role in DESK})
        _note_desk(house, county.desk)
        county.people.extend(make_person(house, region=REGION) for _ in range(people))
        _fill_fund(house)
    return county


def villager(person_id: int) -> Actor:
    """A villager of the county."""
    return citizen_actor(person_id, REGION)


def _file_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'portal.sqlite'}"


def _note_desk(house: House, desk: Mapping[Role, Actor]) -> None:
    """Put on record who was added, as the command does; a region with a desk and no record is a finding."""
    with begin_work(house, SYSTEM, _now) as work:
        for role, actor in desk.items():
            assert actor.staff_account_id is not None
            audit.record(work, StaffAdded(actor.staff_account_id, (str(role),)), region=REGION)


def _fill_fund(house: House) -> None:
    postings = (Posting(Account(Kind.SPECIAL_FUND), _FUND), Posting(Account(Kind.IDLE_FUND), -_FUND))
    with begin_work(house, SYSTEM, _now) as work:
        ledger.post(work, Entry("fund", work.today, "fund_receipt", postings), region=REGION)


def _now(_: object) -> datetime:
    return datetime.now(UTC)
