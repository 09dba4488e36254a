"""The confined reader of workbooks: ``python -m portal.spreadsheets.workbook_worker``.

A gate looks at the zip's directory and at the sheet's XML before the reader proper sees the file. The
answer is one JSON frame about the sheet, then its rows as text, some hundreds to a frame.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from posixpath import join, normpath
from typing import IO
from xml.etree import ElementTree
from zipfile import ZipFile

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError

from portal.confinement.child import Limits, serve
from portal.domain.errors import Refusal
from portal.domain.sheets import (
    MAX_COLUMNS,
    MAX_WORKBOOK_ROWS,
    SheetBroken,
    SheetEmpty,
    SheetHasFormulas,
    SheetHasLinks,
    SheetHasMacros,
    SheetKindNotTaken,
    SheetLocked,
    SheetTooHeavy,
    SheetTooLong,
    SheetTooWide,
)

LIMITS = Limits(memory=1024 * 1024 * 1024, cpu_seconds=60, open_files=32)

_MAX_PARTS = 2_000
_MAX_UNPACKED = 768 * 1024 * 1024
_SUSPECT_FROM = 16 * 1024 * 1024  # below it a great ratio is only an empty sheet
_MAX_RATIO = 200  # a sheet of one value all over packs about 1 : 60
_MAX_DIRECTORY_PART = 8 * 1024 * 1024

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_OTHER_KINDS = {"xl/workbook.bin": "xlsb", "content.xml": "ods"}

_MAX_FORMULAS = 1_000
_CHUNK = 1024 * 1024
_LONGEST_CELL = 8 * 1024 * 1024
_ROW_END = re.compile(rb"</(?:\w+:)?row\s*>")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_FORMULA_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^<>]*\s)?r=["']([A-Z]{1,3})([0-9]{1,7})["'][^<>]*>\s*<(?:\w+:)?f[\s/>]"""
)

_EXACT_UP_TO = 10**15  # a workbook keeps 15 digits of a number

_ROWS_A_FRAME = 500
_CHARACTERS_A_FRAME = 1_000_000


def read_workbook(file: bytes) -> Iterator[bytes]:
    """Yield the frames of the answer, or raise a ``Sheet…`` refusal."""
    try:
        with ZipFile(BytesIO(file)) as parts:
            _check_parts(parts)
            name, part = _first_visible_sheet(parts)
            with parts.open(part) as xml:
                formulas = _scan_sheet(xml)
        sheet = CalamineWorkbook.from_filelike(BytesIO(file)).get_sheet_by_name(name)
    except PasswordError as error:
        raise SheetLocked from error
    except (Refusal, MemoryError):
        raise
    except Exception as error:  # crafted bytes can make a parser raise anything, and it all means one thing
        raise SheetBroken from error
    last_row, last_place = sheet.end or (-1, -1)
    if last_place >= MAX_COLUMNS:
        raise SheetTooWide(row=1, limit=MAX_COLUMNS)
    about = {"row_count": last_row + 1, "formulas": formulas}
    yield json.dumps(about).encode()
    yield from _frames(sheet)


def _check_parts(parts: ZipFile) -> None:
    """Judge the file by its directory: what kind it is, what it carries, how much it would unpack to."""
    members = {member.filename.lower(): member for member in parts.infolist()}
    if len(parts.infolist()) > _MAX_PARTS:
        raise SheetTooHeavy
    for part, kind in _OTHER_KINDS.items():
        if part in members:
            raise SheetKindNotTaken(found=kind)
    if _WORKBOOK not in members:
        raise SheetKindNotTaken(found="unknown")
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in members):
        raise SheetHasMacros
    if any(name.startswith("xl/externallinks/") for name in members):
        raise SheetHasLinks
    unpacked = sum(member.file_size for member in parts.infolist())
    packed = sum(member.compress_size for member in parts.infolist())
    if unpacked > _MAX_UNPACKED or (unpacked > _SUSPECT_FROM and unpacked > packed * _MAX_RATIO):
        raise SheetTooHeavy


