"""Drafts of claims: begun, answered one question at a time, found again for thirty days, handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from portal.content.regions import ClaimOffer, Office
from portal.domain.citizens import Person
from portal.domain.claim_forms import AnswersMissing, Asks, Question
from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ActNotOpen, ClaimState, NoSuchClaim
from portal.domain.receipts import ReceiptState
from portal.domain.review import ConditionsNotMet
from portal.services import claim_payees, claims, filing, receipts
from portal.services.claim_conditions import (
    check_conditions,
    get_offer,
    list_claimable_years,
    questions_of,
    work_out_amount,
)
from portal.services.claim_helpers import note_helper
from portal.services.draft_access import (
    check_owner,
    check_part,
    lock_draft,
    name_helper,
    note_slip_givers,
)
from portal.services.filing import Standing
from portal.services.work import Work
from portal.storage import citizens as stored_citizens
from portal.storage import claim_payees as stored_payees
from portal.storage import drafts as stored_drafts
from portal.storage import payments as stored_payments
from portal.storage import receipts as stored_receipts
from portal.storage.claim_payees import ClaimPayee
from portal.storage.claims import Claim, SlotTaken
from portal.storage.drafts import Draft, NoSuchDraft
from portal.storage.receipts import Receipt, RefusedPaper

# Why a draft stays a draft; whoever catches these shows the answers again with the reason.
CANNOT_HAND_IN = (AnswersMissing, ConditionsNotMet, SlotTaken, ActNotOpen)

# Questions whose answers stand in rows of their own: accounts, each sealed.
NAMES_PAYEES = frozenset({Asks.ACCOUNT, Asks.HEIRS})
LIFETIME = timedelta(days=30)


class Answered(Protocol):
    """Answers with all that is needed to read them back: a draft's, or a claim's at the desk."""

    @property
    def offer(self) -> ClaimOffer:
        """What the region says of the kind."""

    @property
    def person(self) -> Person:
        """Whose claim it is."""

    @property
    def answers(self) -> Mapping[str, Any]:
        """The answers, by question."""

    @property
    def receipts(self) -> Sequence[Receipt]:
        """The photographed papers."""

    @property
    def payees(self) -> Sequence[ClaimPayee]:
        """Whom it asks to pay beside the account on record."""


@dataclass(frozen=True)
class OpenDraft:
    """A draft with all that its pages show.

    ``questions`` are those that its answers lead to, in order; ``years`` the contribution years to choose
    from, for a kind that has them.
    """

    draft: Draft
    person: Person
    offer: ClaimOffer
    office: Office
    questions: tuple[Question, ...]
    years: tuple[int, ...]
    receipts: tuple[Receipt, ...]
    refused: tuple[RefusedPaper, ...]
    payees: tuple[ClaimPayee, ...]

    @property
    def answers(self) -> Mapping[str, Any]:
        """The answers so far."""
        return self.draft.answers

    def question(self, name: str) -> Question:
        """The question of this name; raises ``NoSuchDraft`` where the draft has none."""
        for question in self.questions:
            if question.name == name:
                return question
        raise NoSuchDraft

    def after(self, name: str) -> Question | None:
        """The question that follows, or None where the answers can be checked."""
        return self._around(name)[1]

    def before(self, name: str) -> Question | None:
        """The question before, or None at the first."""
        return self._around(name)[0]

    @property
    def first_open(self) -> Question | None:
        """The first question without an answer, or None where all are answered."""
        return next((each for each in self.questions if not self.is_answered(each)), None)

    def is_answered(self, question: Question) -> bool:
        """Whether there is an answer; a paper that may be left out counts as one, one to replace as none."""
        if question.asks is Asks.PHOTOS:
            is_there = any(each.material == question.name for each in self.receipts)
            return not self.has_to_replace(question) and (is_there or not question.required)
        if question.asks in NAMES_PAYEES:
            return bool(self.payees) and question.name in self.draft.answers
        return question.name in self.draft.answers

    def has_to_replace(self, question: Question) -> bool:
        """Whether one of the papers sent for a question was sent back and is still there."""
        return any(
            each.material == question.name and each.state is ReceiptState.TO_REPLACE for each in self.receipts
        )

    def _around(self, name: str) -> tuple[Question | None, Question | None]:
        place = self.questions.index(self.question(name))
        return (
            self.questions[place - 1] if place else None,
            self.questions[place + 1] if place + 1 < len(self.questions) else None,
        )


def begin_draft(work: Work, kind: ClaimKind) -> int:
    """Begin a draft of the actor's, or go on with the one of this kind that waits; returns its row.

    Raises:
        KindNotOffered: the actor's region takes no such claim.
        ConditionsNotMet: something speaks against it for certain; nobody answers questions for nothing.
    """
    assert work.actor.person_id is not None  # noqa: S101  the page is open to villagers only
    person = stored_citizens.lock_person(work.session, work.actor.person_id)
    offer = get_offer(work, person, kind)
    found = stored_drafts.find_of_kind(work.session, person.id, kind)
    if found is not None:
        _remove_if_over(work, found)
    waiting = stored_drafts.find_of_kind(work.session, person.id, kind)
    if waiting is not None:
        return waiting
    unmet = filing.look_before_filing(work, person.id, kind).unmet
    if unmet:
        raise ConditionsNotMet(reasons=[each.reason for each in unmet])
    return _add(work, person.id, kind, _known_answers(work, person, offer), None)


def mend_claim(work: Work, number: str) -> int:
    """Begin a draft from a claim's answers: to hand it in again once returned, or anew once it ended unpaid.

    A draft of the same kind gives way. Raises ``NoSuchClaim`` where there is nothing to mend.
    """
    claim = claims.get_own_claim(work, number)
    if claim.state not in (ClaimState.CORRECTION_NEEDED, ClaimState.REJECTED, ClaimState.CANCELLED):
        raise NoSuchClaim
    stored_citizens.lock_person(work.session, claim.person_id)
    mends = claim.id if claim.state is ClaimState.CORRECTION_NEEDED else None
    waiting = stored_drafts.find_of_kind(work.session, claim.person_id, claim.kind)
    if waiting is not None:
        draft = stored_drafts.get_draft(work.session, waiting, work.now - LIFETIME)
        if mends is not None and draft.resubmits_claim_id == mends and draft.expires_at > work.now:
            return waiting
        _remove(work, waiting)
    draft_id = _add(work, claim.person_id, claim.kind, claim.answers, mends)
    if mends is None:
        stored_receipts.copy_to_draft(work.session, claim.id, draft_id, work.now)
    if not stored_payments.has_payments(work.session, claim.id):
        claim_payees.copy_to_draft(work, claim.id, draft_id)
    return draft_id


def show_draft(work: Work, draft_id: int) -> OpenDraft:
    """A draft of the actor's, or one they help with, with all that its pages show.

    Raises:
        NoSuchDraft: it is over, or the actor has no part in it.
    """
    return open_draft(work, check_part(work, stored_drafts.get_draft(work.session, draft_id, work.now)))


def list_own_drafts(work: Work) -> list[Draft]:
    """The actor's drafts that are not over, last changed first."""
    assert work.actor.person_id is not None  # noqa: S101  the page is open to villagers only
    return stored_drafts.list_for_person(work.session, work.actor.person_id, work.now)


