"""A change to one knowledge entry, as a curator proposes it: its text, its patch, and what it would do."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from portal.content import evaluation
from portal.content.entries import EVERYWHERE, Entry, parse_entry
from portal.content.entry_checks import FEWEST_PHRASINGS
from portal.content.evaluation import Answered
from portal.content.knowledge import Knowledge
from portal.content.matcher import Matcher
from portal.domain.assistant import NumberKind, Outcome
from portal.domain.revision import Revision

_PHRASINGS_END = re.compile(r"(?<=\n)phrasings = \[(?:  #.*)?\n(?:(?:  .*)?\n)*(?=\]\n)")


@dataclass(frozen=True)
class EntryDraft:
    """A new entry as a curator fills it in; ``clauses`` are pairs of ``document#clause`` and quotation."""

    id: str
    group: str
    region: str
    outcome: Outcome
    question: str
    question_en: str
    answer: str
    answer_en: str
    clauses: tuple[tuple[str, str], ...]
    numbers: tuple[NumberKind, ...]
    office: str
    reason: str
    phrasings: tuple[str, ...]
    reviewed: date


class Fault(StrEnum):
    """What is wrong with a proposed change."""

    QUOTE_NOT_IN_CLAUSE = "quote_not_in_clause"
    FEW_PHRASINGS = "few_phrasings"
    SAME_AS_ANOTHER = "same_as_another"


@dataclass(frozen=True)
class Shift:
    """A question of the evaluation that comes out otherwise than before."""

    before: Answered
    after: Answered


@dataclass(frozen=True)
class Preview:
    """What a change would do: what is wrong with it, and which questions come out better or worse.

    ``faults`` are pairs of what is wrong and the words it is wrong with.
    """

    entry: Entry
    faults: tuple[tuple[Fault, str], ...]
    better: tuple[Shift, ...]
    worse: tuple[Shift, ...]
    unchanged: int


def add_phrasings(entry: Entry, phrasings: Sequence[str]) -> Revision:
    """Add ways to ask to an entry's file, those that it does not have yet."""
    before = entry.path.read_text(encoding="utf-8")
    new = [each for each in dict.fromkeys(phrasings) if each not in entry.phrasings]
    lines = "".join(f"  {_quoted(phrasing)},\n" for phrasing in new)
    after = _PHRASINGS_END.sub(lambda found: found[0] + lines, before, count=1)
    return Revision(entry.path.relative_to(kb_folder(entry)).as_posix(), before, after)


def write_entry(draft: EntryDraft) -> Revision:
    """Write the file of a new entry."""
    clauses = "".join(
        f"  {{ clause = {_quoted(clause)}, quote = {_quoted(quote)} }},\n" for clause, quote in draft.clauses
    )
    phrasings = "".join(f"  {_quoted(each)},\n" for each in dict.fromkeys(draft.phrasings))
    reason = f"reason = {_quoted(draft.reason)}\n" if draft.outcome is Outcome.HANDOFF else ""
    head = (
        f"id = {_quoted(draft.id)}\n"
        f"region = {_quoted(draft.region)}\n"
        f"outcome = {_quoted(draft.outcome)}\n"
        f"question = {_quoted(draft.question)}\n"
        f"question_en = {_quoted(draft.question_en)}\n"
        "topics = []\n"
        f"clauses = [\n{clauses}]\n"
        f"numbers = [{', '.join(map(_quoted, draft.numbers))}]\n"
        f"office = {_quoted(draft.office)}\n"
        f"{reason}"
        f"reviewed = {draft.reviewed.isoformat()}\n"
        f"phrasings = [\n{phrasings}]\n"
    )
    text = f"+++\n{head}+++\n{_paragraphs(draft.answer)}\n\n=== en\n{_paragraphs(draft.answer_en)}\n"
    return Revision(f"entries/{draft.group}/{draft.id}.md", "", text)


def preview(matcher: Matcher, revision: Revision, questions: Sequence[evaluation.Question]) -> Preview:
    """Ask every question of a set before and after the change; takes some seconds."""
    entry = parse_entry(revision.after, Path(revision.path))
    changed = matcher.with_entry(entry)
    shifts = [
        Shift(evaluation.answer(matcher, question), evaluation.answer(changed, question))
        for question in questions
    ]
    better = tuple(each for each in shifts if each.after.is_right and not each.before.is_right)
    worse = tuple(each for each in shifts if each.before.is_right and not each.after.is_right)
    return Preview(
        entry=entry,
        faults=tuple(_find_faults(entry, matcher.knowledge)),
        better=better,
        worse=worse,
        unchanged=len(shifts) - len(better) - len(worse),
    )


def kb_folder(entry: Entry) -> Path:
    """The ``kb`` folder that an entry was read from."""
    return entry.path.parents[2]


def _find_faults(entry: Entry, knowledge: Knowledge) -> Iterator[tuple[Fault, str]]:
    for citation in entry.citations:
        if knowledge.documents.check(citation) is not None:
            yield Fault.QUOTE_NOT_IN_CLAUSE, f"{citation} {citation.quote}"
    if len(entry.phrasings) < FEWEST_PHRASINGS:
        yield Fault.FEW_PHRASINGS, str(FEWEST_PHRASINGS - len(entry.phrasings))
    fold = knowledge.folding.fold
    own = {fold(phrasing): phrasing for phrasing in (entry.question, *entry.phrasings)}
    for other in knowledge.entries:
        if other.id != entry.id and _meet(knowledge, other, entry):
            for phrasing in (other.question, *other.phrasings):
                if fold(phrasing) in own:
                    yield Fault.SAME_AS_ANOTHER, f"{own[fold(phrasing)]} · {other.id}"


def _meet(knowledge: Knowledge, one: Entry, other: Entry) -> bool:
    """Whether one person may be answered from both."""
    return any(
        {one.region, other.region} <= {EVERYWHERE, *place.under} for place in knowledge.places.values()
    )


def _quoted(text: str) -> str:
    """A text as TOML writes it, on one line and without what cannot be printed."""
    line = " ".join(text.split())
    return json.dumps("".join(letter for letter in line if letter.isprintable()), ensure_ascii=False)


def _paragraphs(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
