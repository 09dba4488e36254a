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
    PERCENT = "percent"
    RATE = "rate"
    """A fraction of one, such as 0.0262 for 2.62 per cent a year."""
    CODE = "code"


class NoRuleInForce(Refusal):
    """No value of this rule holds on the reference date."""

    code: ClassVar[str] = "no_rule_in_force"


@dataclass(frozen=True, slots=True)
class DatedValue(Generic[T_co]):
    """A value that holds from a day on, until ``ends`` when that is given, and what it rests on.

    ``citation`` is missing only for a value from outside the policy texts, such as the months a balance
    is paid out over: ``outside`` then names the source, and figures from it are estimates.
    ``readings`` names the readings chosen where the text is silent or unclear.
    """

    starts: date
    value: T_co
    citation: Citation | None
    ends: date | None = None
    readings: tuple[str, ...] = ()
    outside: str = ""


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
    readings involved. With an ``outside`` source the figure is an estimate, shown only as 仅供参考.
    """

    name: str
    value: Decimal | int
    unit: Unit
    steps: tuple[Step, ...]
    because: tuple[Citation, ...]
    as_of: date
    readings: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()

    @property
    def is_estimate(self) -> bool:
        """Say whether the figure rests on something that stands in no policy text here."""
        return bool(self.outside)

    @property
    def yuan(self) -> Decimal:
        """The value of a figure that is an amount."""
        if not isinstance(self.value, Decimal):
            raise TypeError(f"the figure {self.name!r} is no amount")
        return self.value

    @property
    def count(self) -> int:
        """The value of a figure that is a whole number."""
        if not isinstance(self.value, int):
            raise TypeError(f"the figure {self.name!r} is no whole number")
        return self.value


def work_out(
    name: str,
    value: Decimal | int,
    unit: Unit,
    steps: Iterable[Step],
    resting_on: Iterable[DatedValue[RuleValue]],
    as_of: date,
) -> Figure:
    """Make a figure that carries every clause, reading and outside source of the values it rests on, once."""
    values = tuple(resting_on)
    return Figure(
        name,
        value,
        unit,
        tuple(steps),
        because=tuple(dict.fromkeys(value.citation for value in values if value.citation is not None)),
        as_of=as_of,
        readings=tuple(dict.fromkeys(reading for value in values for reading in value.readings)),
        outside=tuple(dict.fromkeys(value.outside for value in values if value.outside)),
    )
