"""The desk's side of a claim: its queues, all there is to see about it, and the decisions on it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from portal.content.regions import ClaimOffer, Reading, RefusalReason
from portal.domain.citizens import Person
from portal.domain.claim_forms import MONTHS_OF_A_YEAR, Question
from portal.domain.claim_kinds import VOICES, ClaimKind, Reason
from portal.domain.claims import (
    ENDED,
    STEP_AT,
    ClaimAct,
    ClaimEvent,
    ClaimState,
    NoSuchClaim,
    Step,
    course_of,
    list_passes,
)
from portal.domain.decisions import Condition, Outcome
from portal.domain.disclosure import ClaimViewed, ReceiptViewed
from portal.domain.errors import Refusal
from portal.domain.policy import Figure
from portal.domain.receipts import ReceiptState, pages_look_alike
from portal.domain.review import (
    ROLE_FOR,
    STATES_IN,
    STEP_OF,
    CalledBack,
    ClaimDecided,
    Decision,
    NotAlike,
    NotPassedTogether,
    Queue,
    agree_on_amount,
    check_first_pass,
    check_handler,
    check_pass,
    check_reasons,
    decide,
)
from portal.services import audit, claims, receipts
from portal.services.claim_conditions import check_conditions, questions_of, work_out_amount
from portal.services.holdings import list_held
from portal.services.reach import is_in_reach
from portal.services.staff import NUMBER_COLUMN as STAFF_NUMBER_COLUMN
from portal.services.work import Work, legal_day
from portal.storage import citizens as stored_citizens
from portal.storage import claim_payees as stored_payees
from portal.storage import claims as stored_claims
from portal.storage import receipts as stored_receipts
from portal.storage import reviews as stored_reviews
from portal.storage import staff as stored_staff
from portal.storage.claim_payees import ClaimPayee
from portal.storage.claims import Claim
from portal.storage.receipts import Receipt
from portal.storage.reviews import CallBack, Queued, QueueWish

LINES_A_PAGE = 100
SORTS = tuple(stored_reviews.SORTS)
WORST_RATING_LEFT_ALONE = 1


@dataclass(frozen=True)
class QueueLine:
    """A claim in a queue: how many days are left of what was promised, and what a reviewer should know."""

    claim: Queued
    days_left: int
    remarks: tuple[str, ...]
    twins: tuple[str, ...]


@dataclass(frozen=True)
class QueuePage:
    """A page of a queue; ``withheld`` says what is not shown because the person had another part in it."""

    queue: Queue
    lines: tuple[QueueLine, ...]
    total: int
    overdue: int
    withheld: Mapping[Step, int]
    counts: Mapping[Queue, int]
    page: int

    @property
    def has_more(self) -> bool:
        """Whether another page follows."""
        return self.page * LINES_A_PAGE < self.total


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


# -- Queues -------------------------------------------------------------------------------------------------


def first_queue(work: Work) -> Queue:
    """The queue that the actor's own roles lead to first."""
    return next(
        (queue for queue, step in STEP_OF.items() if work.actor.has_role(ROLE_FOR[step])), Queue.FIRST_REVIEW
    )


def show_queue(
    work: Work,
    queue: Queue,
    *,
    town: str | None = None,
    kind: ClaimKind | None = None,
    year: int | None = None,
    sort: str = "promise",
    descending: bool = False,
    page: int = 1,
) -> QueuePage:
    """A page of a queue; by default what was promised earliest, and so is overdue, comes first."""
    actor = work.actor
    assert actor.region is not None and actor.staff_person_id is not None  # noqa: S101, PT018  open to staff
    reach = actor.town or town
    wish = QueueWish(
        actor.region,
        STATES_IN[queue],
        actor.staff_person_id,
        STEP_OF.get(queue),
        reach,
        frozenset() if kind is None else frozenset({kind}),
        year,
    )
    listed = stored_reviews.list_queue(
        work.session,
        wish,
        sort=sort,
        descending=descending,
        limit=LINES_A_PAGE,
        offset=(page - 1) * LINES_A_PAGE,
    )
    twins = stored_reviews.list_twins(work.session, [claim.id for claim in listed])
    total, overdue = stored_reviews.count_queue(work.session, wish, work.today)
    return QueuePage(
        queue=queue,
        lines=tuple(_line(work, claim, tuple(twins.get(claim.id, ()))) for claim in listed),
        total=total,
        overdue=overdue,
        withheld=stored_reviews.count_withheld(work.session, wish),
        counts=_count_queues(work, actor.region, actor.town),
        page=page,
    )


