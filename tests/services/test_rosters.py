"""What a file from an office does to the record, and what it must not."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.domain.land_records import SHEETS
from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Entry, Posting
from portal.domain.roster_import import FileHasProblems, NoSuchPreview, ProposerMissing
from portal.domain.staff import Role
from portal.services import ledger, rosters
from portal.services.rosters.findings import Findings
from portal.services.work import SYSTEM, Actor, House, begin_work
from portal.storage import ledger as stored_ledger
from portal.storage.database import Database
from portal.storage.ledger import Book
from portal.storage.models.audit import AuditRecord
from portal.storage.models.citizens import HeldChangeRecord, PersonChangeRecord, PersonRecord
from portal.storage.models.ledger import EntryRecord
from portal.storage.models.messages import NoticeRecord, TextMessageRecord
from portal.storage.models.rosters import DepositRecord, RosterImportRecord, RosterPreviewRecord
from tests.builders import NOW, make_citizen_id, make_house, make_staff, make_work

_serials = count(1000)
NUMBERS = [make_citizen_id().digits for _ in range(5)]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """A house on this test's database."""
    return make_house(database, tmp_path)


def make_row(**changes: object) -> dict[str, object]:
    """A row of a roster, by fields; a sound villager of Jinning unless said otherwise."""
    return {
        "name": "李桂芳",
        "citizen_id": NUMBERS[0],
        "phone": "13900001234",
        "county": "晋宁区",
        "town": "昆阳街道",
        "village": "田心村",
        "category": "现有",
        "identity_confirmed_on": "2020-06-11",
        "scheme": "居民",
        "insurance_no": f"JN{next(_serials):06}" if "citizen_id" in changes else "JN0001",
        "account": "6228480000000006210",
        "bank_name": "农村信用社",
        **changes,
    }


def make_file(*rows: dict[str, object], sheet: str = "roster") -> bytes:
    """A CSV of rows that say the same columns."""
    columns = {column.field: column.zh for column in SHEETS[sheet].columns}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([columns[name] for name in rows[0]])
    writer.writerows([["" if value is None else value for value in row.values()] for row in rows])
    return text.getvalue().encode()


def accept(
    house: House,
    content: bytes,
    actor: Actor = SYSTEM,
    *,
    sheet: str = "roster",
    region: str = "jinning",
    now: datetime = NOW,
) -> Findings:
    with house.database.writing() as session:
        return rosters.accept(make_work(house, session, actor, now), sheet, region, io.BytesIO(content))


def examine(house: House, content: bytes, actor: Actor = SYSTEM, *, region: str = "jinning") -> Findings:
    with house.database.reading() as session:
        return rosters.examine(make_work(house, session, actor), "roster", region, io.BytesIO(content))


def all_rows(house: House, record: type[Any]) -> list[dict[str, Any]]:
    with house.database.reading() as session:
        return [dict(row) for row in session.execute(select(record.__table__)).mappings()]


def only(house: House, record: type[Any]) -> dict[str, Any]:
    (row,) = all_rows(house, record)
    return row


def balance(house: House, person_id: int, source: Source) -> Decimal:
    with house.database.reading() as session:
        held = stored_ledger.read_balances(session, Book("jinning"))
    return held[Account(Kind.PERSONAL_ACCOUNT, person_id, source)]


def test_a_new_person_comes_on_record_with_every_long_number_sealed(house: House):
    findings = accept(house, make_file(make_row(card="6231000000000001234")))

    person = only(house, PersonRecord)
    assert findings.counts == {"new": 1, "changed": 0, "unchanged": 0, "held": 0, "problems": 0}
    assert house.keys.open_sealed(person["number_sealed"], f"person.number {person['uid']}") == NUMBERS[0]
    assert house.keys.open_sealed(person["phone_sealed"], f"person.phone {person['uid']}") == "13900001234"
    assert house.keys.open_sealed(person["card_sealed"], f"person.card {person['uid']}").endswith("1234")
    assert (person["card_tail"], person["account_tail"]) == ("1234", "6210")
    assert person["scheme"] == "resident"
    assert not any(NUMBERS[0] in str(value) for value in person.values() if isinstance(value, str | dict))


def test_the_same_file_again_changes_nothing(house: House):
    content = make_file(make_row(opening_own_contribution="3000"), make_row(citizen_id=NUMBERS[1]))
    accept(house, content)
    tables = (PersonRecord, EntryRecord, RosterImportRecord, HeldChangeRecord, PersonChangeRecord)
    before = [all_rows(house, table) for table in tables]

    again = accept(house, content, now=NOW + timedelta(days=3))

    assert again.counts == {"new": 0, "changed": 0, "unchanged": 2, "held": 0, "problems": 0}
    assert [all_rows(house, table) for table in tables] == before


