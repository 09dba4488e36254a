"""The desk's decisions on claims: passed, returned or rejected, one at a time or like ones together."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from portal.domain.citizens import Person
from portal.domain.claims import ClaimAct, Step, course_of
from portal.domain.errors import Refusal
from portal.domain.receipts import ReceiptState
from portal.domain.review import (
    ClaimDecided,
    Decision,
    NotAlike,
    NotPassedTogether,
    agree_on_amount,
    check_first_pass,
    check_pass,
    check_reasons,
    decide,
)
from portal.services import audit, claim_history
from portal.services.claim_cases import Case, check_reach, is_own_claim
from portal.services.remarks import is_of_past_year, list_remarks
from portal.services.work import Work
from portal.storage import citizens as stored_citizens
from portal.storage import claims as stored_claims
from portal.storage import receipts as stored_receipts
from portal.storage import reviews as stored_reviews
from portal.storage.claims import Claim
from portal.storage.receipts import Receipt


def decide_claim(
    work: Work,
    claim_id: int,
    verdict: ClaimAct,
    *,
    reasons: Sequence[str] = (),
    words: str = "",
    keyed: Decimal | None = None,
    confirmed: Collection[str] = (),
    replace: Mapping[int, str] = MappingProxyType({}),
) -> Decision:
    """Take the next decision on a claim and put it on record; the villager is told.

    ``reasons`` are codes of the region's list, all that is wrong at once; ``words`` go to the applicant;
    ``keyed`` is the amount in yuan; ``confirmed`` are conditions the reviewer compared and vouches for;
    ``replace`` says of papers that have to come again why, which is among the reasons then.

    Raises:
        NoSuchClaim: there is none, or it is out of reach.
        ActNotOpen, NotYourStep, OwnClaim, SamePersonTwice, ReasonMissing: see ``review.decide``.
        ReasonContradicted, WordsMissing: see ``review.check_reasons``.
        FindingsMissing, PastYearUnexplained: see ``review.check_first_pass``.
        ConditionsNotMet, ConditionsUnconfirmed: it cannot be passed on.
        AmountMissing, AmountDisagrees, KeyedOtherwise: see ``review.agree_on_amount``.
    """
    claim = check_reach(work, stored_claims.lock_claim(work.session, claim_id))
    person = stored_citizens.lock_person(work.session, claim.person_id)
    case = Case.read(work, claim, person)
    all_reasons = tuple(dict.fromkeys((*reasons, *replace.values())))
    decision = decide(
        course_of(claim.kind),
        claim.state,
        case.handlers,
        verdict,
        work.actor.desk_person_id,
        work.actor.roles,
        is_own_claim=is_own_claim(work, person),
        reasons=all_reasons,
    )
    facts: dict[str, Any] = {"step": str(decision.step), "words": words}
    if verdict is ClaimAct.PASS:
        if decision.step is Step.FIRST_REVIEW:
            check_first_pass(claim.kind, words, is_of_past_year=is_of_past_year(claim))
        facts |= _pass(work, case, decision.step, keyed, frozenset(confirmed))
    else:
        check_reasons(verdict, all_reasons, case.conditions, words)
        facts |= {"reasons": list(all_reasons)}
    _mark_papers(work, case.papers, decision, replace)
    _record(work, claim, decision, facts)
    return decision


def approve_like(work: Work, claim_ids: Sequence[int]) -> list[Decision]:
    """Approve claims of one kind and one amount together, each with a decision and a record of its own.

    All or none: one that cannot be approved keeps the others from it, and is named.

    Raises:
        NotAlike: they differ in kind or amount, or one is remarked upon and wants a look of its own.
        NotPassedTogether: one cannot be approved; ``facts`` has its ``number`` and the ``cause``.
    """
    listed = [
        check_reach(work, stored_claims.lock_claim(work.session, claim_id))
        for claim_id in sorted(set(claim_ids))
    ]
    twins = stored_reviews.list_twins(work.session, [claim.id for claim in listed])
    remarked = [
        claim.number
        for claim in listed
        if twins.get(claim.id)
        or list_remarks(work, claim, stored_citizens.get_person(work.session, claim.person_id))
    ]
    if len({(claim.kind, claim.amount) for claim in listed}) > 1 or remarked:
        raise NotAlike(remarked=remarked)
    return [_approve(work, claim) for claim in listed]


def _approve(work: Work, claim: Claim) -> Decision:
    try:
        return decide_claim(work, claim.id, ClaimAct.PASS)
    except Refusal as cause:
        raise NotPassedTogether(number=claim.number, cause=cause) from cause


def check_claim_again(work: Work, claim: Claim, person: Person) -> Decimal:
    """Run the guards of an approved claim once more before money moves; returns the amount to pay.

    Raises:
        ConditionsNotMet, ConditionsUnconfirmed, AmountMissing, AmountDisagrees: what changed since.
    """
    case = Case.read(work, claim, person)
    check_pass(case.conditions, case.confirmed)
    return agree_on_amount(
        Step.DISBURSEMENT, keyed=None, on_record=case.keyed, worked_out=case.worked_out_yuan
    )


def _pass(
    work: Work, case: Case, step: Step, keyed: Decimal | None, confirmed: frozenset[str]
) -> dict[str, Any]:
    check_pass(case.conditions, case.confirmed | confirmed)
    facts: dict[str, Any] = {"confirmed": sorted(confirmed)}
    if not course_of(case.claim.kind).pays:
        return facts
    amount = agree_on_amount(step, keyed=keyed, on_record=case.keyed, worked_out=case.worked_out_yuan)
    if step is Step.FIRST_REVIEW:
        facts["keyed"] = str(amount)
    else:
        stored_reviews.set_amount(work.session, case.claim.id, amount)
    return facts


def _mark_papers(
    work: Work, papers: Sequence[Receipt], decision: Decision, replace: Mapping[int, str]
) -> None:
    """Say of each paper what became of it, so that its owner sees which one is to come again."""
    for paper in papers:
        if decision.verdict is ClaimAct.RETURN and paper.id in replace:
            stored_receipts.set_state(work.session, paper.id, ReceiptState.TO_REPLACE, str(replace[paper.id]))
        elif paper.state is ReceiptState.RECEIVED and decision.verdict is ClaimAct.PASS:
            stored_receipts.set_state(work.session, paper.id, ReceiptState.ACCEPTED)


def _record(work: Work, claim: Claim, decision: Decision, facts: Mapping[str, Any]) -> None:
    stored_claims.add_handler(work.session, claim.id, decision.reviewer_id, decision.step)
    event_id, _ = claim_history.record_act(work, claim, decision.verdict, facts)
    stored_claims.add_decision(
        work.session,
        event_id=event_id,
        claim_id=claim.id,
        staff_person_id=decision.reviewer_id,
        step=decision.step,
        verdict=decision.verdict,
    )
    audit.record(
        work,
        ClaimDecided(claim.id, decision.step, decision.verdict, tuple(facts.get("reasons", ()))),
        region=claim.region,
    )
