"""Decisions at the desk: four acts, four people, whatever they try, on both engines."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from portal.domain.citizen_id import CitizenId
from portal.domain.claim_kinds import ClaimKind, Reason
from portal.domain.claimants import ProofSeen, Relation
from portal.domain.claims import ClaimAct, ClaimState, NoSuchClaim, Step
from portal.domain.disclosure import SealedField, UncoverReason
from portal.domain.errors import Refusal
from portal.domain.review import (
    AmountDisagrees,
    ConditionsNotMet,
    ConditionsUnconfirmed,
    NotAlike,
    NotPassedTogether,
    NotYourStep,
    OwnClaim,
    Queue,
    SamePersonTwice,
    SlipOfHandler,
)
from portal.domain.sessions import CITIZEN_LIFETIME
from portal.domain.staff import Role
from portal.services import claimants, dossiers, filing, identity, people, queues, reviews, staff
from portal.services.work import ANONYMOUS, SYSTEM, Actor, House, Work, begin_work
from portal.storage import claimants as stored_claimants
from portal.storage import claims as stored_claims
from portal.storage.claimants import NewClaimant
from portal.storage.claims import Claim
from portal.storage.database import Database
from portal.storage.models.audit import AuditRecord
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import ClaimRecord, DecisionRecord, HandlerRecord
from portal.storage.models.staff import StaffAccountRecord
from tests.builders import (
    NOW,
    citizen_actor,
    make_citizen_id,
    make_house,
    make_person,
    make_receipt,
    make_staff,
)

THOUSAND = Decimal("1000.00")
ANSWERS = {"year": 2026, "months": 12, "payee": "own"}


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return make_house(database, tmp_path, matcher=None)


def do(house: House, actor: Actor, act: Callable[[Work], object]) -> object:
    with begin_work(house, actor, lambda _: NOW) as work:
        return act(work)


def file_claim(house: House, person_id: int | None = None, **person: object) -> int:
    """A claim for this year's subsidy, with its receipt."""
    person_id = person_id or make_person(house, **person)

    def file(work: Work) -> Claim:
        return filing.file_claim(work, person_id, ClaimKind.REIMBURSEMENT, ANSWERS, {"contribution_receipt"})

    claim = do(house, citizen_actor(person_id), file)
    assert isinstance(claim, Claim)
    make_receipt(house, person_id=person_id, claim_id=claim.id)
    return claim.id


def first_pass(house: House, actor: Actor, claim_id: int) -> None:
    do(
        house,
        actor,
        lambda work: reviews.decide_claim(
            work, claim_id, ClaimAct.PASS, keyed=THOUSAND, confirmed=["own_account"]
        ),
    )


def passes(house: House, actor: Actor, claim_id: int) -> None:
    do(house, actor, lambda work: reviews.decide_claim(work, claim_id, ClaimAct.PASS))


def returns(house: House, actor: Actor, claim_id: int) -> None:
    do(
        house,
        actor,
        lambda work: reviews.decide_claim(
            work, claim_id, ClaimAct.RETURN, reasons=[Reason.RECEIPT_UNREADABLE]
        ),
    )


def hand_in_again(house: House, claim_id: int) -> None:
    def resubmit(work: Work) -> None:
        filing.resubmit_claim(work, claim_id, ANSWERS, {"contribution_receipt"})

    do(house, citizen_actor(claim_of(house, claim_id).person_id), resubmit)


def claim_of(house: House, claim_id: int) -> Claim:
    with house.database.reading() as session:
        return stored_claims.get_claim(session, claim_id)


def reviewed_twice(house: House) -> int:
    claim_id = file_claim(house)
    first_pass(house, make_staff(house, Role.FIRST_REVIEWER), claim_id)
    passes(house, make_staff(house, Role.SECOND_REVIEWER), claim_id)
    return claim_id


def test_a_claim_goes_through_three_reviews_by_three_people(house: House):
    claim_id = reviewed_twice(house)

    passes(house, make_staff(house, Role.APPROVER), claim_id)

    claim = claim_of(house, claim_id)
    assert (claim.state, claim.amount) == (ClaimState.APPROVED, THOUSAND)
    with house.database.reading() as session:
        people = session.scalars(select(DecisionRecord.staff_person_id)).all()
        acts = session.scalars(select(AuditRecord.act).where(AuditRecord.act == "claim_decided")).all()
    assert len(people) == len(set(people)) == len(acts) == 3