def list_voices(work: Work) -> list[Queued]:
    """Objections and tip-offs within reach that are not settled, what was promised earliest first."""
    actor = work.actor
    assert actor.region is not None and actor.staff_person_id is not None  # noqa: S101, PT018  open to staff
    unsettled = frozenset(ClaimState) - ENDED
    wish = QueueWish(actor.region, unsettled, actor.staff_person_id, town=actor.town, kinds=VOICES)
    return stored_reviews.list_queue(
        work.session, wish, sort="promise", descending=False, limit=LINES_A_PAGE, offset=0
    )


def _line(work: Work, claim: Queued, twins: tuple[str, ...]) -> QueueLine:
    remarks = []
    if is_of_past_year(claim):
        remarks.append("past_year")
    if claim.payee_held_until is not None and claim.payee_held_until > work.now:
        remarks.append("payee_held")
    return QueueLine(claim, (claim.promised_on - work.today).days, tuple(remarks), twins)


def _count_queues(work: Work, region: str, town: str | None) -> dict[Queue, int]:
    by_state = stored_reviews.count_by_state(work.session, region, town)
    return {queue: sum(by_state.get(state, 0) for state in states) for queue, states in STATES_IN.items()}


# -- One claim ----------------------------------------------------------------------------------------------


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
    return _dossier(work, _in_reach(work, stored_claims.get_claim(work.session, claim_id)))


def _dossier(work: Work, claim: Claim) -> Dossier:
    region = work.packs.get(claim.region)
    person = stored_citizens.get_person(work.session, claim.person_id)
    case = _Case.read(work, claim, person)
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
        remarks=_remarks(work, claim, person),
        readings=tuple(region.readings[name] for name in named if name in region.readings),
        reasons=region.list_reasons(claim.kind),
        all_reasons=region.refusals,
    )


def _list_alike(
    work: Work, claim: Claim, papers: Sequence[Receipt], twins: Collection[str]
) -> tuple[str, ...]:
    """Claims with a paper that looks like one of these without being the very same picture."""
    seen = stored_reviews.list_likenesses(work.session, claim.id, claim.region) if papers else ()
    alike = {
        number
        for number, likeness in seen
        if number not in twins and any(pages_look_alike(paper.likeness, likeness) for paper in papers)
    }
    return tuple(sorted(alike))


def _remarks(work: Work, claim: Claim, person: Person) -> tuple[str, ...]:
    """What a reviewer should know and no rule decides."""
    found = {
        "past_year": is_of_past_year(claim),
        "few_months": int(claim.answers.get("months", MONTHS_OF_A_YEAR)) < MONTHS_OF_A_YEAR,
        "payee_held": person.payee_held_until is not None and person.payee_held_until > work.now,
        "no_payee": course_of(claim.kind).pays and not person.has_payee(),
        "deceased": not person.is_alive,
    }
    return tuple(code for code, holds in found.items() if holds)


def is_of_past_year(claim: Claim | Queued) -> bool:
    """Whether a claim is for a contribution year before the one it was filed in (reading A-JN-3)."""
    return claim.claim_year is not None and claim.claim_year < legal_day(claim.filed_at).year


def open_paper(work: Work, claim_id: int, receipt_id: int, page: int) -> bytes:
    """A page of a claim's paper as a JPEG; that one looked is put on record.

    Raises:
        NoSuchClaim, NoSuchReceipt: there is none, or it is out of reach.
    """
    receipt = _paper_in_reach(work, claim_id, receipt_id)
    audit.record(work, ReceiptViewed(claim_id, receipt_id))
    return receipts.open_page(work, receipt, page, small=False)


