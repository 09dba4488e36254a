"""What is held about a villager, and who did what with it: to see, and to take along."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.citizens import Person
from portal.domain.claims import ClaimEvent
from portal.domain.masks import mask_name
from portal.domain.own_data import OwnDataExported
from portal.domain.questions import Question
from portal.services import audit
from portal.services.work import ActorKind, Work
from portal.spreadsheets.writing import Cell, write_csv
from portal.storage import citizens
from portal.storage import claims as stored_claims
from portal.storage import ledger as stored_ledger
from portal.storage import notices as stored_notices
from portal.storage import own_data as stored_own_data
from portal.storage import questions as stored_questions
from portal.storage.claims import Claim
from portal.storage.ledger import PersonLine
from portal.storage.notices import Notice

ACTS_SHOWN = 50


@dataclass(frozen=True)
class ClaimHistory:
    """A claim and everything that happened to it."""

    claim: Claim
    events: Sequence[ClaimEvent]


@dataclass(frozen=True)
class ActOnFile:
    """What somebody did with a person's file; ``neighbour`` is the masked name of a villager who helped."""

    at: datetime
    actor_kind: str
    job_no: str | None
    neighbour: str | None
    act: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class OwnData:
    """All that is held about one person and may be put into words; what is sealed stays sealed."""

    person: Person
    account: Sequence[PersonLine]
    claims: Sequence[ClaimHistory]
    notices: Sequence[Notice]
    questions: Sequence[Question]
    acts: Sequence[ActOnFile]


def show_own_person(work: Work) -> tuple[Person, list[ActOnFile]]:
    """What is on record of the villager who is signed in, and the newest acts on it."""
    return citizens.get_person(work.session, _me(work)), _list_acts(work, ACTS_SHOWN)


def export_own_data(work: Work, form: str) -> OwnData:
    """Everything about the villager who is signed in, to take along; that it was taken goes on record."""
    me = _me(work)
    audit.record(work, OwnDataExported(me, form))
    return OwnData(
        person=citizens.get_person(work.session, me),
        account=stored_ledger.list_lines(work.session, me),
        claims=[
            ClaimHistory(claim, stored_claims.list_events(work.session, claim.id))
            for claim in stored_claims.list_for_person(work.session, me)
        ],
        notices=stored_notices.list_notices(work.session, me),
        questions=stored_questions.list_for_person(work.session, me),
        acts=_list_acts(work),
    )


def _list_acts(work: Work, limit: int | None = None) -> list[ActOnFile]:
    """What anyone did with the actor's file, newest first."""
    recorded = stored_own_data.list_acts_on_person(work.session, _me(work), limit)
    neighbours = {
        act.actor_id
        for act in recorded
        if act.actor_kind == ActorKind.CITIZEN and act.actor_id not in (None, _me(work))
    }
    masked = {each: mask_name(citizens.get_person(work.session, each).name) for each in neighbours if each}
    return [
        ActOnFile(
            at=act.at,
            actor_kind=act.actor_kind,
            job_no=act.job_no,
            neighbour=None if act.actor_kind != ActorKind.CITIZEN else masked.get(act.actor_id or 0),
            act=act.act,
            facts=act.facts,
        )
        for act in recorded
    ]


def _me(work: Work) -> int:
    assert work.actor.person_id is not None  # noqa: S101  the page is open to villagers only
    return work.actor.person_id


def write_lines(headers: Sequence[str], lines: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Lines in words as a CSV that a spreadsheet opens and in which nothing is a formula."""
    return write_csv(headers, lines)
