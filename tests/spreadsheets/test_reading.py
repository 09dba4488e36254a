import csv
import tracemalloc
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.cells import DigitsLost, read_citizen_id
from portal.domain.sheets import CellFault, Row, SheetEmpty, SheetKindNotTaken, SheetTooWide
from portal.spreadsheets.reading import open_sheet
from portal.spreadsheets.writing import write_xlsx
from tests.spreadsheets.workbook_parts import relations_xml, row, sheet_xml, workbook, workbook_xml


def rows(file):
    return list(open_sheet(BytesIO(file)).rows)


def cells(file):
    return [list(row.cells) for row in rows(file)]


def made(write):
    """A workbook as an office program writes it; ``write`` fills its sheet."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        write(book, book.add_worksheet("花名册"))
    return file.getvalue()


CHINESE = "姓名,村\r\n张三,大营\r\n李四,坡上\r\n"


@pytest.mark.parametrize(
    "file",
    [
        CHINESE.encode(),
        b"\xef\xbb\xbf" + CHINESE.encode(),
        CHINESE.encode("gb18030"),
        CHINESE.replace("\r\n", "\n").rstrip("\n").encode("gb18030"),
        CHINESE.replace(",", "\t").encode("gb18030"),
    ],
    ids=["UTF-8", "UTF-8 with mark", "GB18030", "GB18030 with line feeds", "tabs"],
)
def test_a_csv_is_read_in_the_encodings_offices_use(file):
    assert rows(file) == [Row(1, ["姓名", "村"]), Row(2, ["张三", "大营"]), Row(3, ["李四", "坡上"])]


def test_the_encoding_is_heard_from_the_first_lines_that_tell_it():
    file = b"name,village\r\n" + b"a,b\r\n" * 500 + "张三,大营\r\n".encode("gb18030")

    assert cells(file)[-1] == ["张三", "大营"]


def test_a_row_with_bad_bytes_is_named_and_the_others_are_read():
    lines = [line.encode() for line in CHINESE.splitlines(keepends=True)]
    lines[1] = "张三".encode() + b"\xff\xfe,\xe5\r\n"

    found = rows(b"".join(lines))

    assert [row.faults for row in found] == [(), (CellFault(None, "row_undecodable"),), ()]
    assert found[2].cells == ["李四", "坡上"]


def test_a_quoted_cell_may_hold_commas_and_line_breaks():
    assert cells('姓名,备注\n张三,"一,\n二 ""三"""\n'.encode()) == [
        ["姓名", "备注"],
        ["张三", '一,\n二 "三"'],
    ]


def test_rows_of_a_csv_are_numbered_as_a_spreadsheet_shows_them():
    assert [row.number for row in rows('姓名\n\n"a\nb"\nc\n'.encode())] == [1, 2, 3, 4]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8), min_size=2, max_size=4
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_what_a_csv_program_writes_is_read_back(table):
    table = [["姓名", "村"], *table]
    written = StringIO()
    csv.writer(written).writerows(table)

    assert cells(written.getvalue().encode()) == table


@pytest.mark.parametrize(
    "file",
    [
        b"name\n" + b"x" * 1_000_000,
        b"name\n" + b",".join([b"x"] * 1_000_000),
        b"name\n" + b'"' + b"x\n" * 1_000_000,
        b"name\n" + b'"a\nb",' * 1_000_000,
        b"a," * 300 + b"\n",
    ],
    ids=["one endless cell", "a million columns", "an open quotation mark", "an endless row", "300 columns"],
)
def test_a_csv_that_would_fill_memory_with_one_row_is_refused(file):
    with pytest.raises(SheetTooWide):
        rows(file)


