"""CSV as offices have it: UTF-8 with and without a mark, GB18030 from Excel, commas or tabs."""

import codecs
import csv
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from portal.domain.sheets import MAX_COLUMNS, CellFault, Row, RowUndecodable, SheetTooWide

_ENCODINGS = ("utf-8", "gb18030")
_LINES_LISTENED_TO = 50
_LONGEST_LINE = 64 * 1024
_LINES_A_ROW = 100  # an unclosed quotation mark would otherwise swallow the file
_CHUNK = 64 * 1024
_UNDECODABLE = (CellFault(None, RowUndecodable.code),)


def open_csv(stream: BinaryIO) -> tuple[int, Iterator[Row]]:
    """Return the number of lines and the rows; a row is read when it is asked for."""
    count = sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(_CHUNK), b"")) + 1
    start = _skip_mark(stream)
    encoding = _likeliest_encoding(stream)
    stream.seek(start)
    delimiter = _likeliest_delimiter(stream.readline(_LONGEST_LINE).decode(encoding, "replace"))
    stream.seek(start)
    return count, _rows(_Lines(stream, encoding), delimiter)


def _rows(lines: "_Lines", delimiter: str) -> Iterator[Row]:
    number = 0
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # a field beyond the csv module's own limit of 128 KB
            raise SheetTooWide(row=number + 1, limit=MAX_COLUMNS) from error
        number += 1
        if len(cells) > MAX_COLUMNS:
            raise SheetTooWide(row=number, limit=MAX_COLUMNS)
        yield Row(number, cells, _UNDECODABLE if lines.has_bad_bytes else ())
        lines.begin_row()


class _Lines:
    """The lines of a file as text, none longer than a line can be; bad bytes are noted, not fatal."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._row = 0
        self.begin_row()

    def begin_row(self) -> None:
        self._row += 1
        self._lines_of_row = 0
        self.has_bad_bytes = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._stream.readline(_LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self._lines_of_row += 1
        if len(line) > _LONGEST_LINE or self._lines_of_row > _LINES_A_ROW:
            raise SheetTooWide(row=self._row, limit=MAX_COLUMNS)
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError:
            self.has_bad_bytes = True
            return line.decode(self._encoding, "replace")


def _skip_mark(stream: BinaryIO) -> int:
    """Go behind a UTF-8 byte order mark, and return where the text starts."""
    stream.seek(0)
    start = len(codecs.BOM_UTF8) if stream.read(3) == codecs.BOM_UTF8 else 0
    stream.seek(start)
    return start


def _likeliest_encoding(stream: BinaryIO) -> str:
    """Listen to the first lines that are not plain ASCII: which encoding understands more of them?"""
    telling = list(islice(_telling_lines(stream), _LINES_LISTENED_TO))
    return min(_ENCODINGS, key=lambda encoding: sum(not _decodes(line, encoding) for line in telling))


def _telling_lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(_LONGEST_LINE):
        if not line.isascii():
            yield line


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _likeliest_delimiter(line: str) -> str:
    return max(",\t;", key=line.count)
