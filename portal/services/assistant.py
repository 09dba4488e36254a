"""Asks the matcher, and turns its decision into what a person can use: words, clauses, an office."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from portal.content.entries import Entry
from portal.content.regions import Office, Region
from portal.domain.assistant import Outcome, Reason, mask_numbers
from portal.domain.errors import Refusal
from portal.services.work import House, Work
from portal.storage import questions as stored_questions

LONGEST_STORED = 500
QUESTION_PREFIX = "W"
MOST_FOUND = 10


class NoSuchEntry(Refusal):
    """There is no such entry."""

    code: ClassVar[str] = "no_such_entry"


class Kept(StrEnum):
    """Why a question was kept."""

    HANDED_OVER = "handed_over"
    UNHELPFUL = "unhelpful"
    FOR_STAFF = "for_staff"


@dataclass(frozen=True)
class Answered:
    """What the assistant makes of a question.

    ``words`` is the question with numbers hidden; ``entry`` what to show, if there is one; ``choices``
    the entries and ``places`` the regions to choose among when it asks back; ``office`` whom to call.
    """

    outcome: Outcome
    reason: Reason | None
    words: str
    region: str | None
    entry: Entry | None
    choices: tuple[Entry, ...]
    places: tuple[Region, ...]
    office: Office


def ask(house: House, question: str, region: str | None, context: str | None = None) -> Answered:
    """Answer, ask back, or hand over; nothing is stored."""
    region = region if region in house.regions else None
    reply = house.matcher.ask(question, region, context)
    entry = None if reply.entry_id is None else house.matcher.entry(reply.entry_id)
    here = house.packs.regions[region or house.regions[0]]
    return Answered(
        outcome=reply.outcome,
        reason=reply.reason,
        words=mask_numbers(question),
        region=region,
        entry=entry,
        choices=tuple(house.matcher.entry(each) for each in _choices(entry, reply.choices)),
        places=tuple(house.packs.regions[place] for place in reply.places if place in house.regions),
        office=here.office(entry.office if entry is not None and entry.office else here.main_office),
    )


def show_entry(house: House, entry_id: str, region: str | None = None) -> tuple[Entry, Office]:
    """One entry with the office that knows more; raises ``NoSuchEntry``."""
    try:
        entry = house.matcher.entry(entry_id)
    except KeyError:
        raise NoSuchEntry from None
    place = entry.region if entry.region in house.regions else region
    here = house.packs.regions[place if place in house.regions else house.regions[0]]
    return entry, here.office(entry.office or here.main_office)


def keep_question(work: Work, answered: Answered, why: Kept) -> str:
    """Keep a question for the curators or for staff, its numbers hidden; returns its number."""
    return stored_questions.add_question(
        work.session,
        prefix=QUESTION_PREFIX,
        region=answered.region,
        words=answered.words[:LONGEST_STORED],
        outcome=str(why),
        entry=answered.entry.id if answered.entry is not None else None,
        now=work.now,
        person_id=work.actor.person_id,
        helpful=False if why is Kept.UNHELPFUL else None,
    )


def _choices(entry: Entry | None, offered: tuple[str, ...]) -> tuple[str, ...]:
    """A curated question back brings its own choices."""
    return entry.choices if entry is not None and entry.choices else offered


@dataclass(frozen=True)
class Topic:
    """Entries of one group; ``group`` is empty for what was searched for."""

    group: str
    entries: tuple[Entry, ...]


def list_entries(house: House, region: str) -> list[Topic]:
    """The entries of a region that answer, by errand; what other places say is not among them."""
    shown = [
        entry
        for entry in house.matcher.knowledge.entries
        if entry.region == region and entry.outcome is Outcome.ANSWER
    ]
    groups = dict.fromkeys(entry.group for entry in shown)
    return [Topic(group, tuple(entry for entry in shown if entry.group == group)) for group in groups]


def search_entries(house: House, region: str, words: str) -> Topic:
    """The entries whose wording is nearest to some words."""
    found = house.matcher.suggest(words, region, limit=MOST_FOUND)
    return Topic("", tuple(entry for entry in found if entry.outcome is Outcome.ANSWER))