def answer(work: Work, draft_id: int, name: str, value: str | int) -> OpenDraft:
    """Keep one answer."""
    draft = lock_draft(work, draft_id)
    open_draft(work, draft).question(name)
    return keep_answers(work, draft, {**draft.answers, name: value})


def drop_draft(work: Work, draft_id: int) -> None:
    """Throw a draft away with its papers; only its owner may.

    Raises:
        NoSuchDraft, OnlyOwner: it is not the actor's.
    """
    draft = lock_draft(work, draft_id)
    check_owner(work, draft)
    _remove(work, draft.id)


def hand_in(work: Work, draft_id: int) -> Claim:
    """Make the draft a claim, or mend the claim it came from; the draft is gone then, so it works once.

    Raises:
        NoSuchDraft: it was handed in already, or the actor has no part in it.
        AnswersMissing, ConditionsNotMet, SlotTaken, ActNotOpen: as for ``filing.file_claim``; a paper
            that has to come again is missing, too.
    """
    draft = lock_draft(work, draft_id)
    opened = open_draft(work, draft)
    if opened.first_open is not None:
        raise AnswersMissing(
            questions=[each.name for each in opened.questions if not opened.is_answered(each)]
        )
    answers = {
        question.name: draft.answers[question.name]
        for question in questions_of(opened.offer)
        if question.is_asked(draft.answers) and question.name in draft.answers
    }
    papers = {receipt.material for receipt in opened.receipts}
    if draft.resubmits_claim_id is not None:
        claim = filing.resubmit_claim(
            work, draft.resubmits_claim_id, answers, papers, helper=name_helper(work, draft)
        )
    else:
        claim = filing.file_claim(
            work, draft.person_id, draft.kind, answers, papers, helper=name_helper(work, draft)
        )
    for staff_person_id in stored_drafts.list_helpers(work.session, draft.id):
        note_helper(work, claim.id, staff_person_id)
    stored_receipts.move_to_claim(work.session, draft.id, claim.id)
    names_payees = any(question.asks in NAMES_PAYEES for question in opened.questions)
    claim_payees.take_from_draft(work, draft.id, claim.id, are_asked_for=names_payees)
    stored_drafts.remove_draft(work.session, draft.id)
    return claim


