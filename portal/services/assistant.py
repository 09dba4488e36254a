"""Asks the matcher, and turns its decision into what a person can use: words, clauses, an office."""

import re
from dataclasses import dataclass
from typing import ClassVar

from portal.content.entries import Entry
from portal.content.regions import Office, Region
from portal.domain.assistant import Outcome, Reason, Reply, mask_numbers
from portal.domain.bereavement import speaks_of_a_death
from portal.domain.claim_kinds import ClaimKind
from portal.domain.enrolment import Scheme
from portal.domain.errors import Refusal
from portal.domain.subsidy import SubsidyHistory, years_left
from portal.services import filing
from portal.services.work import ActorKind, House, Work
from portal.storage import citizens as stored_citizens
from portal.storage import claims as stored_claims

MOST_FOUND = 10
SMALL_TALK = "all-chat"  # the folder of what people say without asking about a policy

_OWN_PAGES = frozenset({"record", "apply", "entitlement"})
# Controls, halves of characters, and marks that are not seen or turn the reading direction around.
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\u20e3"
    "\ufe00-\ufe0f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


class NoSuchTopic(Refusal):
    """There is no such entry."""

    code: ClassVar[str] = "no_such_topic"


@dataclass(frozen=True)
class Answered:
    """What the assistant makes of a question.

    ``words`` is the question with numbers hidden, ``context`` the entry it follows on; ``entry`` what to
    show, if there is one, and ``subject`` what the next question carries on; ``choices`` the entries and
    ``places`` the regions to choose among when it asks back; ``office`` whom to call. ``bereaved`` is true
    where the question tells of a death.
    """

    outcome: Outcome
    reason: Reason | None
    words: str
    context: str | None
    region: str | None
    entry: Entry | None
    subject: Entry | None
    choices: tuple[Entry, ...]
    places: tuple[Region, ...]
    office: Office
    bereaved: bool

    @property
    def is_small_talk(self) -> bool:
        """Whether this was a greeting, a thank-you or the like, which no policy text could answer."""
        return self.entry is not None and self.entry.group == SMALL_TALK

    @property
    def is_missed(self) -> bool:
        """Whether something was asked about policy that the texts, or the entries, do not answer."""
        return (
            self.outcome is Outcome.HANDOFF
            and self.reason is not Reason.NOTHING_ASKED
            and not self.is_small_talk
        )

    @property
    def concerns_own_record(self) -> bool:
        """Whether a villager's own record says more than the general answer."""
        return (
            self.outcome is Outcome.ANSWER
            and self.entry is not None
            and self.entry.step is not None
            and (self.entry.step.page in _OWN_PAGES or self.entry.step.claim == ClaimKind.REIMBURSEMENT)
        )


def ask(house: House, question: str, region: str | None, context: str | None = None) -> Answered:
    """Answer, ask back, or hand over; nothing is stored."""
    question = _NOT_TEXT.sub("", question)
    region = region if region in house.regions else None
    reply = house.matcher.ask(question, region, context)
    entry = None if reply.entry_id is None else house.matcher.entry(reply.entry_id)
    here = house.packs.regions[region or house.regions[0]]
    return Answered(
        outcome=reply.outcome,
        reason=reply.reason,
        words=mask_numbers(question),
        context=context,
        region=region,
        entry=entry,
        subject=_subject(house, reply, context),
        choices=tuple(house.matcher.entry(each) for each in _choices(entry, reply.choices)),
        places=tuple(house.packs.regions[place] for place in reply.places if place in house.regions),
        office=here.office(entry.office if entry is not None and entry.office else here.main_office),
        bereaved=speaks_of_a_death(house.matcher.knowledge.folding.to_plain(question)),
    )


def _subject(house: House, reply: Reply, context: str | None) -> Entry | None:
    """The answer; after a question that was handed over or only polite, still the answer before it."""
    kept = {Outcome.ANSWER: reply.entry_id, Outcome.HANDOFF: context}.get(reply.outcome)
    try:
        return None if kept is None else house.matcher.entry(kept)
    except KeyError:  # a context that somebody made up counts as none
        return None


@dataclass(frozen=True)
class OwnYears:
    """A villager's subsidised years, had and to come, and the claim that can be filed today, if any.

    ``asks_each_year`` is true on the employee route; the others are credited without asking
    (jinning-2020#5.4.1).
    """

    used: int
    left: int
    asks_each_year: bool
    claim: ClaimKind | None


def find_own_years(work: Work, answered: Answered) -> OwnYears | None:
    """What the record of whoever asks adds to an answer; None for strangers and where nothing is counted."""
    who = work.actor
    if who.kind is not ActorKind.CITIZEN or who.person_id is None or not answered.concerns_own_record:
        return None
    person = stored_citizens.get_person(work.session, who.person_id)
    region = work.packs.get(person.region)
    if answered.region not in (None, person.region) or not region.rulebook.has("subsidy.cap_years"):
        return None
    history = SubsidyHistory(
        stored_claims.list_subsidy_years(work.session, person.id), person.opening_used_years
    )
    return OwnYears(
        used=history.used,
        left=years_left(history, region.rulebook, work.today).count,
        asks_each_year=person.scheme is Scheme.EMPLOYEE,
        claim=_claim_open_today(work, person.id, answered.entry, region),
    )


def _claim_open_today(work: Work, person_id: int, entry: Entry | None, region: Region) -> ClaimKind | None:
    """The claim that an entry leads to, if nothing on record speaks against filing it today."""
    named = entry.step.claim if entry is not None and entry.step is not None else None
    kind = ClaimKind(named or ClaimKind.REIMBURSEMENT)
    if kind not in region.claims or filing.look_before_filing(work, person_id, kind).unmet:
        return None
    return kind


def show_entry(house: House, entry_id: str, region: str | None = None) -> tuple[Entry, Office]:
    """One entry with the office that knows more; raises ``NoSuchTopic``."""
    try:
        entry = house.matcher.entry(entry_id)
    except KeyError:
        raise NoSuchTopic from None
    place = entry.region if entry.region in house.regions else region
    here = house.packs.regions[place if place in house.regions else house.regions[0]]
    return entry, here.office(entry.office or here.main_office)


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
