"""All there is to see about one claim before it is decided, and its papers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.content.regions import ClaimOffer, Reading, RefusalReason
from portal.domain.citizens import Person
from portal.domain.claim_forms import Question
from portal.domain.claim_kinds import Reason
from portal.domain.claims import STEP_AT, ClaimEvent, ClaimState, Step, course_of
from portal.domain.decisions import Condition, Outcome
from portal.domain.disclosure import ClaimViewed, ReceiptViewed
from portal.domain.errors import Refusal
from portal.domain.policy import Figure
from portal.domain.receipts import find_alike
from portal.domain.review import check_handler
from portal.services import audit, claims, receipts
from portal.services.claim_cases import Case, check_not_own, check_reach, is_own_claim
from portal.services.claim_conditions import questions_of
from portal.services.holdings import list_held
from portal.services.remarks import list_remarks
from portal.services.work import Work
from portal.storage import citizens as stored_citizens
from portal.storage import claim_payees as stored_payees
from portal.storage import claims as stored_claims
from portal.storage import reviews as stored_reviews
from portal.storage.claim_payees import ClaimPayee
from portal.storage.claims import Claim
from portal.storage.receipts import Receipt


@dataclass(frozen=True)
class Dossier:
    """All there is to see about one claim before it is decided.

    ``passes`` are the acts that brought it to where it stands; ``worked_out`` is what the rules give, None
    where staff key the amount; ``keyed`` the amount of the first review, while that stands; ``confirmed`` the
    conditions somebody vouched for; ``barred`` why the actor may not take the next step, None when they may;
    ``next_step`` is None when nothing is to be decided; ``reasons`` are those that fit its kind, and
    ``all_reasons`` the region's whole list, in which earlier ones are looked up.
    """

    claim: Claim
    person: Person
    offer: ClaimOffer
    conditions: tuple[Condition, ...]
    confirmed: frozenset[str]
    worked_out: Figure | None
    keyed: Decimal | None
    events: tuple[ClaimEvent, ...]
    passes: tuple[ClaimEvent, ...]
    next_step: Step | None
    barred: Refusal | None
    others: tuple[Claim, ...]
    questions: tuple[Question, ...]
    receipts: tuple[Receipt, ...]
    payees: tuple[ClaimPayee, ...]
    twins: tuple[str, ...]
    alike: tuple[str, ...]
    paid_years: tuple[int, ...]
    held: Sequence[Figure]
    remarks: tuple[str, ...]
    readings: tuple[Reading, ...]
    reasons: tuple[RefusalReason, ...]
    all_reasons: Mapping[Reason, RefusalReason]

    @property
    def answers(self) -> Mapping[str, Any]:
        """What was answered when it was last handed in."""
        return self.claim.answers

    @property
    def unconfirmed(self) -> tuple[Condition, ...]:
        """Conditions that only a person can compare, and nobody has."""
        return tuple(
            each
            for each in self.conditions
            if each.outcome is Outcome.UNKNOWN and each.id not in self.confirmed
        )

    @property
    def agrees(self) -> bool | None:
        """Whether the keyed amount is what the rules give; None while one of them is missing."""
        if self.keyed is None or self.worked_out is None:
            return None
        return self.keyed == self.worked_out.yuan

    @property
    def asks_amount(self) -> bool:
        """Whether the next reviewer keys the amount: the first always, the second where no rule gives one."""
        return course_of(self.claim.kind).pays and (
            self.next_step is Step.FIRST_REVIEW
            or (self.next_step is Step.SECOND_REVIEW and self.worked_out is None)
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that this kind of claim takes."""
        return claims.steps_of(self.claim.kind)


def open_claim(work: Work, claim_id: int) -> Dossier:
    """Look at a claim; that one looked is put on record.

    Raises:
        NoSuchClaim: there is none, or it is out of reach.
    """
    dossier = read_dossier(work, claim_id)
    audit.record(work, ClaimViewed(claim_id), region=dossier.claim.region)
    return dossier


