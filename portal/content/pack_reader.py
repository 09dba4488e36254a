"""Reads one policy pack from its folder, noting everything wrong with it, each with file and line."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from portal.content.documents import Documents
from portal.content.pack_tables import PackTables
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
from portal.content.rules_reader import RulesReader
from portal.content.toml import Table, Text
from portal.domain.claim_kinds import ClaimKind, Reason
from portal.domain.rulebook import Rulebook

_CLAIM_PREFIX = re.compile(r"[A-Z]{2,3}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{3,24}")
_LONGEST_NAME, _LONGEST_MASTHEAD = 7, 9
_FIGURES = ("ledger_payment", "levy_share", "money_left", "top_up", "transfer_out")
_LONGEST_PROMISE = 250  # working days of a year

TextIfAny = TypeVar("TextIfAny", Text, Text | None)

# What the domain needs to know before it can work out a claim of a kind.
_RULES_OF_CLAIMS: Mapping[ClaimKind, tuple[str, ...]] = {
    ClaimKind.REIMBURSEMENT: ("subsidy.per_year", "subsidy.cap_years", "subsidy.first_year"),
    ClaimKind.SCHEME_WITHDRAWAL: ("withdrawal.refund",),
    ClaimKind.LEDGER_REIMBURSEMENT: ("ledger.payment",),
    ClaimKind.MEMBER_CHOICE: ("quota.valid_years",),
    ClaimKind.TRANSFER: ("transfer.method",),
}


class PackReader:
    """Reads ``region.toml`` and ``rules.toml`` of one folder.

    ``read`` notes what is wrong with each table by itself; ``check`` what is wrong between them, once the
    region has taken over what it does not say itself.
    """

    def __init__(self, folder: Path, documents: Documents, problems: list[Problem]) -> None:
        self._folder = folder
        self._file = Table.read(folder / "region.toml", problems)
        self._rules_file = Table.read(folder / "rules.toml", problems)
        self._documents = self._file.texts("documents")
        self._tables = PackTables(documents, self._documents)
        for document in self._documents:
            if document not in documents:
                self._file.complain(f"there is no document {document!r}", "documents")
        if len(set(self._documents)) < len(self._documents):
            self._file.complain("a document stands here a second time", "documents")
        if not self._documents:
            self._file.complain("a region rests on at least one document", "documents")

    def read(self) -> Region:
        """Read the whole pack; what could not be read is noted and left empty."""
        file, tables = self._file, self._tables
        region_id = file.text("id") or self._folder.name
        if region_id != self._folder.name:
            file.complain(f"the folder is named {self._folder.name!r} and the id is {region_id!r}", "id")
        questions = tables.by_key(file, "questions", self._question, lambda item: item.fact)
        rules = RulesReader(self._rules_file, tables, questions)
        conditions = rules.conditions()
        words = {
            kind: {condition_id: text for condition_id, (_, text) in of_kind.items()}
            for kind, of_kind in conditions.items()
        }
        region = Region(
            id=region_id,
            name=self._short(file.words("name"), "name", _LONGEST_NAME),
            masthead=self._short(file.words_if_any("masthead"), "masthead", _LONGEST_MASTHEAD),
            full_name=file.words("full_name"),
            within=file.text_if_any("within"),
            claim_prefix=self._claim_prefix(),
            place_names=file.texts("place_names"),
            documents=self._documents,
            main_office=tables.office(file, "main_office"),
            towns=tuple(tables.each(file, "towns", _read_town)),
            offices=tuple(tables.each(file, "offices", self._office)),
            claims=tables.by_key(file, "claims", lambda row: self._claim(row, words), lambda item: item.kind),
            refusals=tables.by_key(file, "refusals", self._refusal, lambda item: item.code),
            personas=tables.by_key(file, "personas", self._persona, lambda item: item.id),
            readings=tables.by_key(
                file, "readings", lambda row: self._reading(row, region_id), lambda item: item.id
            ),
            questions=questions,
            results=tables.by_key(file, "results", self._result, lambda item: item.code),
            routes=tuple(tables.each(file, "routes", self._route)),
            rulebook=Rulebook(
                region_id,
                rules.rules(),
                rules.tables(),
                {kind: tuple(rule for rule, _ in of_kind.values()) for kind, of_kind in conditions.items()},
            ),
        )
        file.close()
        self._rules_file.close()
        return region

    def check(self, region: Region) -> None:
        """Note everything that the tables name and the finished region does not have."""
        if not self._file.is_stand_in:
            self._tables.check_mentions(region, except_for=("rules",) if self._rules_file.is_stand_in else ())

    def complain(self, message: str, name: str | None = None) -> None:
        """Note a problem with the pack as a whole, at a field of ``region.toml``."""
        self._file.complain(message, name)

    def _short(self, words: TextIfAny, name: str, most: int) -> TextIfAny:
        """Words that have room at the top of every page of a small phone."""
        if words is not None and len(words.zh) > most:
            self._file.complain(f"{name} has room for {most} characters, and {words.zh!r} has more", name)
        return words

    def _claim_prefix(self) -> str:
        name = "claim_prefix"
        prefix = self._file.text(name)
        if prefix and not _CLAIM_PREFIX.fullmatch(prefix):
            self._file.complain(f"{name} must be two or three capital letters, not {prefix!r}", name)
        return prefix

    def _office(self, table: Table) -> Office:
        towns = table.texts("towns")
        for town in towns:
            self._tables.mention(table, "towns", "towns", town)
        return Office(
            kind=table.text("kind"),
            name=table.words("name"),
            short_name=table.words("short_name"),
            duties=table.words("duties"),
            address=table.words("address"),
            directions=table.words("directions"),
            hours=table.words("hours"),
            phone=_read_phone(table),
            bring=table.words("bring"),
            towns=towns,
            demo=table.flag("demo"),
            because=self._tables.because(table),
        )

    def _claim(self, table: Table, words: Mapping[str, Mapping[str, Text]]) -> ClaimOffer:
        kind = self._tables.code(table, "kind", ClaimKind, ClaimKind.OBJECTION)
        for rule in _RULES_OF_CLAIMS.get(kind, ()):
            self._tables.mention(table, "kind", "rules", rule)
        because, law = self._tables.basis(table)
        return ClaimOffer(
            kind=kind,
            name=table.words("name"),
            summary=table.words("summary"),
            result=table.words("result"),
            office=self._tables.office(table),
            promise_days=table.count("promise_days", most=_LONGEST_PROMISE),
            materials=tuple(self._tables.each(table, "materials", self._material)),
            conditions=words.get(kind, {}),
            because=because,
            law=law,
            readings=self._tables.readings(table),
            reasons=self._reasons(table),
        )

    def _reasons(self, table: Table) -> tuple[str, ...]:
        """Read the codes of the reasons that fit a claim beside those of its conditions."""
        reasons = table.texts("reasons")
        for reason in reasons:
            self._tables.mention(table, "reasons", "refusals", reason)
        return reasons

    def _material(self, table: Table) -> Material:
        because, law = self._tables.basis(table)
        return Material(table.text("id"), table.words("name"), not table.flag("optional"), because, law)

    def _refusal(self, table: Table) -> RefusalReason:
        return RefusalReason(
            self._tables.code(table, "code", Reason, Reason.CONDITION_NOT_IN_TEXT),
            table.words("words"),
            table.words("next"),
            self._tables.because(table),
        )

    def _persona(self, table: Table) -> Persona:
        because, law = self._tables.basis(table)
        return Persona(table.text("id"), table.words("name"), table.words("explanation"), because, law)

    def _reading(self, table: Table, region: str) -> Reading:
        return Reading(
            table.text("id"),
            region,
            table.words("point"),
            table.words("chosen"),
            self._tables.because(table),
            table.flag("shown_to_citizens"),
        )

    def _question(self, table: Table) -> Question:
        choices = tuple(
            self._tables.each(table, "choices", lambda row: Choice(row.text("value"), row.words("label")))
        )
        if len({choice.value for choice in choices}) < max(2, len(choices)):
            table.complain("a question has at least two choices, each with its own value")
        return Question(table.text("fact"), table.words("ask"), table.words_if_any("gloss"), choices)

    def _result(self, table: Table) -> Result:
        claim = None
        if "claim" in table:
            claim = self._tables.code(table, "claim", ClaimKind, ClaimKind.OBJECTION)
            self._tables.mention(table, "claim", "claims", claim)
        return Result(
            code=table.text("code"),
            headline=table.words("headline"),
            what=table.words("what"),
            silent=table.words_if_any("silent"),
            figure=_read_figure(table),
            claim=claim,
            office=self._tables.office(table),
        )

    def _route(self, table: Table) -> Route:
        points = self._tables.each(
            table,
            "points",
            lambda row: RoutePoint(row.text("topic"), row.words("text"), self._tables.because(row)),
        )
        return Route(table.text("id"), table.words("name"), tuple(points))


def _read_town(table: Table) -> Town:
    return Town(table.words("name"), table.texts("villages"))


def _read_figure(table: Table) -> str:
    figure = table.text_if_any("figure")
    if figure and figure not in _FIGURES:
        table.complain(f"figure must be one of {', '.join(_FIGURES)}, not {figure!r}", "figure")
    return figure


def _read_phone(table: Table) -> str:
    phone = table.text("phone")
    if phone and not _PHONE.fullmatch(phone):
        table.complain(f"phone must be digits such as 0871-0000 1234, not {phone!r}", "phone")
    return phone
