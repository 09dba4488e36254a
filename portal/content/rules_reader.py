"""Reads ``rules.toml`` of a policy pack: dated values, decision tables and the conditions of claims."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

from portal.content.known_rules import KnownRule, find_known, guess_name, most_in
from portal.content.pack_tables import PackTables
from portal.content.regions import Question
from portal.content.toml import Table, Text
from portal.domain.claim_kinds import ClaimKind, Reason
from portal.domain.decisions import ConditionRule, DecisionRow, DecisionTable
from portal.domain.money import FEN, GREATEST, from_fen
from portal.domain.policy import DatedValue, Rule, RuleValue, Unit, overlap

_MOST_COMBINATIONS = 50_000


class RulesReader:
    """Reads one ``rules.toml``; ``questions`` are what its decision tables may ask for."""

    def __init__(self, file: Table, tables: PackTables, questions: Mapping[str, Question]) -> None:
        self._file = file
        self._tables = tables
        self._questions = questions
        self._limits: set[str] = set()

    def rules(self) -> dict[str, Rule]:
        """Read the dated values; the conditions, which may set limits of their own, were read before."""
        rules = self._file.table("rules")
        return {name: self._rule(name, rules.table(name)) for name in rules.names()}

    def tables(self) -> dict[str, DecisionTable]:
        """Read the decision tables, and try each with every combination of answers."""
        tables = self._file.table("tables")
        return {name: self._table(name, tables) for name in tables.names()}

    def conditions(self) -> dict[str, dict[str, tuple[ConditionRule, Text]]]:
        """Read the conditions by claim kind and id, each with its words."""
        table = self._file.table("conditions")
        for kind in table.names():
            if kind not in ClaimKind.__members__.values():
                table.complain(f"there is no claim kind {kind!r}", kind)
        return {
            kind: {
                rule.id: (rule, words)
                for rule, words in self._tables.by_key(
                    table, kind, self._condition, lambda read: read[0].id
                ).values()
            }
            for kind in table.names()
        }

    def _rule(self, name: str, table: Table) -> Rule:
        unit = self._tables.code(table, "unit", Unit, Unit.CODE)
        known = find_known(name)
        if known is None and name not in self._limits:
            guess = guess_name(name, self._limits)
            meant = f"; perhaps {guess!r} is meant" if guess else ""
            table.complain(f"the portal asks for no rule called {name!r}{meant}")
        elif known is not None and "unit" in table and unit not in known.units:
            table.complain(f"{name} must be in {' or '.join(sorted(known.units))}, not in {unit}", "unit")
        values: list[DatedValue[RuleValue]] = []
        for row in table.tables("values"):
            value = self._dated_value(row, unit, known)
            row.close()
            if values and overlap(values[-1], value):
                row.complain(
                    f"{name} would have two values on {value.starts}; begin later, or end the earlier one"
                )
            else:
                values.append(value)
        if not values:
            table.complain(f'{name} has no value; add [[rules."{name}".values]]')
        table.close()
        return Rule(name, unit, tuple(values))

    def _dated_value(self, table: Table, unit: Unit, known: KnownRule | None) -> DatedValue[RuleValue]:
        outside = table.text_if_any("outside")
        starts, ends = table.day("from"), table.day_if_any("until")
        if ends is not None and ends < starts:
            table.complain(f"the value ends on {ends}, before it begins", "until")
        return DatedValue(
            starts=starts,
            value=_read_value(table, unit, known),
            citation=None if outside else self._tables.citation(table),
            ends=ends,
            readings=self._tables.readings(table),
            outside=outside,
        )

    def _table(self, name: str, tables: Table) -> DecisionTable:
        read = self._tables.by_key(
            tables, name, lambda place: (self._row(place), place), lambda read: read[0].id
        ).values()
        if all(fact in self._questions for row, _ in read for fact in row.when):
            self._try_out(name, tables, {row.id: place for row, place in read}, [row for row, _ in read])
        return DecisionTable(name, tuple(row for row, _ in read))

    def _row(self, table: Table) -> DecisionRow:
        when = table.table("when")
        fits = {fact: self._fitting(fact, when) for fact in when.names()}
        because, law = self._tables.basis(table)
        result = table.text("result")
        self._tables.mention(table, "result", "results", result)
        return DecisionRow(table.text("id"), fits, result, because, self._tables.readings(table), law)

    def _fitting(self, fact: str, when: Table) -> frozenset[str]:
        """Read the values that fit one fact: a single one in quotes, or a list."""
        written = when.raw(fact)
        values = frozenset(when.texts(fact) if isinstance(written, list) else [when.text(fact)])
        question = self._questions.get(fact)
        if question is None:
            when.complain(f"no question asks for the fact {fact!r}; add it to region.toml", fact)
            return values
        for value in values - {choice.value for choice in question.choices}:
            when.complain(f"the question for {fact!r} has no choice {value!r}", fact)
        return values

    def _try_out(
        self, name: str, tables: Table, places: Mapping[str, Table], rows: Sequence[DecisionRow]
    ) -> None:
        """Try every combination of facts: each must be decided, and each row must decide at least one."""
        used = dict.fromkeys(fact for row in rows for fact in row.when)
        facts = {fact: [choice.value for choice in self._questions[fact].choices] for fact in used}
        if prod(map(len, facts.values())) > _MOST_COMBINATIONS:
            tables.complain(f"the table {name!r} looks at too many facts to be checked; split it", name)
            return
        idle = dict(places)
        open_cases = []
        for values in product(*facts.values()):
            case = dict(zip(facts, values, strict=True))
            row = next((row for row in rows if row.fits(case)), None)
            if row is None:
                open_cases.append(case)
            else:
                idle.pop(row.id, None)
        if open_cases:
            told = ", ".join(f"{fact} = {value}" for fact, value in open_cases[0].items())
            tables.complain(f"the table {name!r} leaves {len(open_cases)} cases open, first: {told}", name)
        for row_id, place in idle.items():
            place.complain(f"row {row_id!r} can never apply: the rows above it take all its cases")

    def _condition(self, table: Table) -> tuple[ConditionRule, Text]:
        reason = self._tables.code(table, "reason", Reason, Reason.CONDITION_NOT_IN_TEXT)
        self._tables.mention(table, "reason", "refusals", reason)
        condition = ConditionRule(
            id=table.text("id"),
            fact=table.text("fact"),
            reason=reason,
            because=self._tables.because(table),
            allowed=frozenset(table.texts("allowed")),
            below=table.text_if_any("below"),
            at_least=table.text_if_any("at_least"),
            readings=self._tables.readings(table),
        )
        if not condition.because:
            table.complain("say which clause asks this: document, clause and quote")
        if sum(map(bool, (condition.allowed, condition.below, condition.at_least))) != 1:
            table.complain("give exactly one of allowed, below and at_least")
        if condition.limit:
            self._limits.add(condition.limit)
            self._tables.mention(table, "below" if condition.below else "at_least", "rules", condition.limit)
        return condition, table.words("name")


def _read_value(table: Table, unit: Unit, known: KnownRule | None) -> RuleValue:
    if unit is Unit.CODE:
        return _read_code(table, known)
    if unit is Unit.RATE:
        return table.rate("value")
    if unit is not Unit.YUAN:
        return table.count("value", most=most_in(unit, known))
    noted = table.problems_noted
    in_quotes = isinstance(table.raw("value"), str)
    amount = table.yuan("value") if in_quotes else from_fen(table.count("value") * 100)
    if table.problems_noted == noted and not FEN <= amount <= GREATEST:
        table.complain(f"value must be {FEN} to {GREATEST} yuan, not {amount}", "value")
    return amount


def _read_code(table: Table, known: KnownRule | None) -> str:
    code = table.text("value")
    if code and known is not None and known.codes and code not in known.codes:
        table.complain(f"value must be {' or '.join(sorted(known.codes))}, not {code!r}", "value")
    return code