class Endless:
    """A CSV file of any number of rows that takes no memory itself."""

    def __init__(self, count):
        self.line = "张三,138000000000,晋宁区,大营村,新产生\r\n".encode()
        self.size = count * len(self.line)
        self.at = 0

    def seek(self, place):
        self.at = place

    def read(self, size):
        size = min(size, self.size - self.at)
        start = self.at % len(self.line)
        self.at += size
        return (self.line * (size // len(self.line) + 2))[start : start + size]

    def readline(self, limit):
        rest = len(self.line) - self.at % len(self.line)
        return self.read(min(rest, limit))


def peak_of_reading(count):
    tracemalloc.start()
    read = sum(1 for _ in open_sheet(Endless(count)).rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return read, peak


def test_a_csv_is_read_in_flat_memory():
    few, small = peak_of_reading(2_000)
    many, large = peak_of_reading(60_000)

    assert (few, many) == (2_000, 60_000)
    assert large < small * 1.2 + 100_000


def test_the_number_of_rows_is_told_for_a_progress_bar():
    assert open_sheet(BytesIO(CHINESE.encode())).row_count in (3, 4)
    with_rows = made(lambda book, sheet: [sheet.write(n, 0, "x") for n in range(7)])
    assert open_sheet(BytesIO(with_rows)).row_count == 7


def test_a_workbook_is_read_as_the_text_its_author_sees():
    def write(book, sheet):
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["姓名", "13800000001", 13800000001, 1234.1, 0.1 + 0.2, True])
        sheet.write_datetime(1, 0, date(2020, 6, 11), day)
        sheet.write_number(1, 1, 43993)
        sheet.write_number(1, 2, 990101196001010123)
        sheet.write_string(1, 3, "=1+1")

    first, second = cells(made(write))

    assert first == ["姓名", "13800000001", "13800000001", "1234.1", "0.3", "TRUE"]
    assert second[:2] + second[3:] == ["2020-06-11", "43993", "=1+1", "", ""]
    with pytest.raises(DigitsLost):
        read_citizen_id(second[2])


def test_rows_keep_the_numbers_and_cells_the_places_they_have_in_the_workbook():
    found = rows(made(lambda book, sheet: [sheet.write(2, 1, "编号"), sheet.write(5, 2, "a")]))

    assert found == [Row(3, ["", "编号", ""]), Row(6, ["", "", "a"])]


def test_a_formula_cell_is_a_fault_with_its_place():
    def write(book, sheet):
        sheet.write_row(0, 0, ["姓名", "金额"])
        sheet.write_string(1, 0, "张三")
        sheet.write_formula(1, 1, "=1+1", None, 2)
        sheet.write_formula(1, 27, "=A1", None, "x")
        sheet.write_string(2, 0, "<f> is only text")

    found = rows(made(write))

    assert [row.faults for row in found] == [
        (),
        (CellFault(1, "formula_cell"), CellFault(27, "formula_cell")),
        (),
    ]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2"><f>1+1</f><v>2</v></c>',
        "<c r='B2' t='str'><f/><v>2</v></c>",
        '<c s="1" r="B2">\n<f t="shared" si="0"/><v>2</v></c>',
        '<c r="B2"><f t="array" ref="B2">A1:c 3</f><v>2</v></c>',
    ],
)
def test_a_formula_is_found_however_it_is_written(cell):
    found = rows(workbook(row(1, "姓名", "金额") + f'<row r="2">{cell}</row>'))

    assert found[-1].faults == (CellFault(1, "formula_cell"),)


def test_formulas_are_found_across_the_pieces_in_which_a_sheet_is_read():
    def write(book, sheet):
        for number in range(20_000):
            sheet.write_row(number, 0, ["x" * 20] * 3)
            if number % 100 == 0:
                sheet.write_formula(number, 3, "=1", None, 1)

    found = rows(made(write))

    assert [row.number for row in found if row.faults] == [number + 1 for number in range(0, 20_000, 100)]


def test_the_first_sheet_that_can_be_seen_is_read():
    file = workbook(
        **{
            "xl/workbook.xml": workbook_xml(("藏", "hidden"), ("用", "visible"), ("后", "visible")),
            "xl/_rels/workbook.xml.rels": relations_xml(3),
            "xl/worksheets/sheet1.xml": sheet_xml('<row r="1"><c r="A1"><f>1</f><v>1</v></c></row>'),
            "xl/worksheets/sheet2.xml": sheet_xml(row(1, "看得见")),
            "xl/worksheets/sheet3.xml": sheet_xml(row(1, "后面")),
        }
    )

    assert rows(file) == [Row(1, ["看得见"])]


def test_what_we_write_we_read():
    file = write_xlsx("花名册", ["姓名", "金额", "日期"], [["张三", Decimal("12.30"), date(2020, 6, 11)]])

    assert cells(file) == [["姓名", "金额", "日期"], ["张三", "12.3", "2020-06-11"]]


@pytest.mark.parametrize(
    ("file", "found"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "xls"),
        ("姓名\n".encode("utf-16"), "utf16"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "unknown"),
        (workbook(**{"xl/workbook.bin": "x"}), "xlsb"),
        (workbook(**{"content.xml": "<office/>"}), "ods"),
        (workbook(**{"xl/workbook.xml": None}), "unknown"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_its_name(file, found):
    with pytest.raises(SheetKindNotTaken) as refused:
        rows(file)

    assert refused.value.facts == {"found": found}


def test_an_empty_file_is_refused():
    with pytest.raises(SheetEmpty):
        rows(b"")