def look_at_draft(work: Work, opened: OpenDraft) -> Standing:
    """Test every condition with the draft's own answers and papers, before it is handed in."""
    mends = opened.draft.resubmits_claim_id
    return Standing(
        offer=opened.offer,
        conditions=check_conditions(
            work,
            opened.person,
            opened.draft.kind,
            opened.draft.answers,
            {receipt.material for receipt in opened.receipts},
            claim=None if mends is None else claims.get_claim(work, mends),
        ),
        figure=work_out_amount(work, opened.person, opened.draft.kind, opened.draft.answers),
        years=opened.years,
    )


def remove_over(work: Work) -> int:
    """Forget the drafts whose time is up, with their papers; returns how many."""
    over = stored_drafts.list_over(work.session, work.now)
    for draft_id in over:
        _remove(work, draft_id)
    return len(over)


def open_draft(work: Work, draft: Draft) -> OpenDraft:
    """A draft in hand with all that its pages show."""
    person = stored_citizens.get_person(work.session, draft.person_id)
    offer = get_offer(work, person, draft.kind)
    form = questions_of(offer)
    asks_year = any(question.asks is Asks.YEAR for question in form)
    years = list_claimable_years(work, person, draft.resubmits_claim_id) if asks_year else ()
    return OpenDraft(
        draft=draft,
        person=person,
        offer=offer,
        office=work.packs.get(person.region).office(offer.office, person.town),
        questions=tuple(
            question
            for question in form
            if question.is_asked(draft.answers)
            and not (question.asks is Asks.YEAR and years == (draft.answers.get(question.name),))
        ),
        years=years,
        receipts=tuple(receipts.list_of_draft(work, draft)),
        refused=tuple(receipts.list_refused(work, draft)),
        payees=tuple(_list_payees(work, draft)),
    )


def _list_payees(work: Work, draft: Draft) -> list[ClaimPayee]:
    """Whom a draft asks to pay; once the bank was asked to, those of the claim that it mends stay."""
    own = stored_payees.list_of_draft(work.session, draft.id)
    if own or draft.resubmits_claim_id is None:
        return own
    return stored_payees.list_of_claim(work.session, draft.resubmits_claim_id)


def _known_answers(work: Work, person: Person, offer: ClaimOffer) -> dict[str, Any]:
    """What need not be asked: the year, where only one can be claimed."""
    for question in questions_of(offer):
        if question.asks is Asks.YEAR:
            years = list_claimable_years(work, person)
            return {question.name: years[0]} if len(years) == 1 else {}
    return {}


def _add(work: Work, person_id: int, kind: ClaimKind, answers: Mapping[str, Any], mends: int | None) -> int:
    draft_id = stored_drafts.add_draft(
        work.session,
        person_id=person_id,
        kind=kind,
        answers=answers,
        resubmits_claim_id=mends,
        now=work.now,
        expires_at=work.now + LIFETIME,
    )
    note_slip_givers(work, draft_id, person_id, mends)
    return draft_id


def keep_answers(work: Work, draft: Draft, answers: Mapping[str, Any]) -> OpenDraft:
    """Put these answers in place of a draft's; its thirty days begin anew."""
    stored_drafts.change_draft(
        work.session,
        draft.id,
        answers=dict(answers),
        changed_at=work.now,
        expires_at=work.now + LIFETIME,
    )
    return open_draft(work, stored_drafts.get_draft(work.session, draft.id, work.now))


def _remove_if_over(work: Work, draft_id: int) -> None:
    if draft_id in stored_drafts.list_over(work.session, work.now):
        _remove(work, draft_id)


def _remove(work: Work, draft_id: int) -> None:
    stored_receipts.remove_of_drafts(work.session, [draft_id])
    stored_drafts.remove_draft(work.session, draft_id)
