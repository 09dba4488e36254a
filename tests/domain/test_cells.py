from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import cells
from portal.domain.citizen_id import CitizenIdUnsound, demo_citizen_number
from portal.domain.errors import Refusal

READERS = [
    cells.read_words(40),
    cells.read_person_name,
    cells.read_citizen_id,
    cells.read_phone,
    cells.read_account,
    cells.read_insurance_no,
    cells.read_date,
    cells.read_count(0, 15),
    cells.read_area,
    cells.read_choice({"居民": 1}),
]


@pytest.mark.parametrize(
    "written",
    [
        "2020-06-11",
        "2020/6/11",
        "2020.6.11",
        "2020年6月11日",
        "20200611",
        "２０２０－０６－１１",
        " 2020-06-11 ",
        "2020-06-11 00:00:00",
        "43993",
    ],
)
def test_a_day_is_read_in_every_way_offices_write_it(written):
    assert cells.read_date(written) == date(2020, 6, 11)


@pytest.mark.parametrize(
    "written",
    ["2020-02-30", "1899-12-31", "2101-01-01", "6月11日", "2020-6", "去年", "99999", "20201301", "11/6/2020"],
)
def test_a_day_that_would_have_to_be_guessed_is_refused(written):
    with pytest.raises(cells.DateNotUnderstood):
        cells.read_date(written)


@given(st.dates(date(1955, 1, 1), date(2100, 12, 31)))
def test_the_day_count_of_a_workbook_agrees_with_the_written_day(day):
    assert cells.read_date(str((day - date(1899, 12, 30)).days)) == cells.read_date(day.isoformat()) == day


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("张　三", "张三"),
        ("张 三", "张三"),
        ("欧阳 小红", "欧阳小红"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("Anna  Li", "Anna Li"),
    ],
)
def test_a_name_is_read_without_the_spaces_that_only_set_it_out(written, name):
    assert cells.read_person_name(written) == name


@pytest.mark.parametrize("written", ["张三1", "<b>张三</b>", "=张三"])
def test_a_name_with_digits_or_signs_is_refused(written):
    with pytest.raises(cells.NameUnsound):
        cells.read_person_name(written)


@pytest.mark.parametrize(
    "written", ["13800001234", "138 0000 1234", "138-0000-1234", "+86 13800001234", "１３８００００１２３４"]
)
def test_a_phone_is_read_as_its_eleven_digits(written):
    assert cells.read_phone(written) == "13800001234"


@pytest.mark.parametrize("written", ["0871-1234567", "1380000123", "12800001234", "138000012345", "无"])
def test_a_number_that_cannot_get_a_text_message_is_no_phone(written):
    with pytest.raises(cells.PhoneUnsound):
        cells.read_phone(written)


@pytest.mark.parametrize(
    "read", [cells.read_citizen_id, cells.read_phone, cells.read_account, cells.read_insurance_no]
)
@pytest.mark.parametrize("written", ["4.40106E+17", "6.22202e18", "9.90101196001011e+17", "1E+11"])
def test_a_long_number_that_a_spreadsheet_has_rounded_is_recognised_as_lost(read, written):
    with pytest.raises(cells.DigitsLost):
        read(written)


def test_a_citizen_number_is_read_as_the_one_it_is():
    number = demo_citizen_number("990101", date(1960, 1, 1), 12)

    assert cells.read_citizen_id(number.digits.lower()) == number
    with pytest.raises(CitizenIdUnsound):
        cells.read_citizen_id(number.digits[:-1])


def test_an_account_is_its_digits_and_an_insurance_number_its_letters_and_digits():
    assert cells.read_account("6222 0000 0000 0000 019") == "6222000000000000019"
    assert cells.read_insurance_no("jn-0001 23") == "JN000123"


@pytest.mark.parametrize("written", ["1234567", "6222x", "1" * 31])
def test_an_account_of_another_shape_is_refused(written):
    with pytest.raises(cells.AccountUnsound):
        cells.read_account(written)


@pytest.mark.parametrize("written", ["X1", "编号一", "1" * 31])
def test_an_insurance_number_of_another_shape_is_refused(written):
    with pytest.raises(cells.InsuranceNoUnsound):
        cells.read_insurance_no(written)


@pytest.mark.parametrize(("written", "count"), [("0", 0), ("15", 15), ("3.0", 3), ("１５", 15)])
def test_years_are_counted_from_none_to_fifteen(written, count):
    assert cells.read_count(0, 15)(written) == count


@pytest.mark.parametrize("written", ["16", "-1", "3.5", "三", ""])
def test_years_beyond_fifteen_are_refused_with_the_bounds(written):
    with pytest.raises(cells.CountNotUnderstood) as refused:
        cells.read_count(0, 15)(written)

    assert refused.value.facts == {"least": 0, "most": 15}


def test_an_area_is_exact_to_four_places():
    assert cells.read_area("1.2345亩") == Decimal("1.2345")
    for written in ("1.23456", "-1", "1e3", "一亩", "1,000"):
        with pytest.raises(cells.AreaNotUnderstood):
            cells.read_area(written)


def test_a_choice_is_one_of_its_words_whatever_the_spaces_and_case():
    read = cells.read_choice({"居民": "resident", "notdrawing": "no"})

    assert read(" 居 民 ") == "resident"
    assert read("Not drawing") == "no"
    with pytest.raises(cells.NotAChoice) as refused:
        read("城镇")
    assert refused.value.facts == {"choices": ("居民", "notdrawing")}


def test_words_are_tidied_bounded_and_free_of_control_characters():
    read = cells.read_words(5)

    assert read(" 大  营 \n街 ") == "大 营 街"
    with pytest.raises(cells.TextTooLong):
        read("一二三四五六")
    with pytest.raises(cells.TextUnclean):
        read("村\x00")


@pytest.mark.parametrize("read", READERS)
@given(text=st.text(max_size=60))
def test_whatever_stands_in_a_cell_is_read_or_refused(read, text):
    with suppress(Refusal):
        read(text)
