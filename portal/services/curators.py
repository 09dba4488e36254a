"""What curators do: see what was not answered well, propose a change to the knowledge, and try it out."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.content.entries import EVERYWHERE, Entry
from portal.content.evaluation import read_questions
from portal.content.revision import EntryDraft, Preview, add_phrasings, kb_folder, write_entry
from portal.content.revision import preview as preview_revision
from portal.domain.assistant import NumberKind, Outcome
from portal.domain.questions import NoSuchQuestion, Question, QuestionsCurated
from portal.domain.revision import Revision
from portal.services import audit
from portal.services.assistant import NoSuchTopic
from portal.services.work import House, Work
from portal.storage import questions as stored_questions

MOST_LOOKED_AT = 500
_MOST_SUGGESTED = 8


@dataclass(frozen=True)
class Cluster:
    """Questions that say nearly the same, the newest first."""

    questions: tuple[Question, ...]

    @property
    def lead(self) -> Question:
        """The one that stands for all; its number names the cluster."""
        return self.questions[0]

    @property
    def words(self) -> tuple[str, ...]:
        """The different ways in which it was asked."""
        return tuple(dict.fromkeys(question.words for question in self.questions))


def list_clusters(work: Work) -> list[Cluster]:
    """What was handed over or did not help, alike with alike, the most frequent first."""
    missed = stored_questions.list_missed(work.session, work.actor.region, MOST_LOOKED_AT)
    groups = work.house.matcher.cluster([question.words for question in missed])
    return [Cluster(tuple(missed[at] for at in group)) for group in groups]


def get_cluster(work: Work, number: str) -> Cluster:
    """The cluster that a question is in; raises ``NoSuchQuestion`` when it waits no longer."""
    for cluster in list_clusters(work):
        if any(question.number == number for question in cluster.questions):
            return cluster
    raise NoSuchQuestion


def close_cluster(work: Work, number: str) -> None:
    """Note that a cluster has been dealt with."""
    cluster = get_cluster(work, number)
    marked = stored_questions.mark_curated(
        work.session, [question.id for question in cluster.questions], work.now
    )
    audit.record(work, QuestionsCurated(marked))


def suggest_entries(house: House, region: str, words: str) -> list[Entry]:
    """The entries of a region that are nearest to some words, those that are asked back left out."""
    found = house.matcher.suggest(words, region, limit=_MOST_SUGGESTED)
    return [entry for entry in found if entry.outcome is not Outcome.CLARIFY]


def list_groups(house: House, region: str) -> list[str]:
    """The folders that a new entry of a region, or of everywhere, can stand in."""
    return list(dict.fromkeys(entry.group for entry in house.matcher.knowledge.visible_in(region)))


def propose_phrasings(house: House, region: str, entry_id: str, phrasings: Sequence[str]) -> Revision:
    """Add ways to ask to an entry that people of the region see; raises ``NoSuchTopic``."""
    for entry in house.matcher.knowledge.visible_in(region):
        if entry.id == entry_id:
            return add_phrasings(entry, phrasings)
    raise NoSuchTopic


def propose_entry(
    work: Work,
    *,
    entry_id: str,
    group: str,
    outcome: Outcome,
    question: tuple[str, str],
    answer: tuple[str, str],
    clauses: Sequence[tuple[str, str]],
    numbers: Sequence[NumberKind],
    office: str,
    reason: str,
    phrasings: Sequence[str],
) -> Revision:
    """A new entry, reviewed today; ``question`` and ``answer`` are in Chinese and in English."""
    return write_entry(
        EntryDraft(
            id=entry_id,
            group=group,
            region=_region_of_group(work.house, str(work.actor.region), group),
            outcome=outcome,
            question=question[0],
            question_en=question[1],
            answer=answer[0],
            answer_en=answer[1],
            clauses=tuple(clauses),
            numbers=tuple(numbers),
            office=office,
            reason=reason,
            phrasings=tuple(phrasings),
            reviewed=work.today,
        )
    )


def is_id_taken(house: House, entry_id: str) -> bool:
    """Whether there is an entry of this id already."""
    return any(entry.id == entry_id for entry in house.matcher.knowledge.entries)


def preview(house: House, revision: Revision) -> Preview:
    """Try a change out on the evaluation's questions; takes some seconds."""
    kb = kb_folder(house.matcher.knowledge.entries[0])
    return preview_revision(house.matcher, revision, read_questions(kb / "evaluation" / "dev.jsonl"))


def _region_of_group(house: House, region: str, group: str) -> str:
    """Whose entries stand in a folder: the region's, those of one it lies in, or everybody's."""
    for entry in house.matcher.knowledge.visible_in(region):
        if entry.group == group:
            return entry.region
    return EVERYWHERE
