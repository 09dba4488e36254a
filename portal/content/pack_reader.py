"""Reads one policy pack from its folder, noting everything wrong with it, each with file and line."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import product
from math import prod
from pathlib import Path
from typing import TypeVar

from portal.content.documents import Documents
from portal.content.problems import Problem
from portal.content.regions import (
    Choice,
    ClaimOffer,
    Material,
    Office,
    Persona,
    Question,
    Reading,
    RefusalReason,
    Region,
    Result,
    Route,
    RoutePoint,
    Town,
)
from portal.content.toml import Table, Text
from portal.domain.claim_kinds import ClaimKind, Reason
from portal.domain.decisions import ConditionRule, DecisionRow, DecisionTable
from portal.domain.money import from_fen
from portal.domain.policy import Citation, DatedValue, Rule, RuleValue, Unit, overlap
from portal.domain.rulebook import Rulebook

_MOST_COMBINATIONS = 50_000
# What the domain needs to know before it can work out a claim of a kind.
_RULES_OF_CLAIMS: Mapping[ClaimKind, tuple[str, ...]] = {
    ClaimKind.REIMBURSEMENT: ("subsidy.per_year", "subsidy.cap_years", "subsidy.first_year"),
    ClaimKind.SCHEME_WITHDRAWAL: ("withdrawal.refund",),
    ClaimKind.LEDGER_REIMBURSEMENT: ("ledger.payment",),
    ClaimKind.MEMBER_CHOICE: ("quota.valid_years",),
    ClaimKind.TRANSFER: ("transfer.method",),
}

Item = TypeVar("Item")
Key = TypeVar("Key")
Code = TypeVar("Code", bound=StrEnum)


@dataclass(frozen=True)
class _Promise:
    """Something a table names that the finished region must have."""

    table: Table
    field: str
    message: str
    is_kept_by: Callable[[Region], bool]


class PackReader:
    """Reads ``region.toml`` and ``rules.toml`` of one folder.

    ``read`` notes what is wrong with each table by itself; ``check`` what is wrong between them, once the
    region has taken over what it does not say itself.
    """

    def __init__(self, folder: Path, documents: Documents, problems: list[Problem]) -> None:
        self._folder = folder
        self._documents = documents
        self._region = Table.read(folder / "region.toml", problems)
        self._rules = Table.read(folder / "rules.toml", problems)
        self._own_documents: tuple[str, ...] = ()
        self._questions: Mapping[str, Question] = {}
        self._promises: list[_Promise] = []

    def read(self) -> Region:
        """Read the whole pack; what could not be read is noted and left empty."""
        table = self._region
        region_id = table.text("id")
        if region_id and region_id != self._folder.name:
            table.complain(f"the folder is named {self._folder.name!r} and the id is {region_id!r}", "id")
        self._own_documents = self._read_documents()
        self._questions = self._by_key(table, "questions", self._read_question, lambda item: item.fact)
        readings = self._by_key(
            table, "readings", lambda row: self._read_reading(row, region_id), lambda item: item.id
        )
        rules = self._read_rules()
        tables = self._read_tables()
        conditions, condition_words = self._read_conditions()
        claims = self._by_key(
            table,
            "claims",
            lambda row: self._read_claim(row, condition_words),
            lambda item: item.kind,
        )
        region = Region(
            id=region_id,
            name=table.words("name"),
            full_name=table.words("full_name"),
            within=table.text_if_any("within"),
            claim_prefix=table.text("claim_prefix"),
            place_names=table.texts("place_names"),
            documents=self._own_documents,
            main_office=self._read_office_kind(table, "main_office"),
            towns=tuple(self._each(table, "towns", self._read_town)),
            offices=tuple(self._each(table, "offices", self._read_office)),
            claims=claims,
            refusals=self._by_key(table, "refusals", self._read_refusal, lambda item: item.code),
            personas=self._by_key(table, "personas", self._read_persona, lambda item: item.id),
            readings=readings,
            questions=self._questions,
            results=self._by_key(table, "results", self._read_result, lambda item: item.code),
            routes=tuple(self._each(table, "routes", self._read_route)),
            rulebook=Rulebook(region_id, rules, tables, conditions),
        )
        table.close()
        self._rules.close()
        return region

    def check(self, region: Region) -> None:
        """Note everything that the tables name and the finished region does not have."""
        for promise in self._promises:
            if not promise.is_kept_by(region):
                promise.table.complain(promise.message, promise.field)

    def complain(self, message: str, name: str | None = None) -> None:
        """Note a problem with the pack as a whole, at a field of ``region.toml``."""
        self._region.complain(message, name)

    # -- what every table shares ------------------------------------------------------------------

    def _each(self, table: Table, name: str, read: Callable[[Table], Item]) -> Iterable[Item]:
        for row in table.tables(name):
            yield read(row)
            row.close()

    def _by_key(
        self, table: Table, name: str, read: Callable[[Table], Item], key: Callable[[Item], Key]
    ) -> dict[Key, Item]:
        found: dict[Key, Item] = {}
        for row in table.tables(name):
            item = read(row)
            row.close()
            if key(item) in found:
                row.complain(f"{key(item)} stands here a second time")
            found[key(item)] = item
        return found

    def _read_documents(self) -> tuple[str, ...]:
        documents = self._region.texts("documents")
        for document in documents:
            if document not in self._documents:
                self._region.complain(f"there is no document {document!r}", "documents")
        if not documents:
            self._region.complain("a region rests on at least one document", "documents")
        return documents

    def _read_citation(self, table: Table) -> Citation:
        citation = Citation(table.text("document"), table.text("clause"), table.text("quote"))
        if citation.document and citation.clause and citation.quote:
            problem = self._documents.check(citation)
            if problem is not None:
                table.complain(problem, "quote")
            elif citation.document not in self._own_documents:
                table.complain(f"{citation.document!r} is not among the region's documents", "document")
        return citation

    def _read_because(self, table: Table) -> tuple[Citation, ...]:
        """Read the citation in the table itself and those in its ``[[….because]]`` tables."""
        own = (self._read_citation(table),) if "document" in table or "quote" in table else ()
        return (*own, *self._each(table, "because", self._read_citation))

    def _read_basis(self, table: Table) -> tuple[tuple[Citation, ...], str]:
        """Read what something rests on: clauses, or a law from outside the texts."""
        because, law = self._read_because(table), table.text_if_any("law")
        if not because and not law:
            table.complain("say what this rests on: document, clause and quote, or law")
        return because, law

    def _read_readings(self, table: Table) -> tuple[str, ...]:
        readings = table.texts("readings")
        for reading in readings:
            self._expect(
                table, "readings", f"no [[readings]] has the id {reading!r}", partial(_has_reading, reading)
            )
        return readings

    def _read_office_kind(self, table: Table, name: str = "office") -> str:
        kind = table.text(name)
        self._expect(table, name, f"no [[offices]] has the kind {kind!r}", partial(_has_office, kind))
        return kind

    def _expect(self, table: Table, field: str, message: str, test: Callable[[Region], bool]) -> None:
        self._promises.append(_Promise(table, field, message, test))

    def _read_code(self, table: Table, name: str, codes: type[Code], otherwise: Code) -> Code:
        written = table.text(name)
        if written in codes.__members__.values():
            return codes(written)
        if written:
            known = ", ".join(codes)
            table.complain(f"{name} {written!r} is not known; it must be one of {known}", name)
        return otherwise

    # -- region.toml ------------------------------------------------------------------------------

    def _read_town(self, table: Table) -> Town:
        return Town(table.words("name"), table.texts("villages"))

    def _read_office(self, table: Table) -> Office:
        towns = table.texts("towns")
        for town in towns:
            self._expect(table, "towns", f"no [[towns]] has the name {town!r}", partial(_has_town, town))
        return Office(
            kind=table.text("kind"),
            name=table.words("name"),
            short_name=table.words("short_name"),
            duties=table.words("duties"),
            address=table.words("address"),
            directions=table.words("directions"),
            hours=table.words("hours"),
            phone=table.text("phone"),
            bring=table.words("bring"),
            towns=towns,
            demo=table.flag("demo"),
            because=self._read_because(table),
        )

    def _read_claim(self, table: Table, words: Mapping[str, Mapping[str, Text]]) -> ClaimOffer:
        kind = self._read_code(table, "kind", ClaimKind, ClaimKind.OBJECTION)
        for rule in _RULES_OF_CLAIMS.get(kind, ()):
            self._expect(
                table, "kind", f"a claim {kind.value!r} needs the rule {rule!r}", partial(_has_rule, rule)
            )
        because, law = self._read_basis(table)
        return ClaimOffer(
            kind=kind,
            name=table.words("name"),
            summary=table.words("summary"),
            result=table.words("result"),
            office=self._read_office_kind(table),
            promise_days=table.whole("promise_days"),
            materials=tuple(self._each(table, "materials", self._read_material)),
            conditions=words.get(kind, {}),
            because=because,
            law=law,
            readings=self._read_readings(table),
        )

    def _read_material(self, table: Table) -> Material:
        because, law = self._read_basis(table)
        return Material(table.text("id"), table.words("name"), not table.flag("optional"), because, law)

    def _read_refusal(self, table: Table) -> RefusalReason:
        return RefusalReason(
            self._read_code(table, "code", Reason, Reason.CONDITION_NOT_IN_TEXT),
            table.words("words"),
            table.words("next"),
            self._read_because(table),
        )

    def _read_persona(self, table: Table) -> Persona:
        because, law = self._read_basis(table)
        return Persona(table.text("id"), table.words("name"), table.words("explanation"), because, law)

    def _read_reading(self, table: Table, region: str) -> Reading:
        return Reading(
            table.text("id"),
            region,
            table.words("point"),
            table.words("chosen"),
            self._read_because(table),
            table.flag("shown_to_citizens"),
        )

    def _read_question(self, table: Table) -> Question:
        choices = tuple(
            self._each(table, "choices", lambda row: Choice(row.text("value"), row.words("label")))
        )
        if len({choice.value for choice in choices}) < max(2, len(choices)):
            table.complain("a question has at least two choices, each with its own value")
        return Question(table.text("fact"), table.words("ask"), table.words_if_any("gloss"), choices)

    def _read_result(self, table: Table) -> Result:
        claim = None
        if "claim" in table:
            claim = self._read_code(table, "claim", ClaimKind, ClaimKind.OBJECTION)
            self._expect(
                table, "claim", f"the claim {claim.value!r} is not offered", partial(_has_claim, claim)
            )
        return Result(
            code=table.text("code"),
            headline=table.words("headline"),
            what=table.words("what"),
            silent=table.words_if_any("silent"),
            figure=table.text_if_any("figure"),
            claim=claim,
            office=self._read_office_kind(table),
        )

    def _read_route(self, table: Table) -> Route:
        points = self._each(
            table,
            "points",
            lambda row: RoutePoint(row.text("topic"), row.words("text"), self._read_because(row)),
        )
        return Route(table.text("id"), table.words("name"), tuple(points))

    # -- rules.toml -------------------------------------------------------------------------------

    def _read_rules(self) -> dict[str, Rule]:
        rules = self._rules.table("rules")
        return {name: self._read_rule(name, rules.table(name)) for name in rules.names()}

    def _read_rule(self, name: str, table: Table) -> Rule:
        unit = self._read_code(table, "unit", Unit, Unit.CODE)
        values: list[DatedValue[RuleValue]] = []
        for row in table.tables("values"):
            value = self._read_value(row, unit)
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

    def _read_value(self, table: Table, unit: Unit) -> DatedValue[RuleValue]:
        outside = table.text_if_any("outside")
        starts, ends = table.day("from"), table.day_if_any("until")
        if ends is not None and ends < starts:
            table.complain(f"the value ends on {ends}, before it begins", "until")
        return DatedValue(
            starts=starts,
            value=self._read_figure(table, unit),
            citation=None if outside else self._read_citation(table),
            ends=ends,
            readings=self._read_readings(table),
            outside=outside,
        )

    def _read_figure(self, table: Table, unit: Unit) -> RuleValue:
        if unit is Unit.CODE:
            return table.text("value")
        if unit is Unit.YUAN and isinstance(table.raw("value"), str):
            return table.yuan("value")
        whole = table.whole("value")
        return from_fen(whole * 100) if unit is Unit.YUAN else whole

    def _read_tables(self) -> dict[str, DecisionTable]:
        tables = self._rules.table("tables")
        return {name: self._read_table(name, tables) for name in tables.names()}

    def _read_table(self, name: str, tables: Table) -> DecisionTable:
        read: list[tuple[Table, DecisionRow]] = []
        for row in tables.tables(name):
            decision = self._read_row(row)
            read.append((row, decision))
            row.close()
            self._expect(
                row,
                "result",
                f"no [[results]] has words for {decision.result!r}",
                partial(_has_result, decision.result),
            )
        self._check_table(name, read, tables)
        return DecisionTable(name, tuple(row for _, row in read))

    def _read_row(self, table: Table) -> DecisionRow:
        when = table.table("when")
        fits = {fact: self._read_fitting(fact, when) for fact in when.names()}
        because, _ = self._read_basis(table)
        return DecisionRow(table.text("id"), fits, table.text("result"), because, self._read_readings(table))

    def _read_fitting(self, fact: str, when: Table) -> frozenset[str]:
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

    def _check_table(self, name: str, read: list[tuple[Table, DecisionRow]], tables: Table) -> None:
        """Try every combination of facts: each must be decided, and each row must decide at least one."""
        used = dict.fromkeys(fact for _, row in read for fact in row.when)
        if any(fact not in self._questions for fact in used):
            return
        facts = {fact: [choice.value for choice in self._questions[fact].choices] for fact in used}
        if prod(map(len, facts.values())) > _MOST_COMBINATIONS:
            tables.complain(f"the table {name!r} looks at too many facts to be checked; split it", name)
            return
        idle = {row.id: table for table, row in read}
        open_cases = []
        for values in product(*facts.values()):
            case = dict(zip(facts, values, strict=True))
            row = next((row for _, row in read if row.fits(case)), None)
            if row is None:
                open_cases.append(case)
            else:
                idle.pop(row.id, None)
        if open_cases:
            told = ", ".join(f"{fact} = {value}" for fact, value in open_cases[0].items())
            tables.complain(f"the table {name!r} leaves {len(open_cases)} cases open, first: {told}", name)
        for row_id, table in idle.items():
            table.complain(f"row {row_id!r} can never apply: the rows above it take all its cases")

    def _read_conditions(
        self,
    ) -> tuple[dict[str, tuple[ConditionRule, ...]], dict[str, dict[str, Text]]]:
        """Read the conditions of each claim kind, and their words apart from them."""
        conditions: dict[str, tuple[ConditionRule, ...]] = {}
        words: dict[str, dict[str, Text]] = {}
        table = self._rules.table("conditions")
        for kind in table.names():
            if kind not in ClaimKind.__members__.values():
                table.complain(f"there is no claim kind {kind!r}", kind)
            words[kind] = {}
            read = []
            for row in table.tables(kind):
                condition = self._read_condition(row)
                words[kind][condition.id] = row.words("name")
                read.append(condition)
                row.close()
            conditions[kind] = tuple(read)
        return conditions, words

    def _read_condition(self, table: Table) -> ConditionRule:
        because, _ = self._read_basis(table)
        reason = self._read_code(table, "reason", Reason, Reason.CONDITION_NOT_IN_TEXT)
        self._expect(
            table,
            "reason",
            f"no [[refusals]] has words for {reason.value!r}",
            partial(_has_refusal, reason),
        )
        condition = ConditionRule(
            id=table.text("id"),
            fact=table.text("fact"),
            reason=reason,
            because=because,
            allowed=frozenset(table.texts("allowed")),
            below=table.text_if_any("below"),
            at_least=table.text_if_any("at_least"),
            readings=self._read_readings(table),
        )
        if sum(map(bool, (condition.allowed, condition.below, condition.at_least))) != 1:
            table.complain("give exactly one of allowed, below and at_least")
        if condition.limit:
            self._expect(
                table,
                "below" if condition.below else "at_least",
                f"there is no rule {condition.limit!r} to compare with",
                partial(_has_rule, condition.limit),
            )
        return condition


def _has_reading(reading: str, region: Region) -> bool:
    return reading in region.readings


def _has_office(kind: str, region: Region) -> bool:
    return any(office.kind == kind for office in region.offices)


def _has_town(name: str, region: Region) -> bool:
    return any(town.name.zh == name for town in region.towns)


def _has_claim(kind: ClaimKind, region: Region) -> bool:
    return kind in region.claims


def _has_result(code: str, region: Region) -> bool:
    return code in region.results


def _has_refusal(code: Reason, region: Region) -> bool:
    return code in region.refusals


def _has_rule(name: str, region: Region) -> bool:
    return region.rulebook.has(name)
