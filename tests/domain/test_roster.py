from datetime import date
from decimal import Decimal

import pytest

from portal.domain.citizen_id import demo_citizen_number
from portal.domain.enrolment import BenefitStatus, Category, Scheme
from portal.domain.ledger.accounts import Source
from portal.domain.roster import ROSTER, ChangeKind, FieldChange, Risk, RosterFacts, compare
from portal.domain.sheets import (
    Circumstances,
    HeaderNotFound,
    Line,
    Row,
    SheetProblem,
    find_header,
    read_lines,
)

TODAY = date(2026, 11, 21)
NUMBER = demo_citizen_number("990101", date(1962, 3, 5), 18)
OTHER = demo_citizen_number("990101", date(1970, 7, 1), 23)

PERSON = {
    "姓名": "王小田",
    "公民身份号码": NUMBER.digits,
    "手机号": "13800000001",
    "区县": "晋宁区",
    "乡镇": "上蒜镇",
    "村": "河边村",
    "组": "三组",
    "人员类别": "原参保人",
    "身份确认日期": "2020/6/11",
    "参保险种": "职工",
    "待遇状态": "未领取",
    "保险编号": "JN0001",
    "社保卡号": "6222000000000000019",
    "银行账号": "6217000000000000027",
    "开户行": "农村信用社",
    "期初已补助年数": "3",
    "期初已享受政府补贴": "9000",
    "期初个人缴费": "3,000.00",
    "期初集体补助": "500",
    "期初其他组织资助": "0",
    "期初公益资助": "0",
    "期初个人资助": "0",
    "期初政府补贴": "450",
    "期初征地社保费": "0",
    "期初利息": "61.20",
    "征地批次": "2019-04",
    "土地面积": "1.25",
    "户编号": "H0001",
    "死亡日期": "",
}


def read(*people, today=TODAY, demo=True):
    """Read people given as header and text; each may leave columns empty."""
    headers = list(dict.fromkeys(header for person in people for header in person))
    lines = [headers, *([person.get(header, "") for header in headers] for person in people)]
    rows = iter([Row(number, cells) for number, cells in enumerate(lines, 1)])
    return list(read_lines(find_header(ROSTER, rows), rows, Circumstances(today, demo)))


def problems(*people, **circumstances):
    found = [each for each in read(*people, **circumstances) if isinstance(each, SheetProblem)]
    return [(problem.row, problem.column, problem.code) for problem in found]


def facts(**changes):
    [line] = read(PERSON)
    return line.record._replace(**changes)


def test_a_full_row_is_read_into_what_it_says():
    [line] = read(PERSON)

    assert line == Line(
        2,
        RosterFacts(
            name="王小田",
            citizen_id=NUMBER,
            phone="13800000001",
            county="晋宁区",
            town="上蒜镇",
            village="河边村",
            village_group="三组",
            category=Category.LEGACY_MEMBER,
            identity_confirmed_on=date(2020, 6, 11),
            scheme=Scheme.EMPLOYEE,
            benefit_status=BenefitStatus.NOT_DRAWING,
            insurance_no="JN0001",
            card="6222000000000000019",
            account="6217000000000000027",
            bank_name="农村信用社",
            opening_used_years=3,
            opening_prior_subsidy=Decimal("9000.00"),
            opening_own_contribution=Decimal("3000.00"),
            opening_collective_subsidy=Decimal("500.00"),
            opening_organisation_aid=Decimal("0.00"),
            opening_charity_aid=Decimal("0.00"),
            opening_individual_aid=Decimal("0.00"),
            opening_gov_subsidy=Decimal("450.00"),
            opening_land_levy=Decimal("0.00"),
            opening_interest=Decimal("61.20"),
            land_batch="2019-04",
            land_area=Decimal("1.25"),
            household="H0001",
            died_on=None,
        ),
    )


def test_an_opening_balance_is_told_by_source_and_only_where_given():
    opening = facts(opening_charity_aid=None).opening_balances

    assert Source.CHARITY_AID not in opening
    assert sum(opening.values()) == Decimal("4011.20")
    assert opening[Source.INTEREST] == Decimal("61.20")


def test_name_number_county_town_village_and_category_are_all_that_must_be_there():
    short = {name: PERSON[name] for name in ("姓名", "公民身份号码", "区县", "乡镇", "村", "人员类别")}

    [line] = read(short)

    assert set(line.record) == {"王小田", NUMBER, "晋宁区", "上蒜镇", "河边村", Category.LEGACY_MEMBER, None}
    for missing in short:
        with pytest.raises(HeaderNotFound):
            read({name: text for name, text in short.items() if name != missing})


