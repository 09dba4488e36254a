"""A claim from its owner's side once it is handed in: how far it has come, taking it back, its payee."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from portal.content.regions import ClaimOffer, Office
from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import (
    FOUR_STEPS,
    ClaimAct,
    ClaimCancelled,
    ClaimEvent,
    ClaimState,
    NoSuchClaim,
    NoSuchPayee,
    PayeeChangedByOwner,
    PayeeFixed,
    Step,
    course_of,
    fold_state,
    list_passes,
)
from portal.domain.errors import Refusal
from portal.domain.masks import account_tail
from portal.services import audit, claim_history, claim_payees
from portal.services.claim_helpers import bar_helpers
from portal.services.work import ActorKind, Work, legal_day
from portal.storage import citizens as stored_citizens
from portal.storage import claim_payees as stored_payees
from portal.storage import claims as stored_claims
from portal.storage.claim_payees import ClaimPayee
from portal.storage.claims import Claim, Rating

# Days after learning of a rejection in which it can be reconsidered (行政复议法 第二十条).
RECONSIDERATION_DAYS = 60


class PayeeMissing(Refusal):
    """There is no account on record to pay to; the desk sets one after seeing card and identity card."""

    code: ClassVar[str] = "payee_missing"


@dataclass(frozen=True)
class ClaimCourse:
    """A claim with all that happened to it, as its own page shows it.

    ``officers`` gives for each of its steps the job number that took it, or None so far.
    """

    claim: Claim
    offer: ClaimOffer
    office: Office
    events: tuple[ClaimEvent, ...]
    officers: Mapping[Step, str | None]
    rating: Rating | None

    @property
    def last(self) -> ClaimEvent:
        """What happened last."""
        return self.events[-1]

    @property
    def findings(self) -> tuple[str, ...]:
        """What officers said when they passed it on, step by step; of an objection, what came of it."""
        passes = list_passes(course_of(self.claim.kind), self.events).values()
        return tuple(event.facts["words"] for event in passes if event.facts.get("words"))

    @property
    def may_cancel(self) -> bool:
        """Whether it can still be taken back."""
        return course_of(self.claim.kind).may(self.claim.state, ClaimAct.CANCEL)

    @property
    def reconsider_until(self) -> date:
        """The last day for asking that a rejection be reconsidered, counted from being told."""
        return legal_day(self.last.at) + timedelta(days=RECONSIDERATION_DAYS)


def get_claim(work: Work, claim_id: int) -> Claim:
    """One claim; raises ``NoSuchClaim``."""
    return stored_claims.get_claim(work.session, claim_id)


def get_own_claim(work: Work, number: str) -> Claim:
    """The actor's own claim with this number; anybody else's answers as if it did not exist."""
    claim = stored_claims.find_by_number(work.session, number)
    if claim is None or not _is_own(work, claim):
        raise NoSuchClaim
    return claim


def show_course(work: Work, claim: Claim) -> ClaimCourse:
    """A claim with all that happened to it."""
    region = work.packs.get(claim.region)
    offer = region.claims[claim.kind]
    events = tuple(stored_claims.list_events(work.session, claim.id))
    passes = list_passes(course_of(claim.kind), events)
    return ClaimCourse(
        claim=claim,
        offer=offer,
        office=region.office(offer.office, claim.town),
        events=events,
        officers={step: passes[step].job_no if step in passes else None for step in steps_of(claim.kind)},
        rating=stored_claims.find_rating(work.session, claim.id),
    )


def get_payee(work: Work, claim: Claim) -> tuple[str | None, str | None]:
    """Bank and last digits of the account on record of whom a claim is about; None where there is none."""
    person = stored_citizens.get_person(work.session, claim.person_id)
    return person.bank_name, person.account_tail or person.card_tail


def list_offers(work: Work) -> list[ClaimOffer]:
    """The claims that the actor's region takes, in the pack's order."""
    assert work.actor.region is not None  # noqa: S101  a signed-in villager lives somewhere
    return list(work.packs.get(work.actor.region).claims.values())


def list_own_claims(work: Work) -> list[Claim]:
    """The actor's claims, newest first."""
    assert work.actor.person_id is not None  # noqa: S101  the page is open to villagers only
    return stored_claims.list_for_person(work.session, work.actor.person_id)


