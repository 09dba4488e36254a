"""Writes sheets that people open in Excel: no cell of them can ever be a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import TypeAlias
from unicodedata import east_asian_width, normalize

import xlsxwriter

Cell: TypeAlias = str | int | Decimal | date | None

_FORMULA_STARTS = ("=", "+", "-", "@")
_EXACT_DIGITS = 15  # a workbook keeps no more of a number
_SAME_EVERY_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook names a creation time without a zone
_WHOLE, _TWO_DECIMALS, _AS_TEXT = 1, 2, 49  # number formats that every office program has built in
_NARROWEST, _WIDEST = 8, 40


def write_xlsx(title: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook of one sheet; made in memory, so that nothing of it is left on a disk.

    Text is typed as text whatever it begins with, and every column is set to text, so that a citizen
    number typed into a template stays whole. Amounts and counts are numbers, days are 2020-06-11.
    """
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": _SAME_EVERY_TIME})
        text = workbook.add_format({"num_format": _AS_TEXT})
        amount = workbook.add_format({"num_format": _TWO_DECIMALS})
        count = workbook.add_format({"num_format": _WHOLE})
        head = workbook.add_format({"num_format": _AS_TEXT, "bold": True, "bottom": 1})
        sheet = workbook.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for place, header in enumerate(headers):
            sheet.set_column(place, place, _width(header), text)
            sheet.write_string(0, place, header, head)
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, Decimal) and len(cell.as_tuple().digits) <= _EXACT_DIGITS:
                    sheet.write_number(number, place, cell, amount)
                elif isinstance(cell, int) and abs(cell) < 10**_EXACT_DIGITS:
                    sheet.write_number(number, place, cell, count)
                elif cell is not None:
                    sheet.write_string(number, place, str(cell), text)
    return file.getvalue()


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield the lines of a CSV in UTF-8 with the mark by which Excel knows it, as rows come.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    yield b"\xef\xbb\xbf" + _csv_line(headers)
    for row in rows:
        yield _csv_line(row)


def _csv_line(cells: Sequence[Cell]) -> bytes:
    line = StringIO()
    csv.writer(line).writerow(["" if cell is None else _harmless(cell) for cell in cells])
    return line.getvalue().encode()


def _harmless(cell: Cell) -> str:
    if not isinstance(cell, str):
        return str(cell)
    seen = normalize("NFKC", cell).lstrip()
    return f"'{cell}" if seen.startswith(_FORMULA_STARTS) or cell.startswith(("\t", "\r")) else cell


def _width(header: str) -> int:
    wide = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in header)
    return min(max(wide + 2, _NARROWEST), _WIDEST)