def read_dossier(work: Work, claim_id: int) -> Dossier:
    """A claim with what its form rests on, shown to nobody and so not on record; raises as ``open_claim``."""
    return _dossier(work, check_reach(work, stored_claims.get_claim(work.session, claim_id)))


def _dossier(work: Work, claim: Claim) -> Dossier:
    region = work.packs.get(claim.region)
    person = stored_citizens.get_person(work.session, claim.person_id)
    case = Case.read(work, claim, person)
    next_step = STEP_AT.get(claim.state) if claim.state is not ClaimState.DISBURSING else None
    offer = region.claims[claim.kind]
    twins = tuple(stored_reviews.list_twins(work.session, [claim.id]).get(claim.id, ()))
    named = dict.fromkeys(
        (
            *offer.readings,
            *(each for condition in case.conditions for each in condition.readings),
            *(case.worked_out.readings if case.worked_out is not None else ()),
        )
    )
    return Dossier(
        claim=claim,
        person=person,
        offer=offer,
        conditions=case.conditions,
        confirmed=case.confirmed,
        worked_out=case.worked_out,
        keyed=case.keyed,
        events=case.events,
        passes=tuple(case.passes.values()),
        next_step=next_step,
        barred=None if next_step is None else _why_barred(work, case, next_step),
        others=tuple(
            each for each in stored_claims.list_for_person(work.session, person.id) if each.id != claim.id
        ),
        questions=questions_of(offer),
        receipts=case.papers,
        payees=tuple(stored_payees.list_of_claim(work.session, claim.id)),
        twins=twins,
        alike=_list_alike(work, claim, case.papers, twins),
        paid_years=tuple(sorted(stored_claims.list_subsidy_years(work.session, person.id))),
        held=list_held(work, person),
        remarks=list_remarks(work, claim, person),
        readings=tuple(region.readings[name] for name in named if name in region.readings),
        reasons=region.list_reasons(claim.kind),
        all_reasons=region.refusals,
    )


def _list_alike(
    work: Work, claim: Claim, papers: Sequence[Receipt], twins: Collection[str]
) -> tuple[str, ...]:
    """Claims with a paper that looks like one of these without being the very same picture."""
    seen = stored_reviews.list_likenesses(work.session, claim.id, claim.region) if papers else ()
    return tuple(sorted(find_alike((paper.likeness for paper in papers), seen) - set(twins)))


def open_paper(work: Work, claim_id: int, receipt_id: int, page: int) -> bytes:
    """A page of a claim's paper as a JPEG; that one looked is put on record.

    Raises:
        NoSuchClaim, NoSuchReceipt: there is none, or it is out of reach.
        OwnClaim: it is the actor's own claim, or pays them.
    """
    receipt = _paper_in_reach(work, claim_id, receipt_id)
    audit.record(work, ReceiptViewed(claim_id, receipt_id))
    return receipts.open_page(work, receipt, page, small=False)


def release_paper(work: Work, claim_id: int, receipt_id: int) -> bytes:
    """The PDF that was sent, as it was; goes on record.

    Raises:
        NoSuchClaim, NoSuchReceipt: there is none, or it is out of reach.
        OwnClaim: it is the actor's own claim, or pays them.
    """
    return receipts.release_original(work, _paper_in_reach(work, claim_id, receipt_id))


def _paper_in_reach(work: Work, claim_id: int, receipt_id: int) -> Receipt:
    claim = check_reach(work, stored_claims.get_claim(work.session, claim_id))
    check_not_own(work, stored_citizens.get_person(work.session, claim.person_id))
    return receipts.get_of_claim(work, claim_id, receipt_id)


def _why_barred(work: Work, case: Case, step: Step) -> Refusal | None:
    try:
        check_handler(
            step,
            case.handlers,
            work.actor.desk_person_id,
            work.actor.roles,
            is_own_claim=is_own_claim(work, case.person),
        )
    except Refusal as refusal:
        return refusal
    return None
