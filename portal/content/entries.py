"""Knowledge entries: one curated answer each, as Markdown files with a TOML head."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import tomli

from portal.content.problems import BrokenContent, Problem
from portal.domain.assistant import NumberKind, Outcome
from portal.domain.policy import Citation

EVERYWHERE = "all"
_FENCE = "+++\n"
_ENGLISH = "\n=== en\n"


@dataclass(frozen=True)
class Step:
    """What to do next: a page, perhaps a claim to file there, and what to bring, in both languages."""

    page: str
    claim: str | None = None
    bring: tuple[str, ...] = ()
    bring_en: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One question with its answer, or with the reason why it is handed over or asked back."""

    id: str
    group: str
    region: str
    outcome: Outcome
    question: str
    question_en: str
    answer: str
    answer_en: str
    phrasings: tuple[str, ...]
    topics: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    numbers: frozenset[NumberKind] = frozenset()
    step: Step | None = None
    office: str = ""
    reason: str = ""
    choices: tuple[str, ...] = ()
    reviewed: date | None = None
    path: Path = Path()

    @cached_property
    def answer_key(self) -> str:
        """What makes two entries the same answer: the main clause, else the entry itself."""
        return str(self.citations[0]) if self.citations and self.outcome is Outcome.ANSWER else self.id

    @cached_property
    def cited(self) -> frozenset[str]:
        """The answer key and every clause that carries the same answer."""
        if self.outcome is not Outcome.ANSWER:
            return frozenset({self.id})
        return frozenset({self.answer_key, *map(str, self.citations)})


def parse_entry(text: str, path: Path) -> Entry:
    """Read one entry; raises `BrokenContent` when its head is broken or a field has the wrong shape."""
    head, body = _split(text, path)
    try:
        fields = tomli.loads(head)
    except tomli.TOMLDecodeError as error:
        raise _broken(path, _line_in(str(error)) + 1, f"not TOML: {error}") from error
    answer, _, answer_en = body.partition(_ENGLISH)
    try:
        return _build(fields, path, answer.strip(), answer_en.strip())
    except KeyError as error:
        raise _broken(path, 1, f"the field {error} is missing") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise _broken(path, 1, f"a field has the wrong shape: {error}") from error


def read_entries(folder: Path) -> tuple[list[Entry], list[Problem]]:
    """Every entry under a folder in order of path, and a problem for each file that could not be read."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*.md")):
        try:
            entries.append(parse_entry(path.read_text(encoding="utf-8"), path))
        except BrokenContent as error:
            problems.extend(error.problems)
        except UnicodeDecodeError:
            problems.append(Problem(path, 1, "not UTF-8"))
    return entries, problems


def load_entries(folder: Path) -> list[Entry]:
    """Every entry under a folder; raises `BrokenContent` with every file that cannot be read."""
    entries, problems = read_entries(folder)
    if problems:
        raise BrokenContent(problems)
    return entries


def _split(text: str, path: Path) -> tuple[str, str]:
    parts = text.replace("\r\n", "\n").split(_FENCE, 2)
    if len(parts) != 3 or parts[0].strip():
        raise _broken(path, 1, "the head must stand between two lines of +++")
    return parts[1], "\n" + parts[2]


def _broken(path: Path, line: int, message: str) -> BrokenContent:
    return BrokenContent([Problem(path, line, message)])


def _line_in(message: str) -> int:
    found = re.search(r"line (\d+)", message)
    return int(found[1]) if found else 0


def _build(fields: Mapping[str, Any], path: Path, answer: str, answer_en: str) -> Entry:
    step = fields.get("next")
    return Entry(
        id=str(fields["id"]),
        group=path.parent.name,
        region=str(fields["region"]),
        outcome=Outcome(fields["outcome"]),
        question=str(fields["question"]),
        question_en=str(fields["question_en"]),
        answer=answer,
        answer_en=answer_en,
        phrasings=_texts(fields["phrasings"]),
        topics=_texts(fields.get("topics", [])),
        citations=tuple(_cite(each["clause"], each["quote"]) for each in fields.get("clauses", [])),
        numbers=frozenset(NumberKind(each) for each in fields.get("numbers", [])),
        step=_read_step(step) if step else None,
        office=str(fields.get("office", "")),
        reason=str(fields.get("reason", "")),
        choices=_texts(fields.get("choices", [])),
        reviewed=fields.get("reviewed"),
        path=path,
    )


def _read_step(step: Mapping[str, Any]) -> Step:
    bring, bring_en = _texts(step.get("bring", [])), _texts(step.get("bring_en", []))
    if len(bring) != len(bring_en):
        raise ValueError("next: bring and bring_en must name the same things")
    return Step(step["page"], step.get("claim"), bring, bring_en)


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{values!r} is not a list of texts")
    return tuple(str(value) for value in values)


def _cite(clause: str, quote: str) -> Citation:
    document, _, part = clause.partition("#")
    return Citation(document, part, quote)