def _first_visible_sheet(parts: ZipFile) -> tuple[str, str]:
    """Find the name of the first sheet that can be seen, and the part it stands in."""
    targets = {each.get("Id"): each.get("Target", "") for each in _small_xml(parts, _RELATIONS)}
    for sheet in _small_xml(parts, _WORKBOOK).iterfind("{*}sheets/{*}sheet"):
        part = normpath(join("/xl", targets.get(sheet.get(_RELATION_ID), ""))).removeprefix("/")
        if sheet.get("state", "visible") == "visible" and part.startswith("xl/worksheets/"):
            return sheet.get("name", ""), part
    raise SheetEmpty


def _small_xml(parts: ZipFile, name: str) -> ElementTree.Element:
    if parts.getinfo(name).file_size > _MAX_DIRECTORY_PART:
        raise SheetTooHeavy
    text = parts.read(name)
    if b"<!DOCTYPE" in text:  # no office program writes one, and entities can be made to multiply
        raise SheetBroken
    return ElementTree.fromstring(text)  # noqa: S314 - it has no entities  # nosec B314


def _scan_sheet(xml: IO[bytes]) -> list[tuple[int, int]]:
    """Return row and place of each formula cell; refuse a sheet that is too long to be held at once."""
    formulas: list[tuple[int, int]] = []
    rows = 0
    for piece in _pieces(xml):
        rows += len(_ROW_END.findall(piece))
        formulas += _formula_cells(piece)
        if rows > MAX_WORKBOOK_ROWS:
            raise SheetTooLong(limit=MAX_WORKBOOK_ROWS)
        if len(formulas) > _MAX_FORMULAS:
            raise SheetHasFormulas(limit=_MAX_FORMULAS)
    return formulas


def _pieces(xml: IO[bytes]) -> Iterator[bytes]:
    """Yield a sheet's XML in pieces that each end between two cells."""
    rest = b""
    while chunk := xml.read(_CHUNK):
        whole, rest = _cut_between_cells(rest + chunk)
        if len(rest) > _LONGEST_CELL:
            raise SheetTooHeavy
        yield whole
    yield rest


def _cut_between_cells(text: bytes) -> tuple[bytes, bytes]:
    """Split so that neither a cell nor a tag lies on both sides."""
    cut = max(text.rfind(b"<c "), text.rfind(b":c "), text.rfind(b"<row"), text.rfind(b"</row"))
    cut = max(text.rfind(b"<", 0, cut + 1), 0)
    return text[:cut], text[cut:]


def _formula_cells(xml: bytes) -> list[tuple[int, int]]:
    if b"<f" not in xml and b":f" not in xml:
        return []
    found = [(int(row), _place(letters)) for letters, row in _FORMULA_CELL.findall(xml)]
    if len(found) != len(_FORMULA.findall(xml)):
        raise SheetHasFormulas(limit=0)  # they stand where no office program puts them
    return found


def _place(letters: bytes) -> int:
    """Count a column's letters from 0: A, B … Z, AA."""
    place = 0
    for letter in letters:
        place = place * 26 + letter - ord("A") + 1
    return place - 1


def _frames(sheet: CalamineSheet) -> Iterator[bytes]:
    """Pack rows, each with its number, into frames; rows without anything in them are left out."""
    left = [""] * (sheet.start or (0, 0))[1]
    held: list[tuple[int, list[str]]] = []
    size = 0
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [value if isinstance(value, str) else _text(value) for value in values]
        length = sum(map(len, cells))
        if not length:
            continue
        held.append((number, left + cells))
        size += length
        if len(held) >= _ROWS_A_FRAME or size >= _CHARACTERS_A_FRAME:
            yield json.dumps(held, ensure_ascii=False).encode()
            held, size = [], 0
    yield json.dumps(held, ensure_ascii=False).encode()


def _text(value: float | bool | date | datetime | time | timedelta) -> str:
    """Write a value as its author would read it, so that every sheet is text from here on."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_UP_TO:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return str(value)


if __name__ == "__main__":
    serve(LIMITS, read_workbook)
