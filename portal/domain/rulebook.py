"""The rules of one region together: dated values, decision tables and the conditions of claims."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portal.domain.decisions import Condition, ConditionRule, DecisionTable
from portal.domain.policy import DatedValue, NoRuleInForce, Rule, T_co


@dataclass(frozen=True)
class Rulebook:
    """The rules people of one region live under, its parent region's included.

    ``tables`` are the decision tables by name; ``conditions`` are what a claim of each kind must meet.
    """

    region: str
    rules: Mapping[str, Rule]
    tables: Mapping[str, DecisionTable] = field(default_factory=dict)
    conditions: Mapping[str, tuple[ConditionRule, ...]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Say whether the region has this rule at all."""
        return name in self.rules

    def yuan(self, name: str, on: date) -> DatedValue[Decimal]:
        """Give the amount in force on a day, or refuse with ``NoRuleInForce``."""
        return self._typed(name, on, Decimal)

    def count(self, name: str, on: date) -> DatedValue[int]:
        """Give the whole number (years, days, months, …) in force on a day, or refuse."""
        return self._typed(name, on, int)

    def rate(self, name: str, on: date) -> DatedValue[Decimal]:
        """Give the rate in force on a day, a fraction of one, or refuse."""
        return self._typed(name, on, Decimal)

    def text(self, name: str, on: date) -> DatedValue[str]:
        """Give the code in force on a day, or refuse."""
        return self._typed(name, on, str)

    def check_claim(
        self, kind: str, facts: Mapping[str, str | int | None], on: date
    ) -> tuple[Condition, ...]:
        """Test every condition of a claim of this kind, met or not, in the pack's order.

        ``on`` is the reference date that decides which limits hold. A fact that is ``None`` or not given
        leaves its condition unknown, and so does a limit that was not in force yet.
        """
        return tuple(self._check(rule, facts.get(rule.fact), on) for rule in self.conditions.get(kind, ()))

    def _check(self, rule: ConditionRule, found: str | int | None, on: date) -> Condition:
        limit = self._limit(rule, on)
        outcome = rule.outcome(found, limit)
        return Condition(rule.id, outcome, rule.reason, rule.because, found, limit, rule.readings)

    def _limit(self, rule: ConditionRule, on: date) -> int | None:
        """Give the number to compare with, ``None`` when none is in force on that day."""
        try:
            return self.count(rule.limit, on).value if rule.limit else None
        except NoRuleInForce:
            return None

    def _typed(self, name: str, on: date, kind: type[T_co]) -> DatedValue[T_co]:
        if name not in self.rules:
            raise NoRuleInForce(rule=name, on=on)
        found = self.rules[name].on(on)
        if not isinstance(found.value, kind):
            raise TypeError(f"rule {name!r} of {self.region!r} is no {kind.__name__}")
        return DatedValue(
            found.starts, found.value, found.citation, found.ends, found.readings, found.outside
        )
