"""Everything a curator must mend in the knowledge entries, each with file and line."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.content.entries import EVERYWHERE, Entry
from portal.content.knowledge import Knowledge
from portal.content.matcher import Matcher
from portal.content.problems import Problem
from portal.domain.assistant import Outcome

FEWEST_PHRASINGS = 12
PAGES = frozenset(
    {"record", "apply", "entitlement", "routes", "clause", "office", "objection", "tip_off", "ask", "notices"}
)
_ANSWERABLE = 160
_UNANSWERABLE = 47


@dataclass(frozen=True)
class Offer:
    """What entries may point to: kinds of office and of claim that some policy pack has."""

    offices: frozenset[str]
    claims: frozenset[str]


def check_entries(knowledge: Knowledge, offer: Offer) -> list[Problem]:
    """What is wrong with single entries, and with entries that stand in each other's way."""
    ids = {entry.id for entry in knowledge.entries}
    problems = list(_check_ids(knowledge.entries))
    for entry in knowledge.entries:
        notes = _Notes(entry, entry.path.read_text(encoding="utf-8"))
        problems.extend(notes.gather(_check_entry(entry, knowledge, offer, ids)))
    problems.extend(_check_collisions(knowledge))
    return sorted(problems)


def check_topics(knowledge: Knowledge, folder: Path) -> list[Problem]:
    """The rows of the list of topics (A001 to A160, N01 to N47) that no entry covers."""
    covered = {topic for entry in knowledge.entries for topic in entry.topics}
    wanted = [
        *(f"A{number:03}" for number in range(1, _ANSWERABLE + 1)),
        *(f"N{number:02}" for number in range(1, _UNANSWERABLE + 1)),
    ]
    return [Problem(folder, 1, f"no entry covers topic {row}") for row in wanted if row not in covered]


def can_be_indexed(knowledge: Knowledge) -> bool:
    """Whether every entry belongs to a region and cites clauses that are there, whatever else is wrong."""
    clauses = {(document.id, clause.id) for document in knowledge.documents for clause in document.clauses}
    return all(
        entry.region in {EVERYWHERE, *knowledge.places}
        and all((citation.document, citation.clause) in clauses for citation in entry.citations)
        for entry in knowledge.entries
    )


def check_terms(knowledge: Knowledge, path: Path) -> list[Problem]:
    """The local terms that no place uses at all, so that they would be handed over everywhere."""
    nowhere = frozenset.intersection(*map(knowledge.strange_in, knowledge.places))
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        Problem(path, lines.index(term) + 1, f"no text and no entry uses the local term {term}")
        for term in knowledge.local_terms
        if knowledge.folding.unify(term) in nowhere
    ]


def check_reach(matcher: Matcher) -> list[Problem]:
    """The entries whose own question does not reach them in their own place."""
    problems = []
    for entry in matcher.knowledge.entries:
        region = entry.region if entry.region != EVERYWHERE else next(iter(matcher.knowledge.places))
        found = matcher.nearest_entry(entry.question, region)
        if found is None and entry.outcome is Outcome.HANDOFF:
            continue  # known to be off the topic, which is handed over as well
        if found is None or entry.answer_key not in found.cited:
            shown = found.id if found else "nothing"
            text = entry.path.read_text(encoding="utf-8")
            problems.append(
                Problem(entry.path, _find_line(text, "question ="), f"its own question finds {shown}")
            )
    return problems


@dataclass(frozen=True)
class _Notes:
    entry: Entry
    text: str

    def gather(self, found: Iterable[tuple[str, str]]) -> Iterator[Problem]:
        """Turn (words to look for, message) into problems that name the line."""
        for needle, message in found:
            yield Problem(self.entry.path, _find_line(self.text, needle), message)


def _check_entry(
    entry: Entry, knowledge: Knowledge, offer: Offer, ids: set[str]
) -> Iterator[tuple[str, str]]:
    if entry.path.stem != entry.id:
        yield "id =", f"the file is not named like its id {entry.id!r}"
    if entry.region != EVERYWHERE and entry.region not in knowledge.places:
        yield "region =", f"there is no region {entry.region!r}"
    if len(entry.phrasings) < FEWEST_PHRASINGS:
        yield "phrasings", f"{len(entry.phrasings)} phrasings; at least {FEWEST_PHRASINGS} are needed"
    if not entry.question or not entry.question_en:
        yield "question", "the question is missing in Chinese or in English"
    if not entry.answer or not entry.answer_en:
        yield "+++", "the answer is missing in Chinese or in English"
    if entry.reviewed is None:
        yield "+++", "the day of review is missing"
    if entry.office not in offer.offices:
        yield "office", f"no policy pack has an office {entry.office!r}"
    yield from _check_citations(entry, knowledge)
    yield from _check_step(entry, offer)
    yield from _check_outcome(entry, ids)


def _check_citations(entry: Entry, knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    for citation in entry.citations:
        fault = knowledge.documents.check(citation)
        if fault is not None:
            yield citation.quote or "quote =", fault


def _check_step(entry: Entry, offer: Offer) -> Iterator[tuple[str, str]]:
    if entry.step is None:
        return
    if entry.step.page not in PAGES:
        yield "next", f"there is no page {entry.step.page!r}"
    if entry.step.claim is not None and entry.step.claim not in offer.claims:
        yield "next", f"no policy pack offers a claim {entry.step.claim!r}"


def _check_outcome(entry: Entry, ids: set[str]) -> Iterator[tuple[str, str]]:
    if entry.outcome is Outcome.ANSWER and not entry.citations:
        yield "outcome", "an answer needs a clause"
    if entry.outcome is Outcome.HANDOFF and not entry.reason:
        yield "outcome", "a handed-over question needs the reason"
    if entry.outcome is Outcome.CLARIFY and len(entry.choices) < 2:
        yield "outcome", "asking back needs at least two choices"
    for choice in entry.choices:
        if choice not in ids:
            yield choice, f"there is no entry {choice!r} to choose"


def _check_ids(entries: Sequence[Entry]) -> Iterator[Problem]:
    first: dict[str, Entry] = {}
    for entry in entries:
        earlier = first.setdefault(entry.id, entry)
        if earlier is not entry:
            yield Problem(entry.path, 2, f"the id {entry.id!r} is already taken by {earlier.path}")


def _check_collisions(knowledge: Knowledge) -> Iterator[Problem]:
    """Phrasings that become the same words in two entries which the same person may be answered from."""
    holders: Mapping[str, list[tuple[Entry, str]]] = defaultdict(list)
    for entry in knowledge.entries:
        for phrasing in dict.fromkeys((entry.question, *entry.phrasings)):
            holders[knowledge.folding.fold(phrasing)].append((entry, phrasing))
    for held in holders.values():
        for at, (entry, phrasing) in enumerate(held):
            rival = next((each for each, _ in held[:at] if _meet(knowledge, each, entry)), None)
            if rival is not None:
                line = _find_line(entry.path.read_text(encoding="utf-8"), phrasing)
                yield Problem(entry.path, line, f"“{phrasing}” says the same as in {rival.id}")


def _meet(knowledge: Knowledge, one: Entry, other: Entry) -> bool:
    if one.id == other.id:
        return False
    if EVERYWHERE in (one.region, other.region):
        return True
    return any({one.region, other.region} <= set(place.under) for place in knowledge.places.values())


def _find_line(text: str, needle: str) -> int:
    """The line on which a text first holds the needle, counted from one; 1 when it does not."""
    at = text.find(needle)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1