def test_headers_are_understood_in_english_too():
    english = {column.zh: column.en for column in ROSTER.columns}

    [line] = read({english[header]: text for header, text in PERSON.items()})

    assert line.record == facts()


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("姓名", "", "cell_empty"),
        ("公民身份号码", NUMBER.digits[:-1], "citizen_id_length_wrong"),
        ("公民身份号码", "9.90101E+17", "digits_lost"),
        ("手机号", "12345", "phone_unsound"),
        ("人员类别", "老参保人", "not_a_choice"),
        ("身份确认日期", "六月", "date_not_understood"),
        ("身份确认日期", "2026-11-22", "date_in_the_future"),
        ("身份确认日期", "1962-03-04", "date_before_birth"),
        ("死亡日期", "1950-01-01", "date_before_birth"),
        ("死亡日期", "2027-01-01", "date_in_the_future"),
        ("参保险种", "新农保", "not_a_choice"),
        ("银行账号", "123", "account_unsound"),
        ("期初已补助年数", "16", "count_not_understood"),
        ("期初利息", "61.205", "amount_too_precise"),
        ("期初利息", "-1", "amount_out_of_range"),
        ("期初政府补贴", "450元左右", "amount_not_a_number"),
        ("土地面积", "-1", "area_not_understood"),
    ],
)
def test_what_is_wrong_in_a_cell_is_told_with_row_column_and_code(column, text, code):
    field = next(each.field for each in ROSTER.columns if each.zh == column)

    assert problems(PERSON | {column: text}) == [(2, field, code)]


def test_the_day_of_reading_itself_is_not_in_the_future():
    [line] = read(PERSON | {"死亡日期": "2026-11-21"})

    assert line.record.died_on == TODAY


def test_a_person_born_tomorrow_is_refused():
    tomorrow = demo_citizen_number("990101", date(2026, 11, 22), 1)

    assert problems(PERSON | {"公民身份号码": tomorrow.digits, "身份确认日期": ""}) == [
        (2, "citizen_id", "date_in_the_future")
    ]


def test_all_problems_of_a_row_are_told_together():
    bad = PERSON | {"手机号": "1", "公民身份号码": "1", "死亡日期": "2027-01-01"}

    assert [column for _, column, _ in problems(bad)] == ["citizen_id", "phone", "died_on"]


def test_a_citizen_number_comes_once_in_a_file():
    again = PERSON | {"保险编号": "JN0002", "公民身份号码": f" {NUMBER.digits.lower()} "}

    assert problems(PERSON, again) == [(3, "citizen_id", "twice_in_the_file")]


def test_an_insurance_number_comes_once_in_a_file():
    assert problems(PERSON, PERSON | {"公民身份号码": OTHER.digits}) == [
        (3, "insurance_no", "twice_in_the_file")
    ]


def test_made_up_people_are_at_home_in_the_demonstration_alone():
    assert problems(PERSON, demo=False) == [(2, "citizen_id", "citizen_id_made_up")]


def test_nothing_personal_shows_when_a_row_is_printed():
    shown = repr(read(PERSON)) + repr(compare(facts(), facts(phone="13900000002")))

    for secret in (NUMBER.digits, "王小田", "13800000001", "13900000002", "6217000000000000027"):
        assert secret not in shown


def test_a_person_nobody_knew_is_new():
    assert compare(None, facts()).kind is ChangeKind.NEW


def test_the_same_row_again_changes_nothing():
    assert compare(facts(), facts()) == (ChangeKind.UNCHANGED, ())


def test_a_changed_row_shows_old_beside_new():
    change = compare(facts(), facts(village="坡上村", opening_used_years=4))

    assert change.kind is ChangeKind.CHANGED
    assert change.fields == (
        FieldChange("village", "河边村", "坡上村"),
        FieldChange("opening_used_years", 3, 4),
    )
    assert not any(each.risk for each in change.fields)


@pytest.mark.parametrize(
    ("field", "risk"),
    [
        ("phone", Risk.PHONE),
        ("account", Risk.PAYEE),
        ("card", Risk.PAYEE),
        ("bank_name", Risk.PAYEE),
    ],
)
@pytest.mark.parametrize("before", [None, "6200000000000000"])
def test_a_changed_phone_or_payee_is_marked_as_a_way_to_take_over_a_record(field, risk, before):
    change = compare(facts(**{field: before}), facts(**{field: "6211111111111111"}))

    assert {each.risk for each in change.fields} == {risk}


def test_an_empty_cell_wipes_nothing_out():
    assert compare(facts(), facts(phone=None, died_on=None, land_area=None)).kind is ChangeKind.UNCHANGED


def test_people_are_compared_with_themselves_only():
    with pytest.raises(ValueError, match="same person"):
        compare(facts(), facts(citizen_id=OTHER))