def test_one_person_with_two_accounts_is_one_person(house: House):
    first = make_staff(house, Role.FIRST_REVIEWER)
    claim_id = file_claim(house)
    first_pass(house, first, claim_id)
    same_person = make_staff(house, Role.SECOND_REVIEWER, staff_person_id=first.staff_person_id)

    with pytest.raises(SamePersonTwice):
        passes(house, same_person, claim_id)


def test_a_second_account_for_the_same_citizen_number_is_the_same_natural_person(house: House):
    number = make_citizen_id()
    admin = make_staff(house, Role.ADMINISTRATOR)
    for login in ("zhao", "zhao-deputy"):
        do(
            house,
            admin,
            lambda work, login=login: staff.add_account(
                work,
                name="赵工",
                citizen_id=number,
                job_no="0288",
                login=login,
                roles=frozenset({Role.FIRST_REVIEWER}),
                region="jinning",
            ),
        )

    with house.database.reading() as session:
        people = session.scalars(
            select(StaffAccountRecord.person_id).where(StaffAccountRecord.login.like("zhao%"))
        ).all()
    assert len(people) == 2
    assert len(set(people)) == 1


def test_a_role_changed_midway_opens_no_second_step(house: House):
    deputy = make_staff(house, Role.FIRST_REVIEWER)
    claim_id = file_claim(house)
    first_pass(house, deputy, claim_id)

    promoted = make_staff(house, *Role, staff_person_id=deputy.staff_person_id)

    with pytest.raises(SamePersonTwice):
        passes(house, promoted, claim_id)


def test_a_return_does_not_free_anybody_for_another_step(house: House):
    claim_id = file_claim(house)
    first = make_staff(house, *Role)
    second = make_staff(house, *Role)
    first_pass(house, first, claim_id)
    returns(house, second, claim_id)
    hand_in_again(house, claim_id)

    with pytest.raises(SamePersonTwice):
        first_pass(house, second, claim_id)
    first_pass(house, first, claim_id)
    with pytest.raises(SamePersonTwice):
        passes(house, first, claim_id)


def test_whoever_helped_to_file_takes_no_step(house: House):
    helper = make_staff(house, *Role)
    person_id = make_person(house)
    claim = do(
        house,
        helper,
        lambda work: filing.file_claim(
            work, person_id, ClaimKind.REIMBURSEMENT, ANSWERS, {"contribution_receipt"}
        ),
    )
    assert isinstance(claim, Claim)

    with pytest.raises(SamePersonTwice) as refused:
        first_pass(house, helper, claim.id)

    assert refused.value.facts["earlier"] is Step.ASSISTANCE


def test_nobody_reviews_their_own_claim_as_a_villager(house: House):
    number = make_citizen_id()
    claim_id = file_claim(house, citizen_id=number)

    with pytest.raises(OwnClaim):
        first_pass(house, at_desk(house, number, Role.FIRST_REVIEWER), claim_id)


def at_desk(house: House, number: CitizenId, role: Role) -> Actor:
    """Somebody at the desk with this citizen number."""
    new = do(
        house,
        SYSTEM,
        lambda work: staff.add_account(
            work,
            name="李桂芳",
            citizen_id=number,
            job_no="0301",
            login="li",
            roles=frozenset({role}),
            region="jinning",
        ),
    )
    assert isinstance(new, staff.NewAccount)
    with house.database.reading() as session:
        person = session.get_one(StaffAccountRecord, new.account_id).person_id
    return make_staff(house, role, staff_person_id=person)


def come_in_by_slip(house: House, giver: Actor, number: CitizenId, person_id: int, now: datetime) -> None:
    """Give a villager a slip, and let in whoever holds it."""
    with begin_work(house, giver, lambda _: NOW) as work:
        code = identity.issue_paper_code(work, person_id)
    with begin_work(house, ANONYMOUS, lambda _: now) as work:
        challenge = identity.check(work, "李桂芳", number, "192.0.2.1")
        assert isinstance(identity.prove(work, challenge.token, code), identity.Admitted)


