"""TOML files read field by field, so that everything wrong is told at once, each with its line."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, TypeVar

import tomli

from portal.content.problems import Problem
from portal.domain.errors import Refusal
from portal.domain.money import ZERO, parse_yuan

_Step = str | int
_Path = tuple[_Step, ...]

YEARS = range(1900, 2200)
"""A day outside of these years is a slip of the pen."""

T = TypeVar("T")
TextOrWhole = TypeVar("TextOrWhole", str, int)

_HEADER = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\")(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"))*)\s*=")
_PART = re.compile(r"\"([^\"]*)\"|([A-Za-z0-9_-]+)")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")
_RATE = re.compile(r"0\.\d{1,8}")
_SYNTAX_LINE = re.compile(r" \(at line (\d+), .*\)$")


@dataclass(frozen=True)
class Text:
    """Words for people, in Simplified Chinese and in English; Traditional comes by conversion."""

    zh: str
    en: str


class Table:
    """One table of a file.

    What is missing or malformed is noted and replaced by an empty value, so that reading goes on;
    whoever holds the list of problems raises at the end. ``is_stand_in`` is true of the empty table
    in the place of a file that could not be read.
    """

    def __init__(
        self,
        path: Path,
        values: Mapping[str, Any],
        problems: list[Problem],
        lines: Mapping[_Path, int],
        at: _Path = (),
    ) -> None:
        self._path = path
        self._values = values
        self._problems = problems
        self._lines = lines
        self._at = at
        self._read: set[str] = set()
        self.is_stand_in = False

    @classmethod
    def read(cls, path: Path, problems: list[Problem]) -> Self:
        """Read a file; one that is missing or no TOML is noted once and read as empty."""
        source = read_source(path, problems)
        try:
            if source is not None:
                return cls(path, tomli.loads(source), problems, _line_index(source))
        except tomli.TOMLDecodeError as error:
            line = _SYNTAX_LINE.search(str(error))
            message = _SYNTAX_LINE.sub("", str(error))
            problems.append(Problem(path, int(line[1]) if line else 1, f"not TOML: {message}"))
        # What is missing from a file that cannot be read needs no second complaint.
        stand_in = cls(path, {}, [], {})
        stand_in.is_stand_in = True
        return stand_in

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> tuple[str, ...]:
        """The fields that are there, in the file's order."""
        return tuple(self._values)

    def complain(self, message: str, name: str | None = None) -> None:
        """Note a problem with this table, or with one of its fields."""
        at = self._at if name is None else (*self._at, name)
        self._problems.append(Problem(self._path, self._line_of(at), message))

    def _line_of(self, at: _Path) -> int:
        """Find the line of a field, of the first of several tables, or else of what it stands in."""
        while at:
            for place in (at, (*at, 0)):
                if place in self._lines:
                    return self._lines[place]
            at = at[:-1]
        return 1

    def text(self, name: str) -> str:
        """A piece of text that must be there and not empty."""
        return self._required(name, "text in quotes", str)

    def text_if_any(self, name: str) -> str:
        """A piece of text, empty when it is left out."""
        return self._optional(name, "text in quotes", "")

    def words(self, name: str) -> Text:
        """Text in Chinese under ``name`` and in English under ``name_en``."""
        return Text(self.text(name), self.text(f"{name}_en"))

    def words_if_any(self, name: str) -> Text | None:
        """Text in both languages, or ``None`` when it is left out."""
        if name in self or f"{name}_en" in self:
            return self.words(name)
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty when it is left out."""
        values: list[Any] = self._optional(name, 'a list of texts, ["…", "…"]', [])
        if not all(isinstance(value, str) and value for value in values):
            self.complain(f'{name} must be a list of texts, ["…", "…"]', name)
            return ()
        return tuple(values)

    def flag(self, name: str) -> bool:
        """``true`` or ``false``; ``false`` when it is left out."""
        return self._optional(name, "true or false", False)

    def whole(self, name: str) -> int:
        """A whole number that must be there."""
        return self._required(name, "a whole number", int)

    def count(self, name: str, most: int | None = None) -> int:
        """A whole number of one or more, and not above ``most``, that must be there."""
        value = self.whole(name)
        if name not in self or type(self._values[name]) is not int:
            return value
        if value < 1:
            self._must_be(name, "a whole number of 1 or more", value)
        elif most is not None and value > most:
            self._must_be(name, f"a whole number of 1 to {most}", value)
        return value

    def day(self, name: str) -> date:
        """A day that must be there, written 2020-03-01."""
        return self.day_if_any(name, required=True) or date.max

    def day_if_any(self, name: str, *, required: bool = False) -> date | None:
        """A day, or ``None`` when it is left out."""
        value = self._take(name)
        if isinstance(value, date) and not isinstance(value, datetime):
            if value.year not in YEARS:
                self._must_be(name, f"a day of the years {YEARS[0]} to {YEARS[-1]}", value)
            return value
        if value is not None or required:
            self._must_be(name, "a day such as 2020-03-01", value)
        return None

    def yuan(self, name: str) -> Decimal:
        """An amount in quotes, such as "1000.00", that must be there."""
        written = self._required(name, 'an amount in quotes such as "1000.00"', str)
        try:
            return parse_yuan(written) if written else ZERO
        except Refusal:
            self._must_be(name, 'an amount in quotes such as "1000.00"', written)
            return ZERO

    def rate(self, name: str) -> Decimal:
        """A fraction of one in quotes, such as "0.0262" for 2.62 per cent, that must be there."""
        written = self._required(name, 'a fraction in quotes such as "0.0262"', str)
        rate = Decimal(written) if _RATE.fullmatch(written) else Decimal(0)
        if written and not rate:
            self._must_be(name, 'a fraction in quotes such as "0.0262"', written)
        return rate

    def raw(self, name: str) -> Any:
        """A field as TOML gives it, ``None`` when it is left out; the caller says what it must be."""
        return self._take(name)

    def table(self, name: str) -> Self:
        """A table under this one, empty when it is left out."""
        return self._under(self._optional(name, "a table", {}), name)

    def tables(self, name: str) -> list[Self]:
        """The ``[[name]]`` tables under this one, in the file's order."""
        values: list[Any] = self._optional(name, f"a list of tables, [[{name}]]", [])
        if not all(isinstance(value, dict) for value in values):
            self.complain(f"{name} must be a list of tables, [[{name}]]", name)
            return []
        return [self._under(value, name, place) for place, value in enumerate(values)]

    def close(self) -> None:
        """Note every field that nobody asked for: most often a misspelt one."""
        for name in self._values:
            if name not in self._read:
                self.complain(f"nobody knows the field {name!r}", name)

    def _under(self, values: Mapping[str, Any], *steps: _Step) -> Self:
        return type(self)(self._path, values, self._problems, self._lines, (*self._at, *steps))

    def _take(self, name: str) -> Any:
        self._read.add(name)
        return self._values.get(name)

    def _required(self, name: str, kind: str, sort: type[TextOrWhole]) -> TextOrWhole:
        value = self._take(name)
        if type(value) is sort and value != "":
            return value
        self._must_be(name, kind, value)
        return sort()

    def _optional(self, name: str, kind: str, default: T) -> T:
        value = self._take(name)
        if value is None:
            return default
        if type(value) is type(default):
            return value
        self._must_be(name, kind, value)
        return default

    def _must_be(self, name: str, kind: str, value: object) -> None:
        if value is None:
            self.complain(f"the field {name!r} is missing; it must be {kind}")
        elif value == "":
            self.complain(f"{name} is still empty; it must be {kind}", name)
        else:
            told = value.isoformat() if isinstance(value, date) else repr(value)
            self.complain(f"{name} must be {kind}, not {told}", name)

    @property
    def problems_noted(self) -> int:
        """How many problems there are so far, in this file and in those read before it."""
        return len(self._problems)


