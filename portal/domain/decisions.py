"""Decision tables and conditions: what follows from the facts, row by row, each with its clause."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from portal.domain.errors import Refusal
from portal.domain.policy import Citation


class UndecidedYet(Refusal):
    """A decision needs one more fact; ``facts["missing"]`` names it."""

    code: ClassVar[str] = "undecided_yet"


class NoRowApplies(Refusal):
    """No row of the decision table fits: the text does not foresee this case, a person must look at it."""

    code: ClassVar[str] = "no_row_applies"


@dataclass(frozen=True)
class DecisionRow:
    """One line of a decision table: what must be the case, what follows, and by which clause.

    ``when`` gives for each fact the values that fit; facts that are not named do not matter. ``law`` names
    a source from outside the policy texts, where the row rests on one.
    """

    id: str
    when: Mapping[str, frozenset[str]]
    result: str
    because: tuple[Citation, ...]
    readings: tuple[str, ...] = ()
    law: str = ""

    def fits(self, facts: Mapping[str, str]) -> bool:
        """Say whether nothing known speaks against this row."""
        return all(fact not in facts or facts[fact] in values for fact, values in self.when.items())

    def first_missing(self, facts: Mapping[str, str]) -> str | None:
        """Name the first fact the row still needs, or ``None``."""
        return next((fact for fact in self.when if fact not in facts), None)


@dataclass(frozen=True)
class DecisionTable:
    """Rows read from the top; the first that applies decides."""

    name: str
    rows: tuple[DecisionRow, ...]

    def decide(self, facts: Mapping[str, str]) -> DecisionRow:
        """Give the row that applies, or refuse with ``UndecidedYet`` or ``NoRowApplies``."""
        for row in self.rows:
            if row.fits(facts):
                missing = row.first_missing(facts)
                if missing is not None:
                    raise UndecidedYet(table=self.name, missing=missing)
                return row
        raise NoRowApplies(table=self.name)

    def next_question(self, facts: Mapping[str, str]) -> str | None:
        """Name the fact to ask for next, or ``None`` when what is known already decides.

        Asking only for what the first fitting row lacks keeps the questions to the few that matter.
        """
        row = next((row for row in self.rows if row.fits(facts)), None)
        return None if row is None else row.first_missing(facts)


class Outcome(StrEnum):
    """How one condition came out."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ConditionRule:
    """What one fact about a claim must be, by which clause, and the reason code when it is not.

    A fact in words must be one of ``allowed``; a fact in numbers must be below the value of the rule that
    ``below`` names, or at least that of the rule that ``at_least`` names. Exactly one of the three is set.
    """

    id: str
    fact: str
    reason: str
    because: tuple[Citation, ...]
    allowed: frozenset[str] = frozenset()
    below: str = ""
    at_least: str = ""
    readings: tuple[str, ...] = ()

    @property
    def limit(self) -> str:
        """The name of the rule the fact is compared with, empty for a fact in words."""
        return self.below or self.at_least

    def outcome(self, found: str | int | None, limit: int | None) -> Outcome:
        """Judge a fact, given the limit in force on the reference date if there is one.

        A number without a limit to compare it with is as unknown as a missing fact: a person decides.
        """
        if isinstance(found, str):
            is_met = found in self.allowed
        elif found is None or limit is None:
            return Outcome.UNKNOWN
        else:
            is_met = found < limit if self.below else found >= limit
        return Outcome.MET if is_met else Outcome.NOT_MET


@dataclass(frozen=True)
class Condition:
    """One condition of a claim as it came out for this person.

    ``found`` is the fact, ``limit`` the number it was compared with, if any. A fact nobody knows is
    ``UNKNOWN``: that goes to a person, never to an automatic refusal.
    """

    id: str
    outcome: Outcome
    reason: str
    because: tuple[Citation, ...]
    found: str | int | None
    limit: int | None = None
    readings: tuple[str, ...] = ()
