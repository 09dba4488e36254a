"""Builds the demo county: everything goes through the doors that offices and villagers use, day by day."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from itertools import chain
from typing import ClassVar

from portal.content.packs import Packs
from portal.demo import histories, stories
from portal.demo.histories import Book
from portal.demo.land import Sheets, Where, list_sheets
from portal.demo.personas import MOST_PERSONAS, Heir, list_heirs, list_personas
from portal.demo.staff import Colleague, list_colleagues
from portal.demo.villagers import FIRST_YEAR, REGISTERED, Place, Villager, draw_crowd
from portal.domain.claimants import ProofSeen, Relation
from portal.domain.errors import Refusal
from portal.domain.land_records import SHEETS
from portal.domain.staff import Role
from portal.services import claimants, rosters, staff
from portal.services.work import (
    CHINA,
    SYSTEM,
    Actor,
    ActorKind,
    House,
    Work,
    begin_work,
    legal_day,
)
from portal.spreadsheets.writing import Cell, write_csv
from portal.storage import rosters as stored_rosters
from portal.storage import staff as stored_staff
from portal.storage.database import Database

PEOPLE = 300
"""How many live in the first region unless said otherwise; the others have 75 each."""
PEOPLE_ELSEWHERE = 75

_COUNTIES = {
    "jinning": "晋宁区",
    "hedong": "河东区",
    "linyi": "沂水湾区",
    "taizhou": "枫溪县",
    "guangdong": "榕江县",
}
_OPENED = date(2020, 3, 2)
_TOPPED_UP = date(2020, 7, 1)
_LAND_MONEY_CAME = timedelta(days=50)
_NEW_PHONE = "13900009999"
_WHO_CHANGES_PHONE = "高素琴"


class OnlyInTheDemo(Refusal):
    """Made-up people are for demo mode only (PORTAL_DEMO=1)."""

    code: ClassVar[str] = "only_in_the_demo"


class AlreadyPeopled(Refusal):
    """There are people on record already; a demo begins with none."""

    code: ClassVar[str] = "already_peopled"


@dataclass(frozen=True)
class County:
    """All of the demo's people, worked out without a look at the database."""

    places: Sequence[Place]
    colleagues: Sequence[Colleague]
    personas: Mapping[str, Sequence[Villager]]
    today: date


def plan_county(packs: Packs, regions: Sequence[str], today: date) -> County:
    """Who lives and works in the demo of some regions; the same people each time."""
    places = [
        Place(
            region=region,
            position=position,
            county=_COUNTIES.get(region.id, region.full_name.zh),
            keeps_accounts="opening_balance" in packs.ledgers[region.id].regime.movements,
            credits_yearly="yearly_subsidy" in packs.ledgers[region.id].regime.movements,
        )
        for position, region in enumerate(packs.get(name) for name in regions)
    ]
    first_towns = {place.region.id: place.home(0)[0] for place in places}
    return County(
        places=places,
        colleagues=tuple(list_colleagues(tuple(regions), first_towns)),
        personas={place.region.id: list_personas(place, today) for place in places},
        today=today,
    )


def is_empty(database: Database) -> bool:
    """Whether nobody works here yet, and so nobody is on record."""
    with database.reading() as session:
        return not stored_staff.list_accounts(session)


def build_county(house: House, now: datetime, people: int = PEOPLE) -> Iterator[float]:
    """Fill an empty database, yielding after each deed how much of the whole is done, from 0 to 1.

    Raises:
        OnlyInTheDemo: this is no demonstration.
        AlreadyPeopled: the database is not empty.
    """
    if not house.is_demo:
        raise OnlyInTheDemo
    if not is_empty(house.database):
        raise AlreadyPeopled
    county = plan_county(house.packs, house.regions, legal_day(now))
    deeds = list(_Builder(house, now, county, people).list_deeds())
    for done, deed in enumerate(deeds, 1):
        deed()
        yield done / len(deeds)