@pytest.mark.parametrize(
    ("came_in", "barred"),
    [(None, True), (NOW, True), (NOW - CITIZEN_LIFETIME.whole - timedelta(minutes=1), False)],
    ids=["slip not used yet", "came in by it", "session long over"],
)
def test_whoever_gave_out_the_slip_helps_to_file_what_is_filed_by_it(
    house: House, came_in: datetime | None, barred: bool
):
    number, clerk = make_citizen_id(), make_staff(house, Role.CLERK, Role.FIRST_REVIEWER)
    person_id = make_person(house, citizen_id=number)
    if came_in is None:
        do(house, clerk, lambda work: people.issue_slip(work, person_id))
    else:
        come_in_by_slip(house, clerk, number, person_id, came_in)

    claim_id = file_claim(house, person_id)

    with pytest.raises(SamePersonTwice) if barred else nullcontext():
        first_pass(house, clerk, claim_id)
    expected = Step.ASSISTANCE if barred else Step.FIRST_REVIEW
    with house.database.reading() as session:
        assert stored_claims.list_handlers(session, claim_id) == {clerk.staff_person_id: expected}


def test_a_slip_that_waits_bars_its_giver_and_a_reviewer_gives_none_out(house: House):
    claim_id = file_claim(house)
    person_id = claim_of(house, claim_id).person_id
    clerk, reviewer = (make_staff(house, Role.CLERK, Role.FIRST_REVIEWER) for _ in range(2))
    do(house, clerk, lambda work: people.issue_slip(work, person_id))

    with pytest.raises(SamePersonTwice):
        returns(house, clerk, claim_id)
    returns(house, reviewer, claim_id)

    with pytest.raises(SamePersonTwice):
        do(house, reviewer, lambda work: people.issue_slip(work, person_id))


def test_a_claim_is_not_mended_by_the_slip_of_whoever_returned_it(house: House):
    claim_id = file_claim(house)
    reviewer = make_staff(house, Role.CLERK, Role.FIRST_REVIEWER)
    returns(house, reviewer, claim_id)
    do(house, reviewer, lambda work: identity.issue_paper_code(work, claim_of(house, claim_id).person_id))

    with pytest.raises(SlipOfHandler):
        hand_in_again(house, claim_id)


def test_an_heir_at_the_desk_takes_no_step_and_sees_no_paper_of_the_claim_that_pays_them(house: House):
    number = make_citizen_id()
    heir, clerk = at_desk(house, number, Role.FIRST_REVIEWER), make_staff(house)
    claim_id = file_claim(house)
    person_id = claim_of(house, claim_id).person_id
    with house.database.writing() as session:
        session.execute(update(PersonRecord).values(died_on=NOW.date()))
        stored_claimants.add_claimant(
            session,
            NewClaimant(
                uid="1f",
                person_id=person_id,
                name="李小妹",
                number_sealed=house.keys.seal(number.digits, stored_claimants.number_context("1f")),
                relation=Relation.HEIR,
                proof=ProofSeen.KINSHIP,
                proposed_at=NOW,
                proposed_by=clerk.desk_person_id,
            ),
        )

    for act in (
        lambda work: reviews.decide_claim(
            work, claim_id, ClaimAct.RETURN, reasons=[Reason.RECEIPT_UNREADABLE]
        ),
        lambda work: dossiers.open_paper(work, claim_id, 1, 1),
        lambda work: people.uncover_number(work, person_id, SealedField.ACCOUNT, UncoverReason.INSPECTION),
        lambda work: claimants.decide_claimant(work, 1, accepted=True),
    ):
        with pytest.raises(OwnClaim):
            do(house, heir, act)


def test_two_browsers_of_one_person_take_one_step_between_them(house: House):
    claim_id = file_claim(house)
    first = make_staff(house, *Role)
    first_pass(house, first, claim_id)
    both = [make_staff(house, *Role, staff_person_id=first.staff_person_id) for _ in range(2)]

    answers = at_once([lambda each=each: passes(house, each, claim_id) for each in both])

    assert {type(answer) for answer in answers} == {SamePersonTwice}
    assert claim_of(house, claim_id).state is ClaimState.REVIEWED_ONCE


