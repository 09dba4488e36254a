"""Opens a sheet that somebody sends, Excel or CSV, told apart by its bytes and never by its name."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from portal.domain.sheets import Row, SheetEmpty, SheetKindNotTaken, SheetLocked
from portal.spreadsheets import csv_files, workbooks

_ZIP = b"PK\x03\x04"
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old Excel, and new Excel behind a password
_LOCKED_PART = "EncryptedPackage".encode("utf-16-le")
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LOOKED_AT = 64 * 1024


class Sheet(NamedTuple):
    """An open sheet: its rows in order, and about how many there are, for a progress bar."""

    row_count: int
    rows: Iterator[Row]


def open_sheet(stream: BinaryIO) -> Sheet:
    """Open the first visible sheet of an .xlsx, or a CSV in UTF-8 or GB18030, from a seekable stream.

    The rows of a workbook are read by a confined child; those of a CSV are read as they are asked for, in
    flat memory. Raises the ``Sheet…`` refusals of `domain.sheets`, also while rows are taken.
    """
    stream.seek(0)
    head = stream.read(_LOOKED_AT)
    stream.seek(0)
    if not head:
        raise SheetEmpty
    if head.startswith(_ZIP):
        return Sheet(*workbooks.open_workbook(stream))
    if head.startswith(_COMPOUND_FILE):
        if _LOCKED_PART in head + stream.read(workbooks.MAX_BYTES):
            raise SheetLocked
        raise SheetKindNotTaken(found="xls")
    if head.startswith(_UTF_16_MARKS):
        raise SheetKindNotTaken(found="utf16")
    if b"\0" in head:
        raise SheetKindNotTaken(found="unknown")
    return Sheet(*csv_files.open_csv(stream))
