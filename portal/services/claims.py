"""A claim from the villager's side: what it takes, filing it, taking it back, mending it, rating it.

Desk acts go through ``record_act`` too, so that a claim's history, its state, its slots and what the villager
is told are written in one place.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from portal.content.regions import ClaimOffer, Office
from portal.domain.citizens import Person
from portal.domain.claim_forms import AnswersMissing, Asks, list_missing
from portal.domain.claim_kinds import ClaimKind, Reason
from portal.domain.claims import (
    FOUR_STEPS,
    ClaimAct,
    ClaimCancelled,
    ClaimEvent,
    ClaimFiled,
    ClaimOpened,
    ClaimRated,
    ClaimResubmitted,
    ClaimState,
    Helper,
    HelperKind,
    NoSuchClaim,
    PayeeFixed,
    Step,
    course_of,
    fold_state,
    list_passes,
    list_slots,
)
from portal.domain.deadlines import working_days_after
from portal.domain.decisions import Condition, Outcome
from portal.domain.errors import Refusal
from portal.domain.policy import Figure
from portal.domain.receipts import ReceiptState
from portal.domain.review import ConditionsNotMet, SamePersonTwice, find_outcome
from portal.domain.staff import Role
from portal.services import audit
from portal.services.claim_conditions import (
    check_conditions,
    get_offer,
    list_claimable_years,
    questions_of,
    work_out_amount,
)
from portal.services.claim_effects import take_effect
from portal.services.work import ActorKind, Work, legal_day
from portal.storage import citizens as stored_citizens
from portal.storage import claims as stored_claims
from portal.storage import messages as stored_messages
from portal.storage import receipts as stored_receipts
from portal.storage import staff as stored_staff
from portal.storage.claims import Claim, Rating

# Days after learning of a rejection in which it can be reconsidered (行政复议法 第二十条).
RECONSIDERATION_DAYS = 60
WORST_SCORE, BEST_SCORE = 1, 3


class PayeeMissing(Refusal):
    """There is no account on record to pay to; the desk sets one after seeing card and identity card."""

    code: ClassVar[str] = "payee_missing"


@dataclass(frozen=True)
class Standing:
    """What stands before a claim is begun: its offer, each condition as it comes out, and what it brings.

    ``figure`` is None where nobody can know the amount yet; ``years`` are the contribution years to choose
    from, newest first; empty for a kind that asks for none.
    """

    offer: ClaimOffer
    conditions: tuple[Condition, ...]
    figure: Figure | None
    years: tuple[int, ...]

    @property
    def unmet(self) -> tuple[Condition, ...]:
        """What speaks against filing today, for certain; what nobody knows goes to a person."""
        return tuple(
            each
            for each in self.conditions
            if each.outcome is Outcome.NOT_MET and each.reason != Reason.NO_RECEIPT
        )

    @property
    def wants_papers(self) -> bool:
        """Whether a photographed paper is all that is lacking yet."""
        return any(each.reason == Reason.NO_RECEIPT for each in self.conditions)


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


# -- Before filing ------------------------------------------------------------------------------------------


def look_before_filing(work: Work, person_id: int, kind: ClaimKind) -> Standing:
    """Test every condition before the first question is asked.

    Raises:
        KindNotOffered: the region takes no such claim.
    """
    person = stored_citizens.get_person(work.session, person_id)
    offer = get_offer(work, person, kind)
    asks_year = any(question.asks is Asks.YEAR for question in questions_of(offer))
    years = list_claimable_years(work, person) if asks_year else ()
    answers = {"year": years[0] if years else work.today.year} if asks_year else {}
    return Standing(
        offer=offer,
        conditions=check_conditions(work, person, kind, answers, ()),
        figure=work_out_amount(work, person, kind, answers),
        years=years,
    )


# -- Filing -------------------------------------------------------------------------------------------------


def file_claim(
    work: Work,
    person_id: int,
    kind: ClaimKind,
    answers: Mapping[str, Any],
    papers: Collection[str] = (),
    *,
    helper: Helper | None = None,
) -> Claim:
    """Hand a claim in: its conditions are tested, it gets a number, and the villager is told.

    ``papers`` are the materials of which a receipt is there; ``helper`` is who filled it in, where that was
    not the villager. A member of staff who files for somebody is barred from all four steps.

    Raises:
        KindNotOffered: the region takes no such claim.
        AnswersMissing: something required is not answered.
        ConditionsNotMet: a condition is not met, for certain.
        SlotTaken: another claim already holds the year.
    """
    person = stored_citizens.lock_person(work.session, person_id)
    offer = get_offer(work, person, kind)
    claim_year = _check_filing(work, person, offer, answers, papers)
    figure = work_out_amount(work, person, kind, answers)
    claim = _add_claim(work, person, offer, answers, claim_year, None if figure is None else figure.yuan)
    helper = helper or _helper_at_desk(work)
    _begin(work, claim, ClaimAct.FILE, _handed_in(answers, helper))
    audit.record(work, ClaimFiled(claim.id, kind, assisted=helper is not None), region=claim.region)
    return claim


def open_claim(work: Work, person_id: int, kind: ClaimKind) -> Claim:
    """Open a claim for people who have no record of their own, such as heirs; it waits for their papers.

    Whoever opens it has helped to file it, and takes none of the four steps.
    """
    person = stored_citizens.lock_person(work.session, person_id)
    claim = _add_claim(work, person, get_offer(work, person, kind), {}, None, None)
    stored_claims.set_state(work.session, claim.id, ClaimState.CORRECTION_NEEDED, work.now)
    _begin(work, claim, ClaimAct.OPEN, _handed_in({}, _helper_at_desk(work)))
    audit.record(work, ClaimOpened(claim.id, kind), region=claim.region)
    return get_claim(work, claim.id)


def resubmit_claim(
    work: Work,
    claim_id: int,
    answers: Mapping[str, Any],
    papers: Collection[str],
    *,
    helper: Helper | None = None,
) -> Claim:
    """Hand a returned claim in again; its number stays, and what was handed in before stays on record.

    Raises:
        ActNotOpen: it was not returned.
        AnswersMissing, ConditionsNotMet, SlotTaken: as for ``file_claim``.
        SamePersonTwice: a member of staff who has a part in the claim tried to help with it.
    """
    claim = stored_claims.lock_claim(work.session, claim_id)
    person = stored_citizens.lock_person(work.session, claim.person_id)
    offer = get_offer(work, person, claim.kind)
    claim_year = _check_filing(work, person, offer, answers, papers, claim)
    figure = work_out_amount(work, person, claim.kind, answers)
    stored_claims.free_slots(work.session, claim.id)
    _take_slots(work, claim, claim_year)
    _bar_helper(work, claim.id)
    stored_claims.change_claim(
        work.session,
        claim.id,
        claim_year=claim_year,
        amount=None if figure is None else figure.yuan,
        answers=answers,
        promised_on=_promise(work, offer),
    )
    record_act(work, claim, ClaimAct.RESUBMIT, _handed_in(answers, helper or _helper_at_desk(work)))
    audit.record(work, ClaimResubmitted(claim.id), region=claim.region)
    return get_claim(work, claim.id)


def record_act(
    work: Work, claim: Claim, act: ClaimAct, facts: Mapping[str, Any] = MappingProxyType({})
) -> tuple[int, ClaimState]:
    """Put an act into a claim's history: state, slots and what the villager is told follow from it.

    ``claim`` is locked by the caller. Returns the event's row, on which a decision can rest, and where the
    claim stands now.

    Raises:
        ActNotOpen: it cannot happen to a claim that stands there.
    """
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


# -- Afterwards ---------------------------------------------------------------------------------------------


def get_claim(work: Work, claim_id: int) -> Claim:
    """One claim; raises ``NoSuchClaim``."""
    return stored_claims.get_claim(work.session, claim_id)


def note_helper(work: Work, claim_id: int, staff_person_id: int) -> None:
    """Bar a member of staff who helped to file from the four steps.

    Raises:
        SamePersonTwice: they have taken one of them.
    """
    earlier = stored_claims.list_handlers(work.session, claim_id).get(staff_person_id, Step.ASSISTANCE)
    if earlier is not Step.ASSISTANCE:
        raise SamePersonTwice(earlier=earlier)
    stored_claims.add_handler(work.session, claim_id, staff_person_id, Step.ASSISTANCE)


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
    claim = _lock_own(work, number)
    record_act(work, claim, ClaimAct.CANCEL)
    audit.record(work, ClaimCancelled(claim.id), region=claim.region)


def fix_payee(work: Work, number: str) -> None:
    """Say that the account on record is right now, after the bank sent a payment back.

    Raises:
        NoSuchClaim: it is not the actor's.
        PayeeMissing: there is no account on record.
        ActNotOpen: no payment was refused.
    """
    claim = _lock_own(work, number)
    person = stored_citizens.get_person(work.session, claim.person_id)
    if not person.has_payee():
        raise PayeeMissing
    record_act(work, claim, ClaimAct.FIX_PAYEE, {"tail": person.account_tail or person.card_tail})
    audit.record(work, PayeeFixed(claim.id), region=claim.region)


def rate_claim(work: Work, number: str, score: int, words: str | None) -> None:
    """Say how a closed claim was handled, from 1 to 3; a bad rating waits for a call back. Said once.

    Raises:
        NoSuchClaim: it is not the actor's, or it is not over.
    """
    claim = _lock_own(work, number)
    if claim.state not in (ClaimState.PAID, ClaimState.SETTLED, ClaimState.REJECTED):
        raise NoSuchClaim
    if not WORST_SCORE <= score <= BEST_SCORE:
        raise ValueError(f"a score goes from {WORST_SCORE} to {BEST_SCORE}, not {score}")
    if stored_claims.add_rating(work.session, claim.id, score, words, work.now):
        audit.record(work, ClaimRated(claim.id, score), region=claim.region)


def list_state_faults(work: Work) -> list[tuple[str, ClaimState, ClaimState]]:
    """Claims whose kept state is not what their events say: number, kept, folded."""
    faults = []
    for claim in stored_claims.iterate_claims(work.session):
        folded = fold_state(course_of(claim.kind), stored_claims.list_events(work.session, claim.id))
        if folded is not claim.state:
            faults.append((claim.number, claim.state, folded))
    return faults


# -- The parts of filing ------------------------------------------------------------------------------------

# What of an act's facts may stand in a text on a phone that others read too.
_TOLD_FACTS = frozenset({"amount", "reasons", "helper", "helped_by"})

# What the villager is told by what happened; otherwise by where the claim stands then.
_TOLD_BY_ACT = MappingProxyType(
    {
        ClaimAct.FILE: "claim_filed",
        ClaimAct.OPEN: "claim_opened",
        ClaimAct.RESUBMIT: "claim_resubmitted",
        ClaimAct.FIX_PAYEE: "claim_payee_fixed",
    }
)


def _check_filing(
    work: Work,
    person: Person,
    offer: ClaimOffer,
    answers: Mapping[str, Any],
    papers: Collection[str],
    claim: Claim | None = None,
) -> int | None:
    """Refuse what cannot be handed in; returns the contribution year that the claim is about, if any."""
    missing = list_missing(questions_of(offer), answers, frozenset(papers))
    if missing:
        raise AnswersMissing(questions=[question.name for question in missing])
    conditions = check_conditions(work, person, offer.kind, answers, papers, claim=claim)
    unmet = [each.reason for each in conditions if each.outcome is Outcome.NOT_MET]
    if unmet:
        raise ConditionsNotMet(reasons=unmet)
    return int(answers["year"]) if "year" in answers else None


def _add_claim(
    work: Work,
    person: Person,
    offer: ClaimOffer,
    answers: Mapping[str, Any],
    claim_year: int | None,
    amount: Decimal | None,
) -> Claim:
    claim = stored_claims.add_claim(
        work.session,
        prefix=work.packs.get(person.region).claim_prefix,
        year=work.today.year,
        region=person.region,
        town=person.town,
        village=person.village,
        kind=offer.kind,
        person_id=person.id,
        claim_year=claim_year,
        amount=amount,
        answers=answers,
        filed_at=work.now,
        promised_on=_promise(work, offer),
        first_contact_job_no=_first_contact(work, person),
    )
    _take_slots(work, claim, claim_year)
    return claim


def _looked_at(work: Work, claim: Claim, reasons: frozenset[str]) -> list[dict[str, str]]:
    """Which conditions were met and which not when a claim was rejected, as its owner is told.

    What only a person can compare is as that person found it.
    """
    person = stored_citizens.get_person(work.session, claim.person_id)
    papers = {
        receipt.material
        for receipt in stored_receipts.list_of_claim(work.session, claim.id)
        if receipt.state is not ReceiptState.REPLACED
    }
    passes = list_passes(course_of(claim.kind), stored_claims.list_events(work.session, claim.id))
    confirmed = {each for event in passes.values() for each in event.facts.get("confirmed", ())}
    return [
        {"id": condition.id, "outcome": str(find_outcome(condition, reasons, confirmed))}
        for condition in check_conditions(work, person, claim.kind, claim.answers, papers, claim=claim)
    ]


def _begin(work: Work, claim: Claim, act: ClaimAct, facts: Mapping[str, Any]) -> None:
    _add_event(work, claim.id, act, facts)
    _bar_helper(work, claim.id)
    _tell(work, claim, _TOLD_BY_ACT[act], facts)


def _handed_in(answers: Mapping[str, Any], helper: Helper | None) -> dict[str, Any]:
    by = {} if helper is None else {"helper": str(helper.kind), "helped_by": helper.who}
    return {"answers": dict(answers), **by}


def _helper_at_desk(work: Work) -> Helper | None:
    return None if work.actor.job_no is None else Helper(HelperKind.STAFF, work.actor.job_no)


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


def _take_slots(work: Work, claim: Claim, claim_year: int | None) -> None:
    for slot in list_slots(claim.kind, legal_day(claim.filed_at).year, claim_year):
        stored_claims.take_slot(work.session, claim.person_id, slot, claim.id)


def _bar_helper(work: Work, claim_id: int) -> None:
    if work.actor.staff_person_id is not None:
        note_helper(work, claim_id, work.actor.staff_person_id)


def _promise(work: Work, offer: ClaimOffer) -> date:
    """The day we set ourselves; a target, never a right (reading P-promise)."""
    return working_days_after(work.today, offer.promise_days, work.packs.calendar).day


def _first_contact(work: Work, person: Person) -> str:
    """The job number to ask for (首问责任): a clerk of the town, else of the region; else empty."""
    at_work = [
        account
        for account in stored_staff.list_accounts(work.session, person.region)
        if account.disabled_at is None and account.town in (None, person.town)
    ]
    for role in (Role.CLERK, Role.FIRST_REVIEWER):
        holders = sorted(
            (account for account in at_work if role in account.roles), key=lambda each: each.town is None
        )
        if holders:
            return holders[0].job_no
    return ""


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


def steps_of(kind: ClaimKind) -> tuple[Step, ...]:
    """The steps that a kind of claim takes: four where money follows, three where it does not."""
    return FOUR_STEPS if course_of(kind).pays else FOUR_STEPS[:-1]


def _is_own(work: Work, claim: Claim) -> bool:
    actor = work.actor
    if actor.kind is ActorKind.CLAIMANT:
        return claim.id == actor.claim_id
    return actor.kind is ActorKind.CITIZEN and claim.person_id == actor.person_id


def _lock_own(work: Work, number: str) -> Claim:
    return stored_claims.lock_claim(work.session, get_own_claim(work, number).id)
