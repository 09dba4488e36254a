"""What reading a file found: problems, and what would be new or change."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Self

from portal.domain.masks import mask_account, mask_phone
from portal.domain.roster import ChangeKind
from portal.domain.sheets import SheetProblem

MOST_PROBLEMS = 100_000
MOST_CHANGES = 2_000
"""What is kept to be shown; more is counted."""

_PHONES = frozenset({"phone"})
_ACCOUNTS = frozenset({"card", "account"})


class ShownChange(NamedTuple):
    """One field of one row, old beside new; long numbers are masked, choices are codes."""

    row: int
    who: str
    field: str
    old: str | None
    new: str | None
    held: bool


class Meaning(NamedTuple):
    """What one row would do."""

    row: int
    kind: ChangeKind
    changes: tuple[ShownChange, ...] = ()


@dataclass
class Findings:
    """All that one reading of a file found. ``ignored`` are headers under which nothing is read."""

    sheet: str
    region: str
    ignored: tuple[str, ...] = ()
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    held: int = 0
    problem_count: int = 0
    change_count: int = 0
    problems: list[SheetProblem] = field(default_factory=list)
    changes: list[ShownChange] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each kind, and how many phones and payees would wait."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "held": self.held,
            "problems": self.problem_count,
        }

    @property
    def changes_anything(self) -> bool:
        """Whether the file says anything that is not on record yet."""
        return bool(self.new or self.changed)

    def add_problems(self, problems: Iterable[SheetProblem]) -> None:
        """Note what is wrong."""
        for problem in problems:
            self.problem_count += 1
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(problem)

    def add_meaning(self, meaning: Meaning) -> None:
        """Note what a sound row would do."""
        match meaning.kind:
            case ChangeKind.NEW:
                self.new += 1
            case ChangeKind.CHANGED:
                self.changed += 1
            case ChangeKind.UNCHANGED:
                self.unchanged += 1
        for change in meaning.changes:
            self.change_count += 1
            self.held += change.held
            if len(self.changes) < MOST_CHANGES:
                self.changes.append(change)

    def to_json(self) -> str:
        """Write it down, to be sealed with its file."""
        values = {**vars(self), "problems": [problem._asdict() for problem in self.problems]}
        return json.dumps(values, ensure_ascii=False, default=str)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read it back."""
        values: dict[str, Any] = json.loads(text)
        return cls(
            **{
                **values,
                "ignored": tuple(values["ignored"]),
                "problems": [SheetProblem(**problem) for problem in values["problems"]],
                "changes": [ShownChange(*change) for change in values["changes"]],
            }
        )


def shown(field_name: str, value: object) -> str | None:
    """A value as a preview and a person's list of changes may hold it: never a whole long number."""
    if value is None:
        return None
    if field_name in _PHONES:
        return mask_phone(str(value))
    if field_name in _ACCOUNTS:
        return mask_account(str(value))
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