def cancel_claim(work: Work, number: str) -> None:
    """Take a claim back before approval; it can be filed again.

    Raises:
        NoSuchClaim: it is not the actor's.
        ActNotOpen: it is approved, or over.
    """
    claim = lock_own_claim(work, number)
    claim_history.record_act(work, claim, ClaimAct.CANCEL)
    audit.record(work, ClaimCancelled(claim.id), region=claim.region)


def fix_payee(work: Work, number: str) -> None:
    """Say that the account is right now, on record or as the claim names it, after a payment came back.

    Raises:
        NoSuchClaim: it is not the actor's.
        PayeeMissing: there is no account on record.
        ActNotOpen: no payment was refused.
        SlipOfHandler: whoever let the actor in by a slip has taken a step of the claim.
    """
    claim = lock_own_claim(work, number)
    person = stored_citizens.get_person(work.session, claim.person_id)
    unpaid = claim_payees.list_unpaid(work, claim.id)
    if not unpaid and not person.has_payee():
        raise PayeeMissing
    bar_helpers(work, claim)
    facts = {} if unpaid else {"tail": person.account_tail or person.card_tail}
    claim_history.record_act(work, claim, ClaimAct.FIX_PAYEE, facts)
    audit.record(work, PayeeFixed(claim.id), region=claim.region)


def get_unpaid_payee(work: Work, claim: Claim, payee_id: int) -> ClaimPayee:
    """Somebody whom a claim names and the bank could not pay; raises ``NoSuchPayee``."""
    for payee in claim_payees.list_unpaid(work, claim.id):
        if payee.id == payee_id:
            return payee
    raise NoSuchPayee


def change_account(work: Work, number: str, payee_id: int, *, account: str, bank_name: str) -> None:
    """Give another account for somebody whom the bank could not pay; the claim is approved anew.

    Raises:
        NoSuchClaim: it is not the actor's.
        NoSuchPayee: it names nobody of the kind, or the bank has paid them.
        ActNotOpen: no payment was refused.
        SlipOfHandler: as for ``fix_payee``.
    """
    claim = lock_own_claim(work, number)
    payee = get_unpaid_payee(work, claim, payee_id)
    bar_helpers(work, claim)
    tail = account_tail(account)
    stored_payees.change_account(
        work.session,
        payee.id,
        account_sealed=work.keys.seal(account, stored_payees.account_context(payee.uid)),
        account_tail=tail,
        bank_name=bank_name,
    )
    claim_history.record_act(work, claim, ClaimAct.CHANGE_PAYEE, {"tail": tail})
    audit.record(work, PayeeChangedByOwner(claim.id), region=claim.region)


def list_state_faults(work: Work) -> list[tuple[str, ClaimState, ClaimState]]:
    """Claims whose kept state is not what their events say: number, kept, folded."""
    faults = []
    for claim in stored_claims.iterate_claims(work.session):
        folded = fold_state(course_of(claim.kind), stored_claims.list_events(work.session, claim.id))
        if folded is not claim.state:
            faults.append((claim.number, claim.state, folded))
    return faults


def steps_of(kind: ClaimKind) -> tuple[Step, ...]:
    """The steps that a kind of claim takes: four where money follows, three where it does not."""
    return FOUR_STEPS if course_of(kind).pays else FOUR_STEPS[:-1]


def _is_own(work: Work, claim: Claim) -> bool:
    actor = work.actor
    if actor.kind is ActorKind.CLAIMANT:
        return claim.id == actor.claim_id
    return actor.kind is ActorKind.CITIZEN and claim.person_id == actor.person_id


def lock_own_claim(work: Work, number: str) -> Claim:
    """The actor's own claim with this number, held until the work ends; raises ``NoSuchClaim``."""
    return stored_claims.lock_claim(work.session, get_own_claim(work, number).id)