class _Builder:
    def __init__(self, house: House, now: datetime, county: County, people: int) -> None:
        self._house = house
        self._now = now
        self._county = county
        self._people = people
        self._desk: dict[tuple[str, Role], Actor] = {}

    def list_deeds(self) -> Iterator[Callable[[], None]]:
        """What is to be done, the oldest first."""
        today, places = self._county.today, self._county.places
        for colleague in self._county.colleagues:
            yield partial(self._add_colleague, colleague)
        for place in places:
            yield partial(self._register, place)
        for year in range(FIRST_YEAR, today.year):
            for place in places:
                yield partial(self._post_year, place, year)
        for place in places:
            yield partial(self._post_land, place)
        for number, story in enumerate(stories.list_stories(today.year), 1):
            if story.region in self._house.regions:
                yield partial(self._tell_story, story, number)
        for place in places:
            yield partial(self._bring_news, place)
        for place in places:
            for heir in list_heirs(place):
                yield partial(self._receive_heir, heir)

    # -- People ------------------------------------------------------------------------------------

    def _add_colleague(self, colleague: Colleague) -> None:
        with self._on(_OPENED, SYSTEM) as work:
            account = staff.add_account(
                work,
                name=colleague.name,
                citizen_id=colleague.citizen_id,
                job_no=colleague.job_no,
                login=colleague.login,
                roles=frozenset({colleague.role}),
                region=colleague.region,
                town=colleague.town,
                password=colleague.password,
                totp_secret=colleague.totp_secret,
            )
            stored = stored_staff.lock_account(work.session, account.login)
        self._desk.setdefault(
            (colleague.region, colleague.role),
            Actor(
                ActorKind.STAFF,
                region=colleague.region,
                staff_person_id=stored.person_id,
                staff_account_id=stored.id,
                job_no=stored.job_no,
                staff_name=stored.name,
                roles=stored.roles,
            ),
        )

    def _villagers(self, place: Place) -> Iterator[Villager]:
        personas = self._county.personas[place.region.id]
        count = self._people if place.position == 0 else PEOPLE_ELSEWHERE
        yield from personas
        yield from draw_crowd(place, MOST_PERSONAS, count - len(personas), self._county.today.year)

    def _register(self, place: Place) -> None:
        rows = (each.row(REGISTERED) for each in self._villagers(place) if each.known_from <= REGISTERED)
        with self._on(REGISTERED, self._desk[place.region.id, Role.CLERK]) as work:
            _take_in(work, rosters.PEOPLE, place.region.id, rows)

    def _bring_news(self, place: Place) -> None:
        """Yesterday's files: who came and died since, one phone that waits for a second person, the land."""
        yesterday = self._county.today - timedelta(days=1)
        rows = (
            {**each.row(yesterday), **({"phone": _NEW_PHONE} if each.name == _WHO_CHANGES_PHONE else {})}
            for each in self._villagers(place)
        )
        with self._on(yesterday, self._desk[place.region.id, Role.CLERK]) as work:
            _take_in(work, rosters.PEOPLE, place.region.id, rows)
            for sheet, land in self._sheets(place).items():
                _take_in(work, sheet, place.region.id, iter(land))

    def _receive_heir(self, heir: Heir) -> None:
        """A clerk sees an heir's papers; an administrator lets some of them in."""
        with self._house.database.reading() as session:
            person_id = stored_rosters.list_ids(session, heir.region)[
                self._persona(heir.region, heir.of).insurance_no
            ]
        with self._on(self._county.today, self._desk[heir.region, Role.CLERK]) as work:
            claimants.propose_claimant(
                work, person_id, heir.name, heir.citizen_id, Relation.HEIR, ProofSeen.KINSHIP
            )
            proposed = claimants.show_estate(work, person_id).claimants[-1]
        if heir.is_let_in:
            with self._on(self._county.today, self._desk[heir.region, Role.ADMINISTRATOR]) as work:
                claimants.decide_claimant(work, proposed.id, accepted=True)

    # -- Money and land ----------------------------------------------------------------------------

    def _post_year(self, place: Place, year: int) -> None:
        with self._on(date(year + 1, 1, 5), SYSTEM) as work:
            book = self._book(work, place)
            if year == FIRST_YEAR:
                histories.post_top_ups(work, book, _TOPPED_UP)
            histories.post_year(work, book, year)

    def _post_land(self, place: Place) -> None:
        day = self._county.today - _LAND_MONEY_CAME
        deposits = self._sheets(place).get("deposit", ())
        deposited = {str(row["land_batch"]): Decimal(str(row["amount"])) for row in deposits}
        with self._on(day, SYSTEM) as work:
            book = self._book(work, place)
            histories.post_land_subsidies(work, book, deposited, day)
            histories.post_land_levies(work, book, deposited, day)
            histories.post_work_fund(work, book, day)

    def _sheets(self, place: Place) -> Sheets:
        town, village = place.home(0)
        working = self._house.packs.calendar
        where = Where(place.county, town, village, self._county.today, working)
        return list_sheets(place.region.id, where)

    def _book(self, work: Work, place: Place) -> Book:
        ids = stored_rosters.list_ids(work.session, place.region.id)
        return Book(
            place.region.id,
            work.packs.ledgers[place.region.id].regime,
            [(ids[each.insurance_no], each) for each in self._villagers(place) if each.insurance_no in ids],
        )

    # -- Claims ------------------------------------------------------------------------------------

    def _tell_story(self, story: stories.Story, number: int) -> None:
        villager = self._persona(story.region, story.name)
        with self._house.database.reading() as session:
            person_id = stored_rosters.list_ids(session, story.region)[villager.insurance_no]
        stories.Stage(self._house, self._now, self._desk).play(story, person_id, number)

    def _persona(self, region: str, name: str) -> Villager:
        return next(each for each in self._county.personas[region] if each.name == name)

    def _on(self, day: date, actor: Actor) -> AbstractContextManager[Work]:
        """Work on some day of the past, in the morning, and never later than now."""
        moment = min(datetime.combine(day, time(9), CHINA).astimezone(UTC), self._now)
        return begin_work(self._house, actor, lambda _: moment)


def _take_in(work: Work, sheet: str, region: str, rows: Iterator[dict[str, object]]) -> None:
    first = next(rows, None)
    if first is None:
        return
    headers = [column.zh for name in first for column in SHEETS[sheet].columns if column.field == name]
    file = BytesIO()
    # Offices put a title with the day above the headers; so a later file is another file.
    file.writelines(write_csv([f"截至{work.today}"], chain([headers], _cells(first, rows))))
    rosters.accept(work, sheet, region, file)


def _cells(first: dict[str, object], rest: Iterator[dict[str, object]]) -> Iterator[Sequence[Cell]]:
    yield [_cell(value) for value in first.values()]
    for row in rest:
        yield [_cell(value) for value in row.values()]


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, int | Decimal | date) else str(value)