def test_a_newer_file_that_says_the_same_makes_the_data_newer(house: House):
    accept(house, make_file(make_row()))

    accept(house, make_file(make_row(village_group=None)), now=NOW + timedelta(days=3))

    assert only(house, PersonRecord)["data_as_of"] == (NOW + timedelta(days=3)).date()


def test_all_problems_of_all_rows_come_in_one_reading_and_nothing_is_stored(house: House):
    content = make_file(
        make_row(phone="1390000", opening_own_contribution=""),
        make_row(citizen_id=NUMBERS[0][:17] + ("0" if NUMBERS[0][17] != "0" else "1")),
        make_row(citizen_id=NUMBERS[1], town="", insurance_no="JN77"),
        make_row(citizen_id=NUMBERS[2], insurance_no="JN78"),
        make_row(citizen_id=NUMBERS[2], insurance_no="JN79"),
    )

    found = examine(house, content)

    assert [(each.row, each.column, each.code) for each in found.problems] == [
        (2, "phone", "phone_unsound"),
        (3, "citizen_id", "citizen_id_check_digit_wrong"),
        (4, "town", "cell_empty"),
        (6, "citizen_id", "twice_in_the_file"),
    ]
    with pytest.raises(FileHasProblems):
        accept(house, content)
    assert all_rows(house, PersonRecord) == []


def test_a_problem_far_down_takes_back_what_was_written_above_it(house: House):
    many = [make_row(citizen_id=make_citizen_id().digits, insurance_no=f"MA{n:06}") for n in range(600)]

    with pytest.raises(FileHasProblems):
        accept(house, make_file(*many, make_row(category="外星人")))

    assert all_rows(house, PersonRecord) == []


def test_changed_facts_are_shown_old_beside_new_and_kept_as_changes(house: House):
    accept(house, make_file(make_row()))
    newer = make_file(make_row(village="石板桥村", scheme="职工"))

    shown = [(each.field, each.old, each.new, each.held) for each in examine(house, newer).changes]
    accept(house, newer)

    assert shown == [("village", "田心村", "石板桥村", False), ("scheme", "resident", "employee", False)]
    person = only(house, PersonRecord)
    assert (person["village"], person["scheme"], person["version"]) == ("石板桥村", "employee", 2)
    assert [(each["field"], each["old"], each["new"]) for each in all_rows(house, PersonChangeRecord)] == [
        ("village", "田心村", "石板桥村"),
        ("scheme", "resident", "employee"),
    ]


def test_an_area_is_kept_exactly_and_the_same_area_is_no_change(house: House):
    accept(house, make_file(make_row(land_area="1.80")))

    same = accept(house, make_file(make_row(land_area="1.8")))
    accept(house, make_file(make_row(land_area="2.45", village="石板桥村")))

    assert same.unchanged == 1
    assert only(house, PersonRecord)["land_area"] == "2.45"


def test_an_empty_cell_wipes_nothing_out(house: House):
    accept(house, make_file(make_row()))

    found = accept(house, make_file(make_row(phone="", account="", bank_name="", scheme="")))

    assert found.unchanged == 1
    assert only(house, PersonRecord)["phone_tail"] == "34"


def test_a_changed_phone_waits_for_a_second_person_tells_the_old_phone_and_holds_payments(house: House):
    clerk = make_staff(house, Role.CLERK)
    accept(house, make_file(make_row()))
    content = make_file(make_row(phone="13800005678"))

    found = accept(house, content, clerk)

    assert found.held == 1
    person, held, text = (
        only(house, PersonRecord),
        only(house, HeldChangeRecord),
        only(house, TextMessageRecord),
    )
    assert person["phone_tail"] == "34"
    assert held["field"] == "phone"
    assert held["proposed_by"] == clerk.staff_person_id
    assert house.keys.open_sealed(held["value_sealed"], f"person.phone {person['uid']}") == "13800005678"
    told = house.keys.open_sealed(text["phone_sealed"], f"text_message.phone {text['idempotency_key']}")
    assert (text["wording"], told) == ("phone_change_proposed", "13900001234")
    # Saturday 21 November; three working days after are Monday to Wednesday, held to midnight in China.
    assert person["payee_held_until"] == datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
    assert len(all_rows(house, NoticeRecord)) == 1


