"""Letting heirs and beneficiaries in to the one claim of somebody who died.

Whoever can open such a claim can name an account, so it takes two people at the desk: one sees the papers,
the other agrees. Both have helped to file it then, and take none of its four steps. The code on paper that
follows opens the claim only together with the claimant's own citizen number.
"""

import secrets
from dataclasses import dataclass

from portal.domain.citizen_id import CitizenId
from portal.domain.citizens import NoSuchPerson, Person
from portal.domain.claim_kinds import ClaimKind
from portal.domain.claimants import (
    Claimant,
    ClaimantDecided,
    ClaimantProposed,
    ClaimCodeIssued,
    NoSuchClaimant,
    PersonIsAlive,
    ProofSeen,
    Relation,
)
from portal.domain.claims import ENDED
from portal.domain.held_changes import ProposedByYou
from portal.services import audit, claims, filing, identity
from portal.services.claim_cases import check_not_own
from portal.services.claim_conditions import get_offer
from portal.services.claim_helpers import note_helper
from portal.services.reach import is_in_reach
from portal.services.work import Work
from portal.storage import citizens as stored_citizens
from portal.storage import claimants as stored_claimants
from portal.storage import claims as stored_claims
from portal.storage.claimants import NewClaimant
from portal.storage.claims import Claim

_KIND = ClaimKind.ONE_OFF_PAYMENT


@dataclass(frozen=True)
class Estate:
    """A person who died, and everybody who was proposed to claim for them."""

    person: Person
    claimants: tuple[Claimant, ...]


@dataclass(frozen=True)
class ClaimSlip:
    """A claimant's paper code as it is printed, with the claim that it opens."""

    claimant: Claimant
    claim: Claim
    code: str


def show_estate(work: Work, person_id: int) -> Estate:
    """Who may claim for a person, and who waits.

    Raises:
        NoSuchPerson: there is none, or they are out of reach.
        PersonIsAlive: they claim for themselves.
        KindNotOffered: the region pays nothing to heirs.
    """
    person = _dead_in_reach(work, person_id)
    return Estate(person, tuple(stored_claimants.list_of_person(work.session, person.id)))


def list_waiting(work: Work) -> list[Claimant]:
    """Claimants within the actor's reach who wait for a second person, the oldest first."""
    assert work.actor.region is not None  # noqa: S101  the desk is open to staff only
    return stored_claimants.list_waiting(work.session, work.actor.region, work.actor.town)


def propose_claimant(
    work: Work, person_id: int, name: str, number: CitizenId, relation: Relation, proof: ProofSeen
) -> None:
    """Record an heir or beneficiary whose papers the actor has seen; it waits for a second person.

    Raises:
        NoSuchPerson, PersonIsAlive, KindNotOffered: as ``show_estate``.
        OwnClaim: the actor claims for the person, or proposes themselves.
    """
    person = _dead_in_reach(work, person_id)
    uid = secrets.token_hex(8)
    stored_claimants.add_claimant(
        work.session,
        NewClaimant(
            uid=uid,
            person_id=person.id,
            name=name,
            number_sealed=work.keys.seal(number.digits, stored_claimants.number_context(uid)),
            relation=relation,
            proof=proof,
            proposed_at=work.now,
            proposed_by=work.actor.desk_person_id,
        ),
    )
    check_not_own(work, person)  # now that the proposed one is among those who claim
    audit.record(work, ClaimantProposed(person.id, relation, proof), region=person.region)


def decide_claimant(work: Work, claimant_id: int, *, accepted: bool) -> None:
    """Let a claimant in to the person's claim, which is opened where there is none yet; or do not.

    Raises:
        NoSuchClaimant: nobody waits there, or they are out of reach.
        ProposedByYou: the actor proposed them.
        OwnClaim: the actor claims for the person, or waits to.
        SlotTaken: the money was paid out already.
        SamePersonTwice: one of the two has taken a step of the claim.
    """
    claimant = _in_reach(work, stored_claimants.lock_claimant(work.session, claimant_id))
    if claimant.decided_at is not None:
        raise NoSuchClaimant
    by = work.actor.desk_person_id
    if claimant.proposed_by == by:
        raise ProposedByYou
    check_not_own(work, stored_citizens.get_person(work.session, claimant.person_id))
    claim_id = _open_for(work, claimant) if accepted else None
    stored_claimants.decide(work.session, claimant.id, claim_id=claim_id, by=by, now=work.now)
    audit.record(work, ClaimantDecided(claimant.person_id, accepted), region=claimant.region)


def issue_slip(work: Work, claimant_id: int) -> ClaimSlip:
    """Make a paper code for a claimant whose identity card the actor has in hand, and bar the actor.

    Raises:
        NoSuchClaimant: nobody was let in under this number, or they are out of reach.
        SamePersonTwice: the actor has taken a step of the claim.
    """
    claimant = _in_reach(work, stored_claimants.lock_claimant(work.session, claimant_id))
    if claimant.claim_id is None:
        raise NoSuchClaimant
    note_helper(work, claimant.claim_id, work.actor.desk_person_id)
    uid, sealed = stored_claimants.sealed_number(work.session, claimant.id)
    number = work.keys.open_sealed(sealed, stored_claimants.number_context(uid))
    code = identity.make_claim_code(work, claimant.claim_id, CitizenId.parse(number))
    audit.record(work, ClaimCodeIssued(claimant.claim_id), region=claimant.region)
    return ClaimSlip(claimant, claims.get_claim(work, claimant.claim_id), code)


def _open_for(work: Work, claimant: Claimant) -> int:
    """The claim that a claimant may act on, with both who let them in barred from its four steps."""
    claim = _find_open(work, claimant.person_id) or filing.open_claim(work, claimant.person_id, _KIND)
    for helper in (claimant.proposed_by, work.actor.desk_person_id):
        note_helper(work, claim.id, helper)
    return claim.id


def _find_open(work: Work, person_id: int) -> Claim | None:
    of_person = stored_claims.list_for_person(work.session, person_id)
    return next((each for each in of_person if each.kind is _KIND and each.state not in ENDED), None)


def _dead_in_reach(work: Work, person_id: int) -> Person:
    person = stored_citizens.get_person(work.session, person_id)
    if not is_in_reach(work.actor, person.region, person.town):
        raise NoSuchPerson
    get_offer(work, person, _KIND)
    if person.is_alive:
        raise PersonIsAlive
    return person


def _in_reach(work: Work, claimant: Claimant) -> Claimant:
    if not is_in_reach(work.actor, claimant.region, claimant.town):
        raise NoSuchClaimant
    return claimant
