"""Excel workbooks, read by a confined child: what a crafted one costs, it costs the child."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from portal.confinement.parent import ChildFailed, ChildOverran, ask_child
from portal.domain import sheets
from portal.domain.sheets import CellFault, FormulaCell, Row

MAX_BYTES = 50 * 1024 * 1024
SECONDS_A_WORKBOOK = 300.0  # a limit on standing still; the child's own limit is on working
_WORKER = "portal.spreadsheets.workbook_worker"
_CHILD_REFUSALS = (
    sheets.SheetBroken,
    sheets.SheetEmpty,
    sheets.SheetHasFormulas,
    sheets.SheetHasLinks,
    sheets.SheetHasMacros,
    sheets.SheetKindNotTaken,
    sheets.SheetLocked,
    sheets.SheetTooHeavy,
    sheets.SheetTooLong,
    sheets.SheetTooWide,
)


def open_workbook(stream: BinaryIO) -> tuple[int, Iterator[Row]]:
    """Return how many rows the first visible sheet has, and the rows."""
    given = stream.read(MAX_BYTES + 1)
    if len(given) > MAX_BYTES:
        raise sheets.SheetTooHeavy
    answer = _answer(given)
    about = next(answer)
    faults: dict[int, tuple[CellFault, ...]] = {}
    for row, place in about["formulas"]:
        faults[row] = (*faults.get(row, ()), CellFault(place, FormulaCell.code))
    return about["row_count"], _rows(answer, faults)


def _rows(answer: Iterator[Any], faults: Mapping[int, tuple[CellFault, ...]]) -> Iterator[Row]:
    for piece in answer:
        for number, cells in piece:
            yield Row(number, cells, faults.get(number, ()))


def _answer(given: bytes) -> Iterator[Any]:
    frames = ask_child(_WORKER, given=given, seconds=SECONDS_A_WORKBOOK, refusals=_CHILD_REFUSALS)
    try:
        yield from map(json.loads, frames)
    except ChildOverran as error:
        raise sheets.SheetTooHeavy from error
    except (ChildFailed, ValueError) as error:
        raise sheets.SheetBroken from error
