"""Land batches, households, quota letters, deposits and notices: kept as they come, and only read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from portal.domain.roster import ChangeKind
from portal.domain.sheets import Line, SheetProblem
from portal.services.rosters.findings import Meaning, ShownChange, shown
from portal.services.work import Work
from portal.storage import rosters as stored_rosters

_AREAS = frozenset({"area", "contracted_area", "taken_area"})


@dataclass(frozen=True)
class PlannedRecord:
    """A sound row, and what it would set."""

    row: int
    key: str
    row_id: int | None
    values: Mapping[str, Any]
    meaning: Meaning


class Records:
    """Plans what rows of such a sheet mean, and does it."""

    def __init__(self, work: Work, sheet: str, region: str, *, is_known_file: bool) -> None:
        """``is_known_file`` says that exactly this file was taken in before, and so proves nothing newer."""
        self._work = work
        self._sheet = sheet
        self._region = region
        self._is_known_file = is_known_file
        self._key = stored_rosters.key_column(sheet)

    def plan(self, lines: Sequence[Line[Any]]) -> tuple[list[PlannedRecord], list[SheetProblem]]:
        """What these rows mean; nothing else can be wrong with them."""
        keys = [getattr(line.record, self._key) for line in lines]
        found = stored_rosters.find_rows(self._work.session, self._sheet, self._region, keys)
        return [self._plan_one(line, found.get(key)) for line, key in zip(lines, keys, strict=True)], []

    def _plan_one(self, line: Line[Any], on_record: Mapping[str, Any] | None) -> PlannedRecord:
        values = _columns(line.record)
        key = values[self._key]
        if on_record is None:
            return PlannedRecord(line.number, key, None, values, Meaning(line.number, ChangeKind.NEW))
        said = {name: value for name, value in values.items() if value is not None}
        changes = tuple(
            ShownChange(line.number, key, name, shown(name, on_record[name]), shown(name, value), False)
            for name, value in said.items()
            if on_record[name] != value
        )
        kind = ChangeKind.CHANGED if changes else ChangeKind.UNCHANGED
        return PlannedRecord(line.number, key, on_record["id"], said, Meaning(line.number, kind, changes))

    def take(self, planned: Sequence[PlannedRecord]) -> None:
        """Do what these rows mean."""
        session, as_of = self._work.session, {"data_as_of": self._work.today}
        new = [{**each.values, **as_of, "region": self._region} for each in planned if each.row_id is None]
        if new:
            stored_rosters.add_rows(session, self._sheet, new)
        for each in planned:
            is_same = each.meaning.kind is ChangeKind.UNCHANGED
            if each.row_id is not None and not (is_same and self._is_known_file):
                stored_rosters.change_row(session, self._sheet, each.row_id, {**each.values, **as_of})


def _columns(record: NamedTuple) -> dict[str, Any]:
    return {name: _column(name, value) for name, value in zip(record._fields, record, strict=True)}


def _column(name: str, value: object) -> object:
    if isinstance(value, StrEnum):
        return str(value)
    if name in _AREAS and isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value