def test_what_waits_already_is_not_proposed_again_and_something_newer_takes_its_place(house: House):
    clerk = make_staff(house, Role.CLERK)
    accept(house, make_file(make_row()))
    accept(house, make_file(make_row(account="6228480000000009999", bank_name="工商银行")), clerk)

    same = accept(
        house,
        make_file(make_row(account="6228480000000009999", bank_name="工商银行", village_group="1")),
        clerk,
    )
    accept(house, make_file(make_row(account="6228480000000007777")), clerk)

    assert [change.field for change in same.changes] == ["village_group"]
    waiting = [(each["value_tail"], each["accepted"]) for each in all_rows(house, HeldChangeRecord)]
    assert waiting == [("9999", False), ("7777", None)]
    assert only(house, PersonRecord)["account_tail"] == "6210"


def test_another_bank_of_the_same_account_waits_as_well(house: House):
    clerk = make_staff(house, Role.CLERK)
    accept(house, make_file(make_row()))

    found = accept(house, make_file(make_row(bank_name="工商银行")), clerk)

    held = only(house, HeldChangeRecord)
    assert [(each.field, each.held) for each in found.changes] == [("bank_name", True)]
    assert (held["field"], held["value_tail"], held["bank_name"]) == ("account", "6210", "工商银行")
    assert only(house, PersonRecord)["bank_name"] == "农村信用社"


def test_a_payee_is_not_changed_in_nobody_s_name(house: House):
    accept(house, make_file(make_row()))

    with pytest.raises(ProposerMissing):
        accept(house, make_file(make_row(account="6228480000000009999")))

    assert all_rows(house, HeldChangeRecord) == []


def test_a_person_of_another_region_is_a_problem_of_the_row(house: House):
    accept(house, make_file(make_row()))

    found = examine(
        house, make_file(make_row(county="河东区", town="汤泉镇", village="槐树底村")), region="hedong"
    )

    assert [(each.row, each.code) for each in found.problems] == [(2, "person_of_another_region")]


def test_a_clerk_of_one_town_brings_in_nobody_of_another(house: House):
    clerk = make_staff(house, Role.CLERK, town="上蒜镇")

    assert [each.code for each in examine(house, make_file(make_row()), clerk).problems] == [
        "outside_your_town"
    ]
    assert examine(house, make_file(make_row(town="上蒜镇")), clerk).problems == []


def test_an_insurance_number_belongs_to_one_person(house: House):
    accept(house, make_file(make_row(insurance_no="JN0001")))

    found = examine(house, make_file(make_row(citizen_id=NUMBERS[1], insurance_no="JN0001")))

    assert [(each.column, each.code) for each in found.problems] == [("insurance_no", "insurance_no_taken")]


def test_made_up_numbers_are_refused_outside_the_demo(database: Database, tmp_path: Path):
    real = make_house(database, tmp_path, is_demo=False)

    found = examine(real, make_file(make_row()))

    assert [(each.column, each.code) for each in found.problems] == [("citizen_id", "citizen_id_made_up")]


def test_opening_balances_are_posted_by_source_and_once(house: House):
    openings = {
        "opening_own_contribution": "3000",
        "opening_collective_subsidy": "500.00",
        "opening_gov_subsidy": "0",
        "opening_interest": "61.2",
    }
    accept(house, make_file(make_row(**openings)))

    found = accept(house, make_file(make_row(**openings, village_group="2")))

    person_id = only(house, PersonRecord)["id"]
    assert [change.field for change in found.changes] == ["village_group"]
    assert balance(house, person_id, Source.OWN_CONTRIBUTION) == Decimal("3000.00")
    assert balance(house, person_id, Source.INTEREST) == Decimal("61.20")
    assert len(all_rows(house, EntryRecord)) == 1


def test_a_posted_opening_balance_is_not_changed_by_a_file(house: House):
    accept(house, make_file(make_row(opening_own_contribution="3000")))

    found = examine(house, make_file(make_row(opening_own_contribution="4000")))

    assert [(each.column, each.code) for each in found.problems] == [
        ("opening_own_contribution", "opening_already_posted")
    ]


def test_an_account_that_the_region_s_texts_do_not_know_is_not_opened(house: House):
    row = make_row(county="临海市", town="枫溪镇", village="上枫村", opening_own_contribution="100")

    found = examine(house, make_file(row), region="taizhou")

    assert [each.code for each in found.problems] == ["opening_not_in_region"]