def read_source(path: Path, problems: list[Problem]) -> str | None:
    """Read a file as UTF-8 text, with or without the mark that some editors put first, or note why not."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.append(Problem(path, 1, "the file is missing"))
    except UnicodeDecodeError:
        problems.append(Problem(path, 1, "the file is not UTF-8 text"))
    except OSError as error:
        problems.append(Problem(path, 1, f"the file cannot be read: {error.strerror}"))
    return None


def _line_index(source: str) -> dict[_Path, int]:
    """Find the line of every table and field, following headers and skipping values of several lines."""
    lines: dict[_Path, int] = {}
    counts: dict[_Path, int] = {}
    at: _Path = ()
    for number, line in _opening_lines(source):
        header = _HEADER.match(line)
        if header is not None:
            at = _header_path(_parts(header[2]), header[1] == "[[", counts)
            lines[at] = number
            continue
        key = _KEY.match(line)
        if key is not None:
            lines.setdefault((*at, *_parts(key[1])), number)
    return lines


def _opening_lines(source: str) -> Iterator[tuple[int, str]]:
    """Give the lines that open a header or a field, without the inner lines of arrays and long strings."""
    depth = 0
    closing: str | None = None
    for number, line in enumerate(source.splitlines(), start=1):
        if closing is not None:
            closing = None if closing in line else closing
            continue
        if depth == 0:
            yield number, line
        opened = next((mark for mark in ('"""', "'''") if line.count(mark) == 1), None)
        if opened is not None:
            closing = opened
            continue
        code = _STRING.sub("", line).split("#", 1)[0]
        if depth > 0 or "=" in code:
            depth += sum(map(code.count, "[{")) - sum(map(code.count, "]}"))


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(quoted or plain for quoted, plain in _PART.findall(dotted))


def _header_path(parts: tuple[str, ...], one_of_many: bool, counts: dict[_Path, int]) -> _Path:
    """Turn a header into the path of its table, counting the tables of the same ``[[name]]``."""
    path: _Path = ()
    for part in parts[:-1]:
        path = (*path, part)
        if path in counts:
            path = (*path, counts[path])
    path = (*path, parts[-1])
    if one_of_many:
        counts[path] = counts.get(path, -1) + 1
        path = (*path, counts[path])
    return path
