import csv
import re
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.spreadsheets.reading import open_sheet
from portal.spreadsheets.writing import write_csv, write_xlsx

TRAPS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    '=HYPERLINK("http://example.test")',
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "{=1+1}",
    "=cmd|' /C calc'!A0",
    "http://example.test",
]
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


def sheet_of(file):
    with ZipFile(BytesIO(file)) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()


def read_csv(lines):
    text = b"".join(lines).decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline="")))


@pytest.mark.parametrize("trap", TRAPS)
def test_text_never_becomes_a_formula_or_a_link_in_excel(trap):
    file = write_xlsx("名单", [trap], [[trap]])

    assert not re.search(r"<(\w+:)?f[\s/>]|hyperlink", sheet_of(file))
    assert [list(row.cells) for row in open_sheet(BytesIO(file)).rows] == [[trap], [trap]]
    assert all(not row.faults for row in open_sheet(BytesIO(file)).rows)


@pytest.mark.parametrize("trap", [trap for trap in TRAPS if trap[0] not in "{h"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe_in_csv(trap):
    assert read_csv(write_csv([trap], [[trap]])) == [[f"'{trap}"], [f"'{trap}"]]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=10), min_size=1, max_size=4))
def test_no_cell_of_a_csv_begins_like_a_formula(row):
    for cells in read_csv(write_csv(["列"], [row])):
        assert not any(cell.lstrip(" ").startswith(FORMULA_STARTS) for cell in cells)


def test_amounts_and_counts_are_numbers_and_long_numbers_text():
    row = [Decimal("1234.50"), Decimal("-5.00"), 3, "990101196001010123", 10**17, date(2020, 6, 11), None]

    sheet = sheet_of(write_xlsx("名单", list("abcdefg"), [row]))
    second = sheet.split('<row r="2"')[1]

    kinds = {cell[0]: 't="s"' in cell for cell in re.findall(r'<c r="([A-G]2"[^>]*)>', second)}
    assert kinds == {"A": False, "B": False, "C": False, "D": True, "E": True, "F": True}


def test_amounts_in_a_csv_have_two_decimals_and_keep_their_sign():
    assert read_csv(write_csv(["金额"], [[Decimal("-5.00"), Decimal("1234.50"), 3, None]]))[1] == [
        "-5.00",
        "1234.50",
        "3",
        "",
    ]


def test_a_citizen_number_typed_into_a_template_stays_text():
    file = write_xlsx("花名册", ["姓名", "公民身份号码"], [])
    with ZipFile(BytesIO(file)) as parts:
        styles = parts.read("xl/styles.xml").decode()

    formats = re.findall(r'<xf numFmtId="(\d+)"', styles.split("<cellXfs")[1])
    text_styles = {number for number, kind in enumerate(formats) if kind == "49"}
    columns = [int(style) for style in re.findall(r'<col [^>]*style="(\d+)"', sheet_of(file))]

    assert columns
    assert set(columns) <= text_styles, "49 is the number format 'text'"


def test_excel_knows_a_csv_as_utf_8_by_its_mark():
    assert b"".join(write_csv(["姓名"], [])) == b"\xef\xbb\xbf" + "姓名\r\n".encode()


def test_the_lines_of_a_csv_come_as_its_rows_do():
    lines = write_csv(["n"], ([n] for n in range(10**9)))

    assert [next(lines) for _ in range(3)] == [b"\xef\xbb\xbfn\r\n", b"0\r\n", b"1\r\n"]


def test_the_same_rows_make_the_same_workbook():
    assert write_xlsx("名单", ["姓名"], [["张三"]]) == write_xlsx("名单", ["姓名"], [["张三"]])
