"""One engine for every sheet that offices send: columns in any order, every problem of every row at once.

A `Layout` is a table of columns; `find_header` meets it with a file's first rows; the `Header` found then
reads each row into the layout's record, or into the list of all that is wrong with it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeAlias, TypeVar
from unicodedata import normalize

from portal.domain.cells import CellEmpty, DateInTheFuture
from portal.domain.errors import Refusal

Record = TypeVar("Record", bound=NamedTuple)

MAX_WORKBOOK_ROWS = 200_000
MAX_COLUMNS = 200
_NOT_OF_A_HEADER = re.compile(r"[\s_*:]|\(必填\)|\(required\)")
_ROWS_BEFORE_HEADER = 10  # titles, the unit, the date
_KNOWN_AT_MOST = 4096


class CellFault(NamedTuple):
    """What is wrong with a cell before it is read; ``place`` counts from 0, None is the whole row."""

    place: int | None
    code: str


class Row(NamedTuple):
    """One row of a file as text: ``number`` as the spreadsheet counts it, an empty cell is ``""``."""

    number: int
    cells: Sequence[str]
    faults: tuple[CellFault, ...] = ()


class SheetProblem(NamedTuple):
    """One thing wrong: in which row, in which column (a field's name, or None for the whole row), and what.

    ``facts`` never hold what stood in a cell.
    """

    row: int
    column: str | None
    code: str
    facts: Mapping[str, object] = {}


class Circumstances(NamedTuple):
    """Under which a sheet is read: the day, and whether this is the demonstration with its made-up people."""

    today: date
    demo: bool


Wrong: TypeAlias = tuple[str, type[Refusal]]
"""A field of a record, and what is wrong with it."""


class FormulaCell(Refusal):
    """A cell that computes its value: what it shows here may differ from what its author saw."""

    code: ClassVar[str] = "formula_cell"


class RowUndecodable(Refusal):
    """A row of a CSV file with bytes that are no text in the encoding of the rest."""

    code = "row_undecodable"


class SheetKindNotTaken(Refusal):
    """Neither .xlsx nor CSV; ``facts["found"]`` is ``xls``, ``xlsb``, ``ods``, ``utf16`` or ``unknown``."""

    code = "sheet_kind_not_taken"


class SheetBroken(Refusal):
    """It begins like a workbook and cannot be read: damaged, or not what it pretends to be."""

    code = "sheet_broken"


class SheetLocked(Refusal):
    """A workbook that opens only with a password."""

    code = "sheet_locked"


class SheetHasMacros(Refusal):
    """A workbook with programs in it."""

    code = "sheet_has_macros"


class SheetHasLinks(Refusal):
    """A workbook that takes values from other files."""

    code = "sheet_has_links"


class SheetHasFormulas(Refusal):
    """So many formula cells that listing them helps nobody; ``facts["limit"]`` would have been listed."""

    code = "sheet_has_formulas"


class SheetTooLong(Refusal):
    """A workbook of more than ``facts["limit"]`` rows; as CSV any number of rows is read."""

    code = "sheet_too_long"


class SheetTooWide(Refusal):
    """Row ``facts["row"]`` has more than ``facts["limit"]`` columns, or runs over too many characters."""

    code = "sheet_too_wide"


class SheetTooHeavy(Refusal):
    """Unpacked, the workbook would take more memory or time than any roster needs."""

    code = "sheet_too_heavy"


class SheetEmpty(Refusal):
    """No row with anything in it."""

    code = "sheet_empty"


class HeaderNotFound(Refusal):
    """No row among the first has the headers that must be there.

    ``facts``: ``row`` that came nearest, ``missing`` and ``twice``, tuples of field names, and ``unknown``,
    what stands in that row and means no column.
    """

    code = "header_not_found"


class TwiceInTheFile(Refusal):
    """The same value stands in row ``facts["first_row"]`` already."""

    code = "twice_in_the_file"


@dataclass(frozen=True)
class Column:
    """A column: the record's field, how its header is written, and how a cell of it is read.

    ``repeats`` marks a column with few different values; each is then read once for the whole file.
    ``unique`` marks one in which no value may come twice.
    """

    field: str
    zh: str
    en: str
    read: Callable[[str], object]
    required: bool = False
    repeats: bool = False
    unique: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout(Generic[Record]):
    """The columns of one kind of sheet, in the order of its record's fields.

    ``check`` looks at a whole record, in which a field that could not be read is None.
    """

    name: str
    record: type[Record]
    columns: tuple[Column, ...]
    check: Callable[[Record, Circumstances], Iterable[Wrong]] = lambda _record, _circumstances: ()
    _by_header: dict[str, Column] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if tuple(column.field for column in self.columns) != self.record._fields:
            raise ValueError(f"the columns of {self.name} are not the fields of {self.record.__name__}")
        named = [
            (fold_header(header), column)
            for column in self.columns
            for header in (column.zh, column.en, column.field, *column.also)
        ]
        object.__setattr__(self, "_by_header", dict(named))

    def column(self, header: str) -> Column | None:
        """Find the column that a header means."""
        return self._by_header.get(fold_header(header))


class FirstRows(Protocol):
    """In which row each value of a unique column came first."""

    def first_row(self, field: str, value: object, row: int) -> int:
        """Return the row in which ``value`` stood first under ``field``: ``row`` itself when it is new."""


class FirstRowsInMemory:
    """For sheets that end soon; a million rows would take 300 MB."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, object], int] = {}

    def first_row(self, field: str, value: object, row: int) -> int:
        """Return the row in which ``value`` stood first under ``field``."""
        return self._rows.setdefault((field, value), row)


class _Place(NamedTuple):
    """Where a column stands in this file, and in the record, and what has been read under it."""

    cell: int
    slot: int
    column: Column
    known: dict[str, object] | None


class Header(Generic[Record]):
    """A layout met with one file: which place holds which column."""

    def __init__(self, layout: Layout[Record], row: Row, first_rows: FirstRows) -> None:
        self.layout = layout
        self._first_rows = first_rows
        self.row = row.number
        self._places: dict[str, _Place] = {}
        ignored: list[str] = []
        twice: list[str] = []
        for cell, text in enumerate(row.cells):
            column = layout.column(text)
            if column is None:
                ignored += [text.strip()] if text.strip() else []
            elif column.field in self._places:
                twice.append(column.field)
            else:
                self._places[column.field] = _Place(
                    cell,
                    layout.columns.index(column),
                    column,
                    {} if column.repeats else None,
                )
        self.ignored = tuple(ignored)
        """Headers that mean no column of this layout; what stands under them is not read."""
        self.twice = tuple(twice)
        self.missing = tuple(
            column.field for column in layout.columns if column.required and column.field not in self._places
        )

    @property
    def found(self) -> int:
        """How many columns of the layout stand in this row."""
        return len(self._places)

    def holds(self, field: str) -> bool:
        """Whether there is a column for a field."""
        return field in self._places

    def read(self, row: Row) -> tuple[Record, list[SheetProblem]]:
        """Read one row into a record and every problem of its cells.

        A column that is absent, empty or wrong is None in the record, which is sound only without problems.
        """
        cells = row.cells
        end = len(cells)
        values: list[object] = [None] * len(self.layout.columns)
        problems = self._faults(row) if row.faults else []
        for cell, slot, column, known in self._places.values():
            text = cells[cell] if cell < end else ""
            if known is not None and text in known:
                values[slot] = known[text]
                continue
            if not text or text.isspace():
                if column.required:
                    problems.append(SheetProblem(row.number, column.field, CellEmpty.code))
                continue
            try:
                value = values[slot] = column.read(text)
            except Refusal as refusal:
                problems.append(SheetProblem(row.number, column.field, refusal.code, refusal.facts))
                continue
            if known is not None and len(known) < _KNOWN_AT_MOST:
                known[text] = value
            if column.unique:
                first = self._first_rows.first_row(column.field, value, row.number)
                if first != row.number:
                    facts = {"first_row": first}
                    problems.append(SheetProblem(row.number, column.field, TwiceInTheFile.code, facts))
        return self.layout.record._make(values), problems

    def _faults(self, row: Row) -> list[SheetProblem]:
        """Leave out a fault under a header that is not read: it does no harm."""
        fields = {place.cell: field for field, place in self._places.items()}
        return [
            SheetProblem(row.number, None if cell is None else fields[cell], code)
            for cell, code in row.faults
            if cell is None or cell in fields
        ]


class Line(NamedTuple, Generic[Record]):
    """A sound row: its number in the file and what it says."""

    number: int
    record: Record


def find_header(
    layout: Layout[Record], rows: Iterator[Row], first_rows: FirstRows | None = None
) -> Header[Record]:
    """Take rows up to the one that holds the headers; titles may stand above it.

    ``first_rows`` finds what stands twice; without it, what was read is held in memory.

    Raises HeaderNotFound, which names everything missing at once, or SheetEmpty.
    """
    nearest: Header[Record] | None = None
    seen = FirstRowsInMemory() if first_rows is None else first_rows
    for row in islice(rows, _ROWS_BEFORE_HEADER):
        header = Header(layout, row, seen)
        if header.found and not (header.missing or header.twice):
            return header
        if is_filled(row) and (nearest is None or header.found > nearest.found):
            nearest = header
    if nearest is None:
        raise SheetEmpty
    raise HeaderNotFound(
        row=nearest.row, missing=nearest.missing, twice=nearest.twice, unknown=nearest.ignored
    )


def read_lines(
    header: Header[Record], rows: Iterable[Row], circumstances: Circumstances
) -> Iterator[Line[Record] | SheetProblem]:
    """Read what follows the header: each filled row as a line, or as every problem it has.
    Rows are not kept.
    """
    check = header.layout.check
    for row in rows:
        if not (row.faults or is_filled(row)):
            continue
        record, problems = header.read(row)
        for column, wrong in check(record, circumstances):
            problems.append(SheetProblem(row.number, column, wrong.code))
        if problems:
            yield from problems
        else:
            yield Line(row.number, record)


def check_past(column: str, day: date | None, circumstances: Circumstances) -> tuple[Wrong, ...]:
    """Find fault with a day that has not come yet."""
    return ((column, DateInTheFuture),) if day and day > circumstances.today else ()


def is_filled(row: Row) -> bool:
    """Whether anything but white space stands in the row."""
    return any(map(str.strip, row.cells))


def fold_header(header: str) -> str:
    """A header as it is compared: width, case, spaces and marks of being required do not count."""
    return _NOT_OF_A_HEADER.sub("", normalize("NFKC", header).casefold())
