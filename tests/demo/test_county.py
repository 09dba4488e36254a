"""The demo county, built once and walked through."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select

from portal.config import DEMO_REGIONS
from portal.demo.accounts import list_accounts
from portal.demo.county import AlreadyPeopled, OnlyInTheDemo, build_county, plan_county
from portal.demo.villagers import draw_crowd
from portal.domain.citizen_id import CitizenId
from portal.domain.claims import ClaimState, Step
from portal.domain.staff import Role
from portal.services import claims, ledger, staff
from portal.services.identity import NUMBER_COLUMN
from portal.services.work import House, legal_day
from portal.storage import audit as stored_audit
from portal.storage import citizens as stored_citizens
from portal.storage.models.citizens import HeldChangeRecord, PersonRecord
from portal.storage.models.claims import (
    ClaimantRecord,
    ClaimRecord,
    DecisionRecord,
    DraftRecord,
    HandlerRecord,
    SubsidyYearRecord,
)
from portal.storage.models.rosters import (
    DepositRecord,
    HouseholdRecord,
    LandBatchRecord,
    PublicNoticeRecord,
    QuotaLetterRecord,
)
from tests.builders import NOW, make_house, make_work, real_packs
from tests.engines import SqliteFiles

TODAY = legal_day(NOW)
REGIONS = tuple(DEMO_REGIONS.split(","))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose demo county is built: once, for it takes seconds."""
    with SqliteFiles().lend() as database:
        house = make_house(database, tmp_path_factory.mktemp("demo"))
        assert list(build_county(house, NOW, people=100))[-1] == 1
        yield house


def count(house: House, record: type) -> int:
    with house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(record)) or 0


def test_it_is_the_same_county_each_time():
    first, second = (plan_county(real_packs(), REGIONS, TODAY) for _ in range(2))

    assert first == second
    assert list(list_accounts(first)) == list(list_accounts(second))


def test_nobody_in_jinning_s_full_size_shares_a_number_and_no_number_is_anybody_s():
    place = plan_county(real_packs(), REGIONS, TODAY).places[0]

    numbers = {each.citizen_id.digits for each in draw_crowd(place, 100, 31_800, TODAY.year)}

    assert len(numbers) == 31_800
    assert all(CitizenId(number).is_demo for number in list(numbers)[:500])


def test_every_region_has_its_people_its_staff_and_its_stories(house: House):
    with house.database.reading() as session:
        by_region = dict(
            session.execute(select(PersonRecord.region, func.count()).group_by(PersonRecord.region)).all()
        )
    roles = {(each.region, each.role) for each in plan_county(real_packs(), REGIONS, TODAY).colleagues}

    assert by_region == {"jinning": 100, "hedong": 75, "linyi": 75, "taizhou": 75, "guangdong": 75}
    assert roles == {(region, role) for region in REGIONS for role in Role}


def test_every_named_person_is_on_record_under_their_number(house: House):
    listed = [
        each for each in list_accounts(plan_county(real_packs(), REGIONS, TODAY)) if each["kind"] == "citizen"
    ]

    with house.database.reading() as session:
        for each in listed:
            indexes = house.keys.blind_indexes(NUMBER_COLUMN, each["citizen_number"])
            found = stored_citizens.find_by_number(session, indexes)
            assert found is not None, each["name"]
            assert (found.name, found.region) == (each["name"], each["region"])
    assert len(listed) > 40


def test_everybody_at_the_desk_signs_in_with_what_is_listed(house: House):
    colleague = next(
        each for each in list_accounts(plan_county(real_packs(), REGIONS, TODAY)) if each["kind"] == "staff"
    )
    code = pyotp.TOTP(colleague["totp_secret"]).at(NOW)

    with house.database.writing() as session:
        token = staff.sign_in(make_work(house, session), colleague["login"], colleague["password"], code)

    assert token


def test_one_person_at_the_desk_has_two_accounts(house: House):
    with house.database.reading() as session:
        accounts = {each.login: each.person_id for each in staff.list_accounts(make_work(house, session))}

    assert accounts["jinning-first"] == accounts["jinning-deputy"]
    assert len(set(accounts.values())) == len(accounts) - 1


def test_there_is_a_claim_in_every_state_and_each_is_what_its_history_says(house: House):
    with house.database.reading() as session:
        states = set(session.scalars(select(ClaimRecord.state)))
        assert claims.list_state_faults(make_work(house, session)) == []

    assert states == {str(state) for state in ClaimState}
    assert count(house, DraftRecord) == 1


def test_no_claim_was_handled_by_one_person_twice(house: House):
    with house.database.reading() as session:
        decided = select(DecisionRecord.claim_id, DecisionRecord.staff_person_id, DecisionRecord.act)
        acts = {(claim, person): act for claim, person, act in session.execute(decided)}
        handled = session.execute(
            select(HandlerRecord.claim_id, HandlerRecord.staff_person_id, HandlerRecord.act)
        ).all()

    assert acts
    assert {(claim, person): act for claim, person, act in handled if act != Step.ASSISTANCE} == acts


def test_one_heir_is_let_in_and_one_waits(house: House):
    with house.database.reading() as session:
        let_in = session.execute(
            select(ClaimantRecord.name, ClaimantRecord.claim_id.is_not(None)).order_by(ClaimantRecord.id)
        ).all()

    assert let_in == [("夏小妹", True), ("夏大弟", False)]


def test_a_legacy_member_has_withdrawn(house: House):
    with house.database.reading() as session:
        withdrawn = session.scalars(
            select(PersonRecord.name).where(PersonRecord.withdrawn_on.is_not(None))
        ).all()

    assert withdrawn == ["秦玉芳"]


def test_years_batches_households_letters_deposits_and_notices_are_there(house: House):
    tables = (
        SubsidyYearRecord,
        LandBatchRecord,
        HouseholdRecord,
        QuotaLetterRecord,
        DepositRecord,
        PublicNoticeRecord,
    )

    assert all(count(house, table) for table in tables)


def test_one_phone_waits_for_a_second_person(house: House):
    with house.database.reading() as session:
        waiting = session.execute(
            select(HeldChangeRecord.field).where(HeldChangeRecord.decided_at.is_(None))
        ).all()

    assert waiting == [("phone",)]


def test_the_audit_chain_of_every_region_holds(house: House):
    with house.database.reading() as session:
        for region in stored_audit.list_regions(session):
            assert list(stored_audit.list_breaks(session, house.keys, region)) == []


def test_the_ledger_of_every_region_holds_to_the_fen(house: House):
    with house.database.reading() as session:
        assert list(ledger.check(make_work(house, session))) == []


def test_the_data_are_of_yesterday(house: House):
    with house.database.reading() as session:
        assert set(session.scalars(select(PersonRecord.data_as_of))) == {TODAY - timedelta(days=1)}


def test_a_database_with_people_is_not_peopled_again(house: House):
    with pytest.raises(AlreadyPeopled):
        next(build_county(house, NOW))


def test_outside_the_demo_nobody_is_made_up(house: House):
    with pytest.raises(OnlyInTheDemo):
        next(build_county(replace(house, is_demo=False), NOW))


def test_a_region_without_stories_still_gets_people():
    packs = real_packs()
    unknown = replace(packs.regions["linyi"], id="sixth")
    wider = replace(
        packs,
        regions={**packs.regions, "sixth": unknown},
        ledgers={**packs.ledgers, "sixth": packs.ledgers["linyi"]},
    )

    planned = plan_county(wider, (*REGIONS, "sixth"), TODAY)

    assert [each.name for each in planned.personas["sixth"]] == ["李桂芳"]