def test_levy_money_opens_a_special_ledger_out_of_its_batch(house: House):
    batch = "GD-2026-01"
    funded = Account(Kind.LAND_BATCH, source=Source.LAND_LEVY, batch=batch)
    with house.database.writing() as session:
        ledger.post(
            make_work(house, session, SYSTEM),
            Entry(
                "levy:1",
                date(2026, 1, 5),
                "levy_deposit",
                (
                    Posting(Account(Kind.TRANSITION_ACCOUNT), Decimal("20000.00")),
                    Posting(funded, Decimal("-20000.00")),
                ),
            ),
            region="guangdong",
        )

    accept(house, make_file(make_row(land_batch=batch, opening_land_levy="12000")), region="guangdong")

    with house.database.reading() as session:
        held = stored_ledger.read_balances(session, Book("guangdong"))
    person_id = only(house, PersonRecord)["id"]
    assert held[Account(Kind.SPECIAL_LEDGER, person_id, Source.LAND_LEVY, batch)] == Decimal("12000.00")
    assert held[funded] == Decimal("8000.00")


DEPOSIT = {
    "voucher": "PJ-0001",
    "land_batch": "GD-2026-01",
    "payer": "榕江开发公司",
    "payer_kind": "用地单位",
    "amount": "20000",
    "deposited_on": "2026-01-05",
}


def test_deposits_come_in_by_the_same_road(house: House):
    accept(house, make_file(DEPOSIT, sheet="deposit"), sheet="deposit", region="guangdong")

    again = accept(house, make_file(DEPOSIT, sheet="deposit"), sheet="deposit", region="guangdong")
    changed = accept(
        house, make_file({**DEPOSIT, "amount": "21000"}, sheet="deposit"), sheet="deposit", region="guangdong"
    )

    assert (again.unchanged, again.changed) == (1, 0)
    assert [(each.field, each.old, each.new) for each in changed.changes] == [
        ("amount", "20000.00", "21000.00")
    ]
    assert only(house, DepositRecord)["amount"] == Decimal("21000.00")


def preview(house: House, content: bytes, actor: Actor, now: datetime = NOW) -> str:
    with house.database.writing() as session:
        return rosters.preview(make_work(house, session, actor, now), "roster", content)


def accept_preview(house: House, token: str, actor: Actor, now: datetime = NOW) -> Findings:
    with house.database.writing() as session:
        return rosters.accept_preview(make_work(house, session, actor, now), token)


@pytest.fixture
def clerk(house: House) -> Actor:
    """A clerk of Jinning."""
    return make_staff(house, Role.CLERK)


def test_a_preview_is_kept_under_seal_and_accepted_once(house: House, clerk: Actor):
    token = preview(house, make_file(make_row()), clerk)
    sealed = house.blobs.get(only(house, RosterPreviewRecord)["blob"])

    assert "李桂芳".encode() not in sealed
    assert all_rows(house, PersonRecord) == []
    assert accept_preview(house, token, clerk).new == 1
    with pytest.raises(NoSuchPreview):
        accept_preview(house, token, clerk)


def test_a_preview_is_over_after_an_hour_and_its_file_goes(house: House, clerk: Actor):
    later = NOW + timedelta(hours=1)
    token = preview(house, make_file(make_row()), clerk)

    with pytest.raises(NoSuchPreview):
        accept_preview(house, token, clerk, later)
    with house.database.writing() as session:
        rosters.forget_expired_previews(make_work(house, session, SYSTEM, later))

    assert house.blobs.list_names() == []
    assert all_rows(house, RosterPreviewRecord) == []


def test_a_preview_is_its_reader_s_own(house: House, clerk: Actor):
    token = preview(house, make_file(make_row()), clerk)

    with pytest.raises(NoSuchPreview):
        accept_preview(house, token, make_staff(house, Role.CLERK))


def test_taking_in_is_on_record_with_counts_and_nothing_personal(house: House, clerk: Actor):
    with begin_work(house, clerk, lambda _: NOW) as work:
        rosters.accept(work, "roster", "jinning", io.BytesIO(make_file(make_row())))

    with house.database.reading() as session:
        act = session.execute(select(AuditRecord).where(AuditRecord.act == "roster_accepted")).scalar_one()
        assert act.facts == {"sheet": "roster", "new": 1, "changed": 0, "unchanged": 0, "held": 0}
        assert session.scalar(select(func.count()).select_from(PersonRecord)) == 1
