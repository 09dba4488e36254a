"""Filing a claim, and what the villager can do with it afterwards."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update

from portal.domain.claim_forms import AnswersMissing
from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ActNotOpen, ClaimAct, ClaimState, NoSuchClaim, Step
from portal.domain.decisions import Outcome
from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Entry, Posting
from portal.domain.review import ConditionsNotMet, SamePersonTwice
from portal.domain.staff import Role
from portal.services import claim_history, claims, filing, ledger, ratings
from portal.services.claim_conditions import KindNotOffered, explain_amount
from portal.services.work import SYSTEM, Actor, ActorKind, House, Work, begin_work
from portal.storage import claims as stored_claims
from portal.storage.claims import Claim
from portal.storage.models.audit import AuditRecord
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import (
    ClaimEventRecord,
    ClaimRecord,
    ClaimSlotRecord,
    HandlerRecord,
    RatingRecord,
)
from portal.storage.models.messages import NoticeRecord, TextMessageRecord
from tests.builders import NOW, citizen_actor, make_person, make_staff
from tests.services.cut_off import cut_off_everywhere

ANSWERS: Mapping[str, Any] = {"year": 2026, "months": 12, "payee": "own"}
PAPERS = ("contribution_receipt",)


@contextmanager
def acting(house: House, actor: Actor, now: datetime = NOW) -> Iterator[Work]:
    with begin_work(house, actor, lambda _: now) as work:
        yield work


def file(house: House, person: int, actor: Actor | None = None, **answers: object) -> Claim:
    with acting(house, actor or citizen_actor(person)) as work:
        return filing.file_claim(work, person, ClaimKind.REIMBURSEMENT, {**ANSWERS, **answers}, PAPERS)


def decide(house: House, claim: Claim, *acts: ClaimAct, actor: Actor | None = None) -> None:
    for act in acts:
        with acting(house, actor or make_staff(house)) as work:
            claim_history.record_act(work, stored_claims.lock_claim(work.session, claim.id), act)


def state_of(house: House, claim: Claim) -> ClaimState:
    with house.database.reading() as session:
        return stored_claims.get_claim(session, claim.id).state


def slots_of(house: House, person: int) -> set[str]:
    with house.database.reading() as session:
        return set(stored_claims.list_slots(session, person))


def count_rows(house: House) -> Counter[str]:
    tables = (
        ClaimRecord,
        ClaimEventRecord,
        ClaimSlotRecord,
        HandlerRecord,
        NoticeRecord,
        TextMessageRecord,
        AuditRecord,
    )
    with house.database.reading() as session:
        return Counter(
            {table.__tablename__: session.scalar(select(func.count()).select_from(table)) for table in tables}
        )


def test_a_claim_gets_a_number_a_promise_and_the_amount_the_rules_give(house: House):
    clerk = make_staff(house, Role.CLERK, town="昆阳街道")
    person = make_person(house)

    claim = file(house, person)

    assert claim.number == "JN2026-0001"
    assert claim.amount == Decimal("1000.00")
    assert claim.promised_on == date(2026, 12, 18)  # twenty working days after Saturday 21 November
    assert claim.first_contact_job_no == clerk.job_no
    assert claim.state is ClaimState.SUBMITTED


def test_numbers_go_up_without_a_gap(house: House):
    numbers = [file(house, make_person(house)).number for _ in range(3)]

    assert numbers == ["JN2026-0001", "JN2026-0002", "JN2026-0003"]


def test_filing_leaves_a_notice_a_text_and_an_audit_row(house: House):
    person = make_person(house)

    file(house, person)

    with house.database.reading() as session:
        assert session.scalars(select(NoticeRecord.wording)).all() == ["claim_filed"]
        assert session.scalars(select(TextMessageRecord.wording)).all() == ["claim_filed"]
        assert session.scalars(select(AuditRecord.act)).all() == ["claim_filed"]


def test_a_second_claim_in_one_calendar_year_is_refused(house: House):
    person = make_person(house)
    file(house, person, year=2025)

    with pytest.raises(ConditionsNotMet) as refused:
        file(house, person, year=2026)

    assert refused.value.facts["reasons"] == ["already_claimed_year"]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"identity_confirmed_on": None}, "not_confirmed"),
        ({"scheme": "resident"}, "scheme_mismatch"),
        ({"scheme": "none"}, "scheme_mismatch"),
        ({"benefit_status": "drawing"}, "scheme_mismatch"),
        ({"category": "legacy_member"}, "withdrawal_not_done"),
        ({"opening_used_years": 15}, "cap_reached"),
    ],
)
def test_a_condition_that_is_not_met_stops_filing_and_leaves_nothing(
    house: House, columns: dict[str, object], reason: str
):
    person = make_person(house, **columns)
    before = count_rows(house)

    with pytest.raises(ConditionsNotMet) as refused:
        file(house, person)

    assert reason in refused.value.facts["reasons"]
    assert count_rows(house) == before


def test_a_year_that_has_not_come_is_refused(house: House):
    person = make_person(house)

    with pytest.raises(ConditionsNotMet):
        file(house, person, year=2027)


def test_a_year_before_the_scheme_goes_to_staff_without_an_amount(house: House):
    assert file(house, make_person(house), year=2019).amount is None


def test_what_nobody_knows_goes_to_staff_and_refuses_nobody(house: House):
    person = make_person(house)

    with house.database.reading() as session:
        standing = filing.look_before_filing(
            Work(house, session, citizen_actor(person), NOW), person, ClaimKind.REIMBURSEMENT
        )

    assert [each.id for each in standing.conditions if each.outcome is Outcome.UNKNOWN] == ["own_account"]
    assert standing.unmet == ()


def test_an_answer_left_out_is_named(house: House):
    person = make_person(house)

    with pytest.raises(AnswersMissing) as refused, acting(house, citizen_actor(person)) as work:
        filing.file_claim(work, person, ClaimKind.REIMBURSEMENT, {"year": 2026}, ())

    assert refused.value.facts["questions"] == ["months", "contribution_receipt", "payee"]


def test_a_kind_of_another_region_is_as_if_it_did_not_exist(house: House):
    person = make_person(house)

    with pytest.raises(KindNotOffered), acting(house, citizen_actor(person)) as work:
        filing.file_claim(work, person, ClaimKind.MEMBER_CHOICE, {}, ())


def test_a_cancelled_claim_frees_both_years_and_can_be_filed_again(house: House):
    person = make_person(house)
    claim = file(house, person)
    assert slots_of(house, person) == {"filed:reimbursement:2026", "year:2026"}

    with acting(house, citizen_actor(person)) as work:
        claims.cancel_claim(work, claim.number)

    assert slots_of(house, person) == set()
    assert file(house, person).number == "JN2026-0002"


def test_a_rejected_claim_frees_both_years(house: House):
    person = make_person(house)

    decide(house, file(house, person), ClaimAct.REJECT)

    assert slots_of(house, person) == set()


def test_a_returned_claim_keeps_its_years_and_its_number(house: House):
    person = make_person(house)
    claim = file(house, person)
    decide(house, claim, ClaimAct.RETURN)

    with acting(house, citizen_actor(person)) as work:
        again = filing.resubmit_claim(work, claim.id, {**ANSWERS, "year": 2025}, PAPERS)

    assert (again.number, again.state, again.claim_year) == (claim.number, ClaimState.SUBMITTED, 2025)
    assert slots_of(house, person) == {"filed:reimbursement:2026", "year:2025"}
    with house.database.reading() as session:
        handed_in = [
            each.facts["answers"]["year"]
            for each in stored_claims.list_events(session, claim.id)
            if "answers" in each.facts
        ]
    assert handed_in == [2026, 2025]


def test_a_clerk_who_files_for_somebody_is_barred_from_all_four_steps(house: House):
    clerk = make_staff(house, Role.CLERK, Role.FIRST_REVIEWER)

    claim = file(house, make_person(house), clerk)

    with house.database.reading() as session:
        assert stored_claims.list_handlers(session, claim.id) == {clerk.staff_person_id: Step.ASSISTANCE}


def test_a_reviewer_cannot_help_with_the_claim_they_returned(house: House):
    person = make_person(house)
    claim = file(house, person)
    reviewer = make_staff(house, Role.FIRST_REVIEWER)
    decide(house, claim, ClaimAct.RETURN, actor=reviewer)
    with acting(house, reviewer) as work:
        stored_claims.add_handler(work.session, claim.id, reviewer.staff_person_id, Step.FIRST_REVIEW)

    with pytest.raises(SamePersonTwice), acting(house, reviewer) as work:
        filing.resubmit_claim(work, claim.id, ANSWERS, PAPERS)

    assert state_of(house, claim) is ClaimState.CORRECTION_NEEDED


def pay_out_of_the_special_ledger(house: House, claim: Claim, amount: str) -> None:
    mine = Account(Kind.SPECIAL_LEDGER, claim.person_id, Source.LAND_LEVY, "B1")
    levy = Account(Kind.LAND_BATCH, None, Source.LAND_LEVY, "B1")
    bank, owed = Account(Kind.TRANSITION_ACCOUNT), Account(Kind.PAYABLE, claim.person_id, None, "B1")
    with acting(house, SYSTEM) as work:
        for movement, into, out_of, yuan, paid_for in (
            ("levy_deposit", bank, levy, "12300.00", None),
            ("special_ledger_opening", levy, mine, "12300.00", None),
            ("ledger_reimbursement", mine, owed, amount, claim.id),
        ):
            postings = (Posting(into, Decimal(yuan)), Posting(out_of, -Decimal(yuan)))
            entry = Entry(movement, NOW.date(), movement, postings, claim_id=paid_for)
            ledger.post(work, entry, region="guangdong")


def test_a_paid_amount_is_told_as_it_stood_before_the_money_moved(house: House):
    # given a paid claim (GD-4)
    person = make_person(house, region="guangdong")
    with acting(house, citizen_actor(person, "guangdong")) as work:
        claim = filing.open_claim(work, person, ClaimKind.LEDGER_REIMBURSEMENT)
    answers = {"own_contribution": "5760.00"}
    with house.database.writing() as session:
        stored_claims.change_claim(
            session,
            claim.id,
            claim_year=None,
            amount=Decimal("5760.00"),
            answers=answers,
            promised_on=NOW.date(),
        )
        stored_claims.set_state(session, claim.id, ClaimState.PAID, NOW)
    pay_out_of_the_special_ledger(house, claim, "5760.00")

    # when
    with acting(house, SYSTEM) as work:
        figure = explain_amount(work, claims.get_claim(work, claim.id))

    # then
    assert figure is not None
    assert figure.yuan == Decimal("5760.00")
    assert {step.code: step.facts for step in figure.steps}["special_ledger"] == {
        "amount": Decimal("12300.00")
    }
    assert figure.steps[-1].facts["after"] == Decimal("6540.00")
    assert [str(each) for each in figure.because] == ["guangdong-2025#art11.2"]


def test_heirs_get_a_claim_that_waits_for_their_papers(house: House):
    clerk = make_staff(house, Role.CLERK, region="guangdong")
    person = make_person(house, region="guangdong", died_on=date(2026, 3, 1))

    with acting(house, clerk) as work:
        claim = filing.open_claim(work, person, ClaimKind.ONE_OFF_PAYMENT)

    assert claim.state is ClaimState.CORRECTION_NEEDED
    with house.database.reading() as session:
        assert session.scalars(select(TextMessageRecord.id)).all() == []  # nobody reads the dead one's phone
        assert stored_claims.list_handlers(session, claim.id) == {clerk.staff_person_id: Step.ASSISTANCE}


# -- Who may do what, where ------------------------------------------------------------------------------

_WAY_TO = {
    ClaimState.SUBMITTED: (),
    ClaimState.CORRECTION_NEEDED: (ClaimAct.RETURN,),
    ClaimState.REVIEWED_ONCE: (ClaimAct.PASS,),
    ClaimState.REVIEWED_TWICE: (ClaimAct.PASS,) * 2,
    ClaimState.APPROVED: (ClaimAct.PASS,) * 3,
    ClaimState.DISBURSING: (ClaimAct.PASS,) * 3 + (ClaimAct.SEND,),
    ClaimState.PAYMENT_FAILED: (ClaimAct.PASS,) * 3 + (ClaimAct.SEND, ClaimAct.REFUSE_PAYMENT),
    ClaimState.PAID: (ClaimAct.PASS,) * 3 + (ClaimAct.SEND, ClaimAct.PAY),
    ClaimState.REJECTED: (ClaimAct.REJECT,),
    ClaimState.CANCELLED: (ClaimAct.CANCEL,),
}
_BEFORE_APPROVAL = {
    ClaimState.SUBMITTED,
    ClaimState.CORRECTION_NEEDED,
    ClaimState.REVIEWED_ONCE,
    ClaimState.REVIEWED_TWICE,
}
_OVER = {ClaimState.PAID, ClaimState.REJECTED}
_ACTS = {
    "cancel": (lambda work, number: claims.cancel_claim(work, number), _BEFORE_APPROVAL),
    "fix payee": (lambda work, number: claims.fix_payee(work, number), {ClaimState.PAYMENT_FAILED}),
    "rate": (lambda work, number: ratings.rate_claim(work, number, 3, None), _OVER),
}


@pytest.mark.parametrize("act", _ACTS)
@pytest.mark.parametrize("state", _WAY_TO)
def test_each_act_works_for_the_owner_where_it_is_open_and_changes_nothing_elsewhere(
    house: House, act: str, state: ClaimState
):
    do, open_in = _ACTS[act]
    person, stranger = make_person(house), make_person(house, name="王二")
    claim = file(house, person)
    decide(house, claim, *_WAY_TO[state])
    others = [
        citizen_actor(stranger),
        Actor(ActorKind.CLAIMANT, region="jinning", claim_id=claim.id + 1),
        *(make_staff(house, role) for role in Role),
    ]
    before = count_rows(house)

    for actor in others:
        with pytest.raises(NoSuchClaim), acting(house, actor) as work:
            do(work, claim.number)
    assert (state_of(house, claim), count_rows(house)) == (state, before)

    if state in open_in:
        with acting(house, citizen_actor(person)) as work:
            do(work, claim.number)
        assert count_rows(house) != before
    else:
        with pytest.raises((ActNotOpen, NoSuchClaim)), acting(house, citizen_actor(person)) as work:
            do(work, claim.number)
        assert (state_of(house, claim), count_rows(house)) == (state, before)


def test_a_payment_goes_back_on_its_way_only_with_an_account_on_record(house: House):
    person = make_person(house)
    claim = file(house, person)
    decide(house, claim, *_WAY_TO[ClaimState.PAYMENT_FAILED])
    with house.database.writing() as session:
        session.execute(update(PersonRecord).values(account_tail=None, card_tail=None))

    with pytest.raises(claims.PayeeMissing), acting(house, citizen_actor(person)) as work:
        claims.fix_payee(work, claim.number)


def test_a_rating_is_said_once(house: House):
    person = make_person(house)
    claim = file(house, person)
    decide(house, claim, ClaimAct.REJECT)

    for score in (1, 3):
        with acting(house, citizen_actor(person)) as work:
            ratings.rate_claim(work, claim.number, score, "等了很久")

    with house.database.reading() as session:
        assert session.execute(select(RatingRecord.score, RatingRecord.called_back_at)).all() == [(1, None)]


def test_kept_states_agree_with_what_happened_and_a_forged_one_is_named(house: House):
    person = make_person(house)
    claim = file(house, person)
    decide(house, claim, ClaimAct.PASS)
    with house.database.reading() as session:
        assert claims.list_state_faults(Work(house, session, citizen_actor(person), NOW)) == []

    with house.database.writing() as session:
        session.execute(update(ClaimRecord).values(state="paid"))

    with house.database.reading() as session:
        faults = claims.list_state_faults(Work(house, session, citizen_actor(person), NOW))
    assert faults == [(claim.number, ClaimState.PAID, ClaimState.REVIEWED_ONCE)]


def test_the_four_job_numbers_are_those_that_count_after_a_return(house: House):
    person = make_person(house)
    claim = file(house, person)
    first, other, second = (make_staff(house) for _ in range(3))
    decide(house, claim, ClaimAct.PASS, actor=first)
    decide(house, claim, ClaimAct.RETURN, actor=second)
    with acting(house, citizen_actor(person)) as work:
        filing.resubmit_claim(work, claim.id, ANSWERS, PAPERS)
    decide(house, claim, ClaimAct.PASS, actor=other)

    with house.database.reading() as session:
        work = Work(house, session, citizen_actor(person), NOW)
        course = claims.show_course(work, claims.get_own_claim(work, claim.number))

    assert course.officers == {
        Step.FIRST_REVIEW: other.job_no,
        Step.SECOND_REVIEW: None,
        Step.APPROVAL: None,
        Step.DISBURSEMENT: None,
    }


# -- All at once, or cut off in the middle ------------------------------------------------------------------


def test_people_who_file_at_once_get_different_numbers(house: House):
    people = [make_person(house) for _ in range(12)]
    gate = threading.Barrier(len(people))
    numbers: list[str] = []

    def submit(person: int) -> None:
        gate.wait()
        numbers.append(file(house, person).number)

    threads = [threading.Thread(target=submit, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(numbers) == [f"JN2026-{serial:04}" for serial in range(1, 13)]


def test_a_claim_cut_off_at_any_statement_is_absent(house: House):
    person = make_person(house)

    assert cut_off_everywhere(house, lambda: file(house, person)) > 10

    assert count_rows(house)["claim"] == 1
