"""Handing a claim in: what speaks against it beforehand, its first day, and once more after a return."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal.content.regions import ClaimOffer
from portal.domain.citizens import Person
from portal.domain.claim_forms import AnswersMissing, Asks, list_missing
from portal.domain.claim_kinds import ClaimKind, Reason
from portal.domain.claims import (
    ClaimAct,
    ClaimFiled,
    ClaimOpened,
    ClaimResubmitted,
    ClaimState,
    Helper,
    HelperKind,
    list_slots,
)
from portal.domain.deadlines import working_days_after
from portal.domain.decisions import Condition, Outcome
from portal.domain.policy import Figure
from portal.domain.review import ConditionsNotMet
from portal.domain.staff import Role
from portal.services import audit, claim_history, claims
from portal.services.claim_conditions import (
    check_conditions,
    get_offer,
    list_claimable_years,
    questions_of,
    work_out_amount,
)
from portal.services.claim_helpers import bar_helpers
from portal.services.work import Work, legal_day
from portal.storage import citizens as stored_citizens
from portal.storage import claims as stored_claims
from portal.storage import staff as stored_staff
from portal.storage.claims import Claim


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
    not the villager. A member of staff who files for somebody, or whose slip let them in, is barred from all
    four steps.

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
    claim_history.begin(work, claim, ClaimAct.FILE, _handed_in(answers, helper))
    bar_helpers(work, claim)
    audit.record(work, ClaimFiled(claim.id, kind, assisted=helper is not None), region=claim.region)
    return claim


def open_claim(work: Work, person_id: int, kind: ClaimKind) -> Claim:
    """Open a claim for people who have no record of their own, such as heirs; it waits for their papers.

    Whoever opens it has helped to file it, and takes none of the four steps.
    """
    person = stored_citizens.lock_person(work.session, person_id)
    claim = _add_claim(work, person, get_offer(work, person, kind), {}, None, None)
    stored_claims.set_state(work.session, claim.id, ClaimState.CORRECTION_NEEDED, work.now)
    claim_history.begin(work, claim, ClaimAct.OPEN, _handed_in({}, _helper_at_desk(work)))
    bar_helpers(work, claim)
    audit.record(work, ClaimOpened(claim.id, kind), region=claim.region)
    return claims.get_claim(work, claim.id)


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
        SlipOfHandler: one of them let the actor in by a slip.
    """
    claim = stored_claims.lock_claim(work.session, claim_id)
    person = stored_citizens.lock_person(work.session, claim.person_id)
    offer = get_offer(work, person, claim.kind)
    claim_year = _check_filing(work, person, offer, answers, papers, claim)
    figure = work_out_amount(work, person, claim.kind, answers)
    stored_claims.free_slots(work.session, claim.id)
    _take_slots(work, claim, claim_year)
    bar_helpers(work, claim)
    stored_claims.change_claim(
        work.session,
        claim.id,
        claim_year=claim_year,
        amount=None if figure is None else figure.yuan,
        answers=answers,
        promised_on=_promise(work, offer),
    )
    claim_history.record_act(
        work, claim, ClaimAct.RESUBMIT, _handed_in(answers, helper or _helper_at_desk(work))
    )
    audit.record(work, ClaimResubmitted(claim.id), region=claim.region)
    return claims.get_claim(work, claim.id)


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


def _handed_in(answers: Mapping[str, Any], helper: Helper | None) -> dict[str, Any]:
    by = {} if helper is None else {"helper": str(helper.kind), "helped_by": helper.who}
    return {"answers": dict(answers), **by}


def _helper_at_desk(work: Work) -> Helper | None:
    return None if work.actor.job_no is None else Helper(HelperKind.STAFF, work.actor.job_no)


def _take_slots(work: Work, claim: Claim, claim_year: int | None) -> None:
    for slot in list_slots(claim.kind, legal_day(claim.filed_at).year, claim_year):
        stored_claims.take_slot(work.session, claim.person_id, slot, claim.id)


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
