"""Rules that hold from a day, the clause that says so, and figures that can show how they came about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Generic, TypeAlias, TypeVar

from portal.domain.errors import Refusal

RuleValue: TypeAlias = Decimal | int | str | tuple[str, ...]
Fact: TypeAlias = Decimal | int | str | date

T_co = TypeVar("T_co", bound=RuleValue, covariant=True)


@dataclass(frozen=True, slots=True)
class Citation:
    """The clause that a figure or a sentence rests on, with words that really stand in it.

    ``quote`` is copied from the document as printed; ``…`` marks a cut.
    """

    document: str
    clause: str
    quote: str

    def __str__(self) -> str:
        return f"{self.document}#{self.clause}"


class Unit(StrEnum):
    """What a figure counts."""

    YUAN = "yuan"
    YEARS = "years"
    MONTHS = "months"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    DAY_OF_MONTH = "day_of_month"
    PEOPLE = "people"
    AGE = "age"
    TIMES = "times"
    DATE = "date"
    CODE = "code"


class NoRuleInForce(Refusal):
    """No value of this rule holds on the reference date."""

    code: ClassVar[str] = "no_rule_in_force"


@dataclass(frozen=True, slots=True)
class DatedValue(Generic[T_co]):
    """A value that holds from a day on, until ``ends`` when that is given, and where it is printed.

    ``readings`` names the chosen readings on which the value rests where the text is silent or unclear.
    """

    starts: date
    value: T_co
    citation: Citation
    ends: date | None = None
    readings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule through time: values in order of the day from which each holds, never two at once."""

    name: str
    unit: Unit
    values: tuple[DatedValue[RuleValue], ...]

    def __post_init__(self) -> None:
        for earlier, later in zip(self.values, self.values[1:], strict=False):
            if overlap(earlier, later):
                raise ValueError(f"rule {self.name!r} has two values on {later.starts}")

    def on(self, day: date) -> DatedValue[RuleValue]:
        """Give the value in force on a day, or refuse with ``NoRuleInForce``."""
        for value in reversed(self.values):
            if value.starts <= day:
                if value.ends is None or day <= value.ends:
                    return value
                break
        raise NoRuleInForce(rule=self.name, on=day)


def overlap(earlier: DatedValue[RuleValue], later: DatedValue[RuleValue]) -> bool:
    """Say whether two neighbouring values of one rule would hold on the same day.

    A value without an end gives way to the next one; one with a printed end must be over by then.
    """
    return later.starts <= earlier.starts or (earlier.ends is not None and earlier.ends >= later.starts)


@dataclass(frozen=True)
class Rulebook:
    """The rules people of one region live under, its parent region's included."""

    region: str
    rules: Mapping[str, Rule]

    def has(self, name: str) -> bool:
        """Say whether the region has this rule at all."""
        return name in self.rules

    def yuan(self, name: str, on: date) -> DatedValue[Decimal]:
        """Give the amount in force on a day, or refuse with ``NoRuleInForce``."""
        return self._typed(name, on, Decimal)

    def count(self, name: str, on: date) -> DatedValue[int]:
        """Give the whole number (years, days, months, …) in force on a day, or refuse."""
        return self._typed(name, on, int)

    def text(self, name: str, on: date) -> DatedValue[str]:
        """Give the code in force on a day, or refuse."""
        return self._typed(name, on, str)

    def _typed(self, name: str, on: date, kind: type[T_co]) -> DatedValue[T_co]:
        if name not in self.rules:
            raise NoRuleInForce(rule=name, on=on)
        found = self.rules[name].on(on)
        if not isinstance(found.value, kind):
            raise TypeError(f"rule {name!r} of {self.region!r} is no {kind.__name__}")
        return DatedValue(found.starts, found.value, found.citation, found.ends, found.readings)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a calculation: a code the page turns into a sentence, and the numbers in it."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """A number a person is shown, able to say how it was worked out.

    ``value`` is yuan (``Decimal``) or a count; ``steps`` are the lines of the calculation in reading order;
    ``because`` the clauses it rests on; ``as_of`` the day the data are from; ``readings`` the chosen
    readings involved; ``estimate`` is true for what may be shown only as 仅供参考.
    """

    name: str
    value: Decimal | int
    unit: Unit
    steps: tuple[Step, ...]
    because: tuple[Citation, ...]
    as_of: date
    readings: tuple[str, ...] = ()
    estimate: bool = False


def citations_of(values: Iterable[DatedValue[RuleValue]]) -> tuple[Citation, ...]:
    """List each citation of the values once, in their order."""
    return tuple(dict.fromkeys(value.citation for value in values))


def readings_of(values: Iterable[DatedValue[RuleValue]]) -> tuple[str, ...]:
    """List each reading the values rest on once, in their order."""
    return tuple(dict.fromkeys(reading for value in values for reading in value.readings))