def release_paper(work: Work, claim_id: int, receipt_id: int) -> bytes:
    """The PDF that was sent, as it was; goes on record.

    Raises:
        NoSuchClaim, NoSuchReceipt: there is none, or it is out of reach.
    """
    return receipts.release_original(work, _paper_in_reach(work, claim_id, receipt_id))


def _paper_in_reach(work: Work, claim_id: int, receipt_id: int) -> Receipt:
    _in_reach(work, stored_claims.get_claim(work.session, claim_id))
    return receipts.get_of_claim(work, claim_id, receipt_id)


# -- Deciding -----------------------------------------------------------------------------------------------


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
        ConditionsNotMet, ConditionsUnconfirmed, AmountMissing, AmountDisagrees: it cannot be passed on.
    """
    claim = _in_reach(work, stored_claims.lock_claim(work.session, claim_id))
    person = stored_citizens.lock_person(work.session, claim.person_id)
    case = _Case.read(work, claim, person)
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
        _in_reach(work, stored_claims.lock_claim(work.session, claim_id))
        for claim_id in sorted(set(claim_ids))
    ]
    twins = stored_reviews.list_twins(work.session, [claim.id for claim in listed])
    remarked = [
        claim.number
        for claim in listed
        if twins.get(claim.id)
        or _remarks(work, claim, stored_citizens.get_person(work.session, claim.person_id))
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
    case = _Case.read(work, claim, person)
    check_pass(case.conditions, case.confirmed)
    return agree_on_amount(
        Step.DISBURSEMENT, keyed=None, on_record=case.keyed, worked_out=case.worked_out_yuan
    )


def is_own_claim(work: Work, person: Person) -> bool:
    """Whether the actor is this villager.

    Staff and villagers are filed under indexes that cannot be compared, on purpose; so the villager's
    number is opened here, for nobody's eyes, and filed once more as a member of staff's would be.
    """
    sealed = stored_citizens.sealed_column(work.session, person.id, "number_sealed")
    assert sealed is not None  # noqa: S101  the column is never empty
    digits = work.keys.open_sealed(sealed, f"person.number {person.uid}")
    own = stored_staff.get_number_index(work.session, work.actor.desk_person_id)
    return own in work.keys.blind_indexes(STAFF_NUMBER_COLUMN, digits)


def _pass(
    work: Work, case: "_Case", step: Step, keyed: Decimal | None, confirmed: frozenset[str]
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
    event_id, _ = claims.record_act(work, claim, decision.verdict, facts)
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


def _why_barred(work: Work, case: "_Case", step: Step) -> Refusal | None:
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


# -- Ratings ------------------------------------------------------------------------------------------------


def list_call_backs(work: Work) -> list[CallBack]:
    """Bad ratings within the actor's reach: those nobody has called about first."""
    assert work.actor.region is not None  # noqa: S101  open to staff
    return stored_reviews.list_call_backs(
        work.session, work.actor.region, work.actor.town, WORST_RATING_LEFT_ALONE
    )


def get_call_back(work: Work, claim_id: int) -> CallBack:
    """A bad rating that waits for a call; raises ``NoSuchClaim``."""
    for call_back in list_call_backs(work):
        if call_back.claim_id == claim_id and call_back.called_back_at is None:
            return call_back
    raise NoSuchClaim


def note_call_back(work: Work, claim_id: int, words: str) -> None:
    """Note that the actor has called about a bad rating, and what came of it.

    Raises:
        NoSuchClaim: there is none that waits for a call, or it is out of reach.
    """
    claim = _in_reach(work, stored_claims.get_claim(work.session, claim_id))
    if not stored_reviews.note_call_back(
        work.session, claim.id, words=words, staff_person_id=work.actor.desk_person_id, now=work.now
    ):
        raise NoSuchClaim
    audit.record(work, CalledBack(claim.id), region=claim.region)


# -- What decisions rest on ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Case:
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
    def read(cls, work: Work, claim: Claim, person: Person) -> "_Case":
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
            handlers=stored_claims.list_handlers(work.session, claim.id),
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


def _in_reach(work: Work, claim: Claim) -> Claim:
    if not is_in_reach(work.actor, claim.region, claim.town):
        raise NoSuchClaim
    return claim
