"""Pages that are kept for whoever opens them again: while nothing of theirs changed, and no longer."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from portal.domain.ledger.accounts import Account, Kind, Source
from portal.services import records
from portal.services.work import House, begin_reading
from portal.storage import schema
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.messages import NoticeRecord
from portal.storage.models.rosters import HouseholdRecord, LandBatchRecord, QuotaLetterRecord
from portal.storage.prepared import Prepared, Row
from tests.builders import NOW, citizen_actor, make_citizen_id, make_person
from tests.web.browser import Browser
from tests.web.test_record import AS_OF, add, add_batch, add_claim, add_deposit, credit, credit_years, post

Change = Callable[[House, int], object]

OTHER = make_citizen_id(date(1970, 1, 2))


@pytest.fixture
def times_made() -> Iterator[Callable[[], int]]:
    """How often a record was worked out."""
    with patch.object(records, "show_record", wraps=records.show_record) as show_record:
        yield lambda: show_record.call_count


def make_villager(house: House, region: str = "jinning") -> int:
    person = make_person(house, region=region, land_batch="2026-03", household="H1")
    add_batch(house, region)
    return person


def set_person(**values: object) -> Change:
    def change(house: House, person: int) -> None:
        with house.database.writing() as session:
            session.execute(update(PersonRecord).where(PersonRecord.id == person).values(**values))

    return change


def add_notice(house: House, person: int) -> None:
    add(
        house,
        NoticeRecord,
        person_id=person,
        wording="claim_opened",
        facts={"number": "JN2026-0001"},
        at=NOW,
    )


def read_notices(house: House, person: int) -> None:
    with house.database.writing() as session:
        session.execute(update(NoticeRecord).where(NoticeRecord.person_id == person).values(read_at=NOW))


def approve_batch(house: House, _person: int) -> None:
    with house.database.writing() as session:
        session.execute(update(LandBatchRecord).values(approved_on=AS_OF))


def add_letter(house: House, _person: int) -> None:
    add(
        house,
        QuotaLetterRecord,
        region="jinning",
        code="L1",
        household="H1",
        quotas=2,
        letter_on=AS_OF,
        valid_until=AS_OF + timedelta(days=90),
        data_as_of=AS_OF,
    )


def add_household(house: House, _person: int) -> None:
    add(
        house,
        HouseholdRecord,
        region="jinning",
        code="H1",
        county="样板县",
        town="样板镇",
        village="样板村",
        taken_area="1.5",
        data_as_of=AS_OF,
    )


def share_levy(house: House, _person: int) -> None:
    """Another villager of the batch is given a part of its levy."""
    bank, levy = Account(Kind.TRANSITION_ACCOUNT), Account(Kind.LAND_BATCH, None, Source.LAND_LEVY, "2026-03")
    other = make_person(house, citizen_id=OTHER, region="guangdong")
    theirs = Account(Kind.SPECIAL_LEDGER, other, Source.LAND_LEVY, "2026-03")
    post(house, "d", "levy_deposit", (bank, "100.00"), (levy, "-100.00"), region="guangdong")
    post(house, "s", "special_ledger_opening", (levy, "50.00"), (theirs, "-50.00"), region="guangdong")


def share_interest(house: House, _person: int) -> None:
    """Interest comes to the batch and stays there."""
    bank, earned = (
        Account(Kind.TRANSITION_ACCOUNT),
        Account(Kind.LAND_BATCH, None, Source.INTEREST, "2026-03"),
    )
    post(house, "i", "bank_interest", (bank, "1.00"), (earned, "-1.00"), region="guangdong")


CHANGES: dict[str, Change] = {
    "a corrected name": set_person(name="李四"),
    "another account": set_person(account_tail="4321"),
    "a newer roster that says the same": set_person(data_as_of=AS_OF + timedelta(days=1)),
    "an entry": lambda house, person: credit(house, person, Source.INTEREST, "12.00"),
    "a subsidised year": lambda house, person: credit_years(house, person, 2025),
    "a claim": lambda house, person: add_claim(house, person, "in_first_review"),
    "a message": add_notice,
    "an approved batch": approve_batch,
    "a deposit": lambda house, _person: add_deposit(house, "jinning", "90000.00"),
    "a letter": add_letter,
    "a household": add_household,
    "another person in the batch": lambda house, _person: make_person(
        house, citizen_id=OTHER, land_batch="2026-03"
    ),
}


def test_a_page_opened_again_is_not_made_again(house: House, browser: Browser, times_made: Callable[[], int]):
    villager = browser.sign_in(citizen_actor(make_villager(house)))
    first = villager.get("/record/")

    second = villager.get("/record/")

    assert times_made() == 1
    assert second.text == first.text


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_page_is_made_again_when_something_on_it_changed(
    house: House, browser: Browser, change: Change, times_made: Callable[[], int]
):
    person = make_villager(house)
    villager = browser.sign_in(citizen_actor(person))
    villager.get("/record/")

    change(house, person)
    villager.get("/record/")

    assert times_made() == 2


@pytest.mark.parametrize("change", [share_levy, share_interest])
def test_a_page_is_made_again_when_land_money_of_others_moved(
    house: House, browser: Browser, change: Change, times_made: Callable[[], int]
):
    person = make_villager(house, "guangdong")
    villager = browser.sign_in(citizen_actor(person, "guangdong"))
    villager.get("/record/")

    change(house, person)
    villager.get("/record/")
    villager.get("/record/")

    assert times_made() == 2


def test_a_page_is_made_again_when_two_others_of_the_batch_change_places(
    house: House, browser: Browser, times_made: Callable[[], int]
):
    # given one before and one behind, so that as many are before afterwards
    first, person, last = (
        make_person(house, citizen_id=make_citizen_id(), land_batch="2026-03", insurance_no=f"N{place}")
        for place in range(3)
    )
    villager = browser.sign_in(citizen_actor(person))
    villager.get("/record/")

    # when
    for other, number in ((first, "N9"), (last, "N0"), (first, "N2")):
        set_person(insurance_no=number)(house, other)
    villager.get("/record/")

    # then
    assert times_made() == 2


def test_a_message_that_was_read_leaves_the_page(house: House, browser: Browser):
    person = make_villager(house)
    add_notice(house, person)
    villager = browser.sign_in(citizen_actor(person))
    before = villager.get("/record/").text

    read_notices(house, person)

    assert villager.get("/record/").text != before


def test_another_day_is_another_stamp(house: House):
    actor = citizen_actor(make_villager(house))

    stamps = set()
    for now in (NOW, NOW + timedelta(days=1)):
        with begin_reading(house, actor, lambda _, now=now: now) as work:
            stamps.add(records.read_stamp(work))

    assert len(stamps) == 2


def test_everybody_gets_their_own_page(house: House, app: Flask):
    people = {"李桂芳": make_villager(house), "李四": make_person(house, name="李四", citizen_id=OTHER)}
    browsers = {name: Browser(app).sign_in(citizen_actor(person)) for name, person in people.items()}

    for _ in range(2):
        for name, browser in browsers.items():
            assert name in browser.get("/record/").select_one(".who")


def test_each_browser_of_a_person_gets_its_own_token(house: House, app: Flask):
    person = make_villager(house)
    first, second = (Browser(app).sign_in(citizen_actor(person)) for _ in range(2))
    first.get("/record/")

    token = second.get("/record/").hidden("csrf_token")

    second.post("/identity/out", status=302, csrf_token=token)
    assert second.get("/record/", status=302).response.location
    first.get("/record/")


def test_each_language_has_its_own_page(house: House, browser: Browser):
    villager = browser.sign_in(citizen_actor(make_villager(house)))
    simplified = villager.get("/record/").text

    english = villager.get("/record/", **{"Accept-Language": "en"}).text

    assert english != simplified


def test_the_stamp_reads_every_table_that_the_record_reads(house: House, monkeypatch: pytest.MonkeyPatch):
    # given
    person = make_villager(house)
    asked: list[str] = []
    ask = Prepared.ask

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    def note_prepared(question: Prepared, session: Session, **values: object) -> Sequence[Row]:
        asked.append(question.words(session.get_bind().dialect))
        return ask(question, session, **values)

    monkeypatch.setattr(Prepared, "ask", note_prepared)

    def tables(read: Callable[..., object]) -> set[str]:
        asked.clear()
        with begin_reading(house, citizen_actor(person), lambda _: NOW) as work:
            engine = work.session.get_bind()
            event.listen(engine, "before_cursor_execute", note)
            read(work)
            event.remove(engine, "before_cursor_execute", note)
        return set(re.findall(r"(?:FROM|JOIN) ([a-z_]+)", " ".join(asked))) & set(
            PersonRecord.metadata.tables
        )

    # then of what is only ever added to, the postings are enough
    unseen = tables(records.show_record) - tables(records.read_stamp)
    assert unseen <= set(schema.APPEND_ONLY)
    assert "ledger_posting" not in unseen
