"""What happens to a claim: its event, where it stands then, and what its owner is told, in one place."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from portal.domain.claims import ClaimAct, ClaimState, MoneySent, course_of
from portal.domain.review import find_outcome
from portal.services.claim_cases import Case
from portal.services.claim_effects import take_effect
from portal.services.work import Work
from portal.storage import citizens as stored_citizens
from portal.storage import claims as stored_claims
from portal.storage import messages as stored_messages
from portal.storage import payments as stored_payments
from portal.storage.claims import Claim

# What of an act's facts may stand in a text on a phone that others read too.
_TOLD_FACTS = frozenset({"amount", "reasons", "helper", "helped_by"})

# What the villager is told by what happened; otherwise by where the claim stands then.
_TOLD_BY_ACT = MappingProxyType(
    {
        ClaimAct.FILE: "claim_filed",
        ClaimAct.OPEN: "claim_opened",
        ClaimAct.RESUBMIT: "claim_resubmitted",
        ClaimAct.FIX_PAYEE: "claim_payee_fixed",
        ClaimAct.CHANGE_PAYEE: "claim_payee_changed",
    }
)


def record_act(
    work: Work, claim: Claim, act: ClaimAct, facts: Mapping[str, Any] = MappingProxyType({})
) -> tuple[int, ClaimState]:
    """Put an act into a claim's history: state, slots and what the villager is told follow from it.

    ``claim`` is locked by the caller. Returns the event's row, on which a decision can rest, and where the
    claim stands now.

    Raises:
        ActNotOpen: it cannot happen to a claim that stands there.
        MoneySent: somebody whom it names has been paid, so it cannot end unpaid.
    """
    if act in (ClaimAct.CANCEL, ClaimAct.REJECT) and stored_payments.list_paid_payees(work.session, claim.id):
        raise MoneySent
    state = course_of(claim.kind).next_state(claim.state, act)
    if state is ClaimState.REJECTED:
        facts = {**facts, "conditions": _looked_at(work, claim, frozenset(facts.get("reasons", ())))}
    event_id = _add_event(work, claim.id, act, facts)
    stored_claims.set_state(work.session, claim.id, state, work.now)
    if state in (ClaimState.REJECTED, ClaimState.CANCELLED):
        stored_claims.free_slots(work.session, claim.id)
    take_effect(work, claim, state)
    _tell(work, claim, _TOLD_BY_ACT.get(act, f"claim_{state}"), facts)
    return event_id, state


def begin(work: Work, claim: Claim, act: ClaimAct, facts: Mapping[str, Any]) -> None:
    """Put the first act into a new claim's history: it was filed, or opened for somebody."""
    _add_event(work, claim.id, act, facts)
    _tell(work, claim, _TOLD_BY_ACT[act], facts)


def _looked_at(work: Work, claim: Claim, reasons: frozenset[str]) -> list[dict[str, str]]:
    """Which conditions were met and which not when a claim was rejected, as its owner is told.

    What only a person can compare is as that person found it.
    """
    case = Case.read(work, claim, stored_citizens.get_person(work.session, claim.person_id))
    return [
        {"id": condition.id, "outcome": str(find_outcome(condition, reasons, case.confirmed))}
        for condition in case.conditions
    ]


def _add_event(work: Work, claim_id: int, act: ClaimAct, facts: Mapping[str, Any]) -> int:
    return stored_claims.add_event(
        work.session,
        claim_id,
        act,
        work.now,
        staff_person_id=work.actor.staff_person_id,
        job_no=work.actor.job_no,
        facts=facts,
    )


def _tell(work: Work, claim: Claim, wording: str, more: Mapping[str, Any]) -> None:
    """Leave a notice, and queue a text where there is somebody to read it."""
    person = stored_citizens.get_person(work.session, claim.person_id)
    facts = {
        "number": claim.number,
        "kind": str(claim.kind),
        "promised_on": claim.promised_on.isoformat(),
        "amount": None if claim.amount is None else str(claim.amount),
        **{name: value for name, value in more.items() if name in _TOLD_FACTS},
    }
    stored_messages.add_notice(
        work.session, person_id=person.id, wording=wording, facts=facts, now=work.now, claim_id=claim.id
    )
    if person.is_alive and person.phone_tail is not None:
        stored_messages.add_text(
            work.session, person_id=person.id, wording=wording, facts=facts, now=work.now
        )