def at_once(acts: list[Callable[[], None]]) -> list[Refusal | None]:
    """Do all acts at the same moment, each in a thread; what each was refused with, or None."""
    gate = threading.Barrier(len(acts))
    answers: list[Refusal | None] = [None] * len(acts)

    def run(place: int, act: Callable[[], None]) -> None:
        gate.wait()
        try:
            act()
        except Refusal as refusal:
            answers[place] = refusal

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_the_database_itself_refuses_a_second_part_of_one_person(house: House):
    claim_id = file_claim(house)
    first = make_staff(house, Role.FIRST_REVIEWER)
    first_pass(house, first, claim_id)

    with pytest.raises(IntegrityError), house.database.writing() as session:
        session.execute(
            insert(HandlerRecord).values(
                claim_id=claim_id, staff_person_id=first.staff_person_id, act=str(Step.APPROVAL)
            )
        )


def test_the_database_itself_refuses_a_decision_that_rests_on_no_handler(house: House):
    claim_id = file_claim(house)
    first = make_staff(house, Role.FIRST_REVIEWER)
    first_pass(house, first, claim_id)
    with house.database.reading() as session:
        event_id = session.scalar(select(DecisionRecord.event_id))

    with pytest.raises(IntegrityError), house.database.writing() as session:
        session.execute(
            text(
                "INSERT INTO claim_decision (event_id, claim_id, staff_person_id, act, verdict)"
                " SELECT max(id), :claim, :person, 'approval', 'pass' FROM claim_event WHERE id <> :event"
            ),
            {"claim": claim_id, "person": first.staff_person_id, "event": event_id},
        )


def test_a_dead_claimant_is_found_out_at_approval(house: House):
    claim_id = reviewed_twice(house)
    with house.database.writing() as session:
        session.execute(update(PersonRecord).values(died_on=NOW.date()))

    with pytest.raises(ConditionsNotMet):
        passes(house, make_staff(house, Role.APPROVER), claim_id)


def test_a_wrong_keyed_amount_is_told_and_nothing_is_kept(house: House):
    claim_id = file_claim(house)
    first = make_staff(house, Role.FIRST_REVIEWER)

    with pytest.raises(AmountDisagrees):
        do(
            house,
            first,
            lambda work: reviews.decide_claim(
                work, claim_id, ClaimAct.PASS, keyed=Decimal("100.00"), confirmed=["own_account"]
            ),
        )

    with house.database.reading() as session:
        assert session.scalars(select(HandlerRecord.staff_person_id)).all() == []


def test_a_payee_that_nobody_compared_stops_the_first_review(house: House):
    claim_id = file_claim(house)

    with pytest.raises(ConditionsUnconfirmed):
        do(
            house,
            make_staff(house, Role.FIRST_REVIEWER),
            lambda work: reviews.decide_claim(work, claim_id, ClaimAct.PASS, keyed=THOUSAND),
        )


def test_rejection_frees_the_year_for_another_claim(house: House):
    claim_id = file_claim(house)
    person_id = claim_of(house, claim_id).person_id

    do(
        house,
        make_staff(house, Role.FIRST_REVIEWER),
        lambda work: reviews.decide_claim(
            work, claim_id, ClaimAct.REJECT, reasons=[Reason.RECEIPT_WRONG_YEAR], words="请换一张"
        ),
    )

    with house.database.reading() as session:
        assert stored_claims.list_slots(session, person_id) == {}


@pytest.mark.parametrize(("region", "town"), [("linyi", None), ("jinning", "上蒜镇")])
def test_a_claim_out_of_reach_does_not_exist(house: House, region: str, town: str | None):
    claim_id = file_claim(house)
    stranger = make_staff(house, *Role, region=region, town=town)

    with pytest.raises(NoSuchClaim):
        passes(house, stranger, claim_id)
    with pytest.raises(NoSuchClaim):
        do(house, stranger, lambda work: dossiers.open_claim(work, claim_id))
    page = do(house, stranger, lambda work: queues.show_queue(work, Queue.FIRST_REVIEW))
    assert isinstance(page, queues.QueuePage)
    assert page.lines == ()


