"""A claim with what its next decision rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from portal.domain.citizens import Person
from portal.domain.claims import ClaimEvent, NoSuchClaim, Step, course_of, list_passes
from portal.domain.decisions import Condition
from portal.domain.policy import Figure
from portal.domain.receipts import ReceiptState
from portal.domain.review import OwnClaim
from portal.services.claim_conditions import check_conditions, work_out_amount
from portal.services.claim_helpers import list_handlers
from portal.services.reach import is_in_reach
from portal.services.staff import NUMBER_COLUMN as STAFF_NUMBER_COLUMN
from portal.services.work import Work
from portal.storage import citizens as stored_citizens
from portal.storage import claimants as stored_claimants
from portal.storage import claims as stored_claims
from portal.storage import receipts as stored_receipts
from portal.storage import staff as stored_staff
from portal.storage.claims import Claim
from portal.storage.receipts import Receipt


def is_own_claim(work: Work, person: Person) -> bool:
    """Whether the actor is this villager, or one of those who claim for a villager that died."""
    at_desk = [find_at_desk(work, person)]
    if not person.is_alive:
        at_desk += [
            _find_by_number(work, sealed, stored_claimants.number_context(uid))
            for uid, sealed in stored_claimants.list_sealed_numbers(work.session, person.id)
        ]
    return work.actor.desk_person_id in at_desk


def check_not_own(work: Work, person: Person) -> None:
    """Refuse what is the actor's own, or of somebody whom they claim for; raises ``OwnClaim``."""
    if is_own_claim(work, person):
        raise OwnClaim


def find_at_desk(work: Work, person: Person) -> int | None:
    """Who a villager is among the staff, by natural person; None where they are not at the desk."""
    sealed = stored_citizens.sealed_column(work.session, person.id, "number_sealed")
    assert sealed is not None  # noqa: S101  the column is never empty
    return _find_by_number(work, sealed, f"person.number {person.uid}")


def _find_by_number(work: Work, sealed: bytes, context: str) -> int | None:
    """Who has this citizen number among the staff.

    Staff and villagers are filed under indexes that cannot be compared, on purpose; so the number is opened
    here, for nobody's eyes, and looked for as a member of staff's would be.
    """
    digits = work.keys.open_sealed(sealed, context)
    return stored_staff.find_person(work.session, work.keys.blind_indexes(STAFF_NUMBER_COLUMN, digits))


@dataclass(frozen=True)
class Case:
    """A claim with what its next decision rests on."""

    claim: Claim
    person: Person
    events: tuple[ClaimEvent, ...]
    handlers: Mapping[int, Step]
    papers: tuple[Receipt, ...]
    conditions: tuple[Condition, ...]
    worked_out: Figure | None
    passes: Mapping[Step, ClaimEvent]

    @classmethod
    def read(cls, work: Work, claim: Claim, person: Person) -> "Case":
        """Read it as it stands now; the conditions are tested now, whatever they were at filing."""
        events = tuple(stored_claims.list_events(work.session, claim.id))
        papers = tuple(
            paper
            for paper in stored_receipts.list_of_claim(work.session, claim.id)
            if paper.state is not ReceiptState.REPLACED
        )
        materials = {paper.material for paper in papers}
        return cls(
            claim=claim,
            person=person,
            events=events,
            handlers=list_handlers(work, claim),
            papers=papers,
            conditions=check_conditions(work, person, claim.kind, claim.answers, materials, claim=claim),
            worked_out=work_out_amount(work, person, claim.kind, claim.answers, claim),
            passes=list_passes(course_of(claim.kind), events),
        )

    @property
    def confirmed(self) -> frozenset[str]:
        """The conditions that a reviewer vouched for since the claim was last handed in."""
        return frozenset(
            condition for event in self.passes.values() for condition in event.facts.get("confirmed", ())
        )

    @property
    def keyed(self) -> Decimal | None:
        """The amount of the first review, while it stands."""
        first = self.passes.get(Step.FIRST_REVIEW)
        return None if first is None or "keyed" not in first.facts else Decimal(first.facts["keyed"])

    @property
    def worked_out_yuan(self) -> Decimal | None:
        """What the rules give."""
        return None if self.worked_out is None else self.worked_out.yuan


def check_reach(work: Work, claim: Claim) -> Claim:
    """Hand a claim back to staff in whose reach it lies; to others, refuse with ``NoSuchClaim``."""
    if not is_in_reach(work.actor, claim.region, claim.town):
        raise NoSuchClaim
    return claim