def test_a_queue_leaves_out_what_its_reader_had_a_part_in_and_says_so(house: House):
    reader = make_staff(house, *Role)
    other = make_staff(house, *Role)
    mine, theirs = file_claim(house), file_claim(house)
    first_pass(house, reader, mine)
    first_pass(house, other, theirs)

    page = do(house, reader, lambda work: queues.show_queue(work, Queue.SECOND_REVIEW))

    assert isinstance(page, queues.QueuePage)
    assert [line.claim.id for line in page.lines] == [theirs]
    assert page.withheld == {Step.FIRST_REVIEW: 1}
    assert page.counts[Queue.SECOND_REVIEW] == 2


def test_what_is_overdue_comes_first(house: House):
    late, timely = file_claim(house), file_claim(house)
    with house.database.writing() as session:
        session.execute(update(ClaimRecord).where(ClaimRecord.id == timely).values(promised_on=NOW.date()))
        session.execute(
            update(ClaimRecord).where(ClaimRecord.id == late).values(promised_on=NOW.date().replace(day=1))
        )

    page = do(house, make_staff(house, *Role), lambda work: queues.show_queue(work, Queue.FIRST_REVIEW))

    assert isinstance(page, queues.QueuePage)
    assert [line.claim.id for line in page.lines] == [late, timely]
    assert page.lines[0].days_left == -20
    assert page.overdue == 1


def test_the_same_receipt_on_two_claims_is_named_on_both(house: House):
    one, two = file_claim(house), file_claim(house)
    with house.database.writing() as session:
        session.execute(text("UPDATE receipt SET digest = :same"), {"same": b"same"})

    page = do(house, make_staff(house, *Role), lambda work: queues.show_queue(work, Queue.FIRST_REVIEW))

    assert isinstance(page, queues.QueuePage)
    twins = {line.claim.id: line.twins for line in page.lines}
    assert twins == {one: (claim_of(house, two).number,), two: (claim_of(house, one).number,)}


def test_like_claims_are_approved_together_and_recorded_singly(house: House):
    claim_ids = [reviewed_twice(house), reviewed_twice(house)]

    do(house, make_staff(house, Role.APPROVER), lambda work: reviews.approve_like(work, claim_ids))

    assert {claim_of(house, claim_id).state for claim_id in claim_ids} == {ClaimState.APPROVED}
    with house.database.reading() as session:
        approved = session.scalars(
            select(DecisionRecord.claim_id).where(DecisionRecord.act == Step.APPROVAL)
        ).all()
    assert sorted(approved) == sorted(claim_ids)


def test_a_claim_that_wants_a_look_of_its_own_is_not_approved_in_a_batch(house: House):
    claim_ids = [reviewed_twice(house), reviewed_twice(house)]
    with house.database.writing() as session:
        session.execute(text("UPDATE receipt SET digest = :same"), {"same": b"same"})

    with pytest.raises(NotAlike):
        do(house, make_staff(house, Role.APPROVER), lambda work: reviews.approve_like(work, claim_ids))


def test_one_that_cannot_be_approved_keeps_the_others_from_it(house: House):
    approver = make_staff(house, Role.APPROVER)
    ready = reviewed_twice(house)
    barred = file_claim(house)
    first_pass(house, make_staff(house, *Role, staff_person_id=approver.staff_person_id), barred)
    passes(house, make_staff(house, Role.SECOND_REVIEWER), barred)

    with pytest.raises(NotPassedTogether) as refused:
        do(house, approver, lambda work: reviews.approve_like(work, [ready, barred]))

    assert isinstance(refused.value.facts["cause"], SamePersonTwice)
    assert claim_of(house, ready).state is ClaimState.REVIEWED_TWICE


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.FIRST_REVIEWER])
def test_no_other_role_takes_the_first_review_administrators_included(house: House, role: Role):
    claim_id = file_claim(house)

    with pytest.raises(NotYourStep):
        first_pass(house, make_staff(house, role), claim_id)
