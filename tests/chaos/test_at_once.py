"""Fifty browsers send one form at the same moment, again and again: exactly one takes, whoever it is."""

import threading
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ActNotOpen, ClaimAct, ClaimState, Step
from portal.domain.errors import Refusal, StorageBusy
from portal.domain.review import ConditionsNotMet
from portal.domain.staff import Role
from portal.services import filing, reviews
from portal.services.work import Actor, House, begin_work
from portal.storage.claims import SlotTaken
from portal.storage.database import Database
from portal.storage.models.claims import ClaimRecord, DecisionRecord, HandlerRecord
from tests.builders import (
    NOW,
    citizen_actor,
    make_citizen_id,
    make_house,
    make_person,
    make_receipt,
    make_staff,
)
from tests.chaos.scale import Figures, Scale

AT_ONCE = 50
APPROVERS = 5
ONE_TOOK = {"rounds": 1, "filed": 1, "approved": 1}


@pytest.mark.chaos
def test_exactly_one_of_fifty_submissions_and_one_of_fifty_approvals_takes(
    database: Database, tmp_path: Path, scale: Scale, engine_name: str
):
    rounds = scale.pick(20, 1000)

    total = scale.run(f"at-once-{engine_name}", rounds, make_rounds(make_house(database, tmp_path)))

    assert total == {name: rounds * count for name, count in ONE_TOOK.items()}


def make_rounds(house: House) -> Callable[[int], Figures]:
    """A round: a villager's claim is sent fifty times at once, and approved fifty times at once."""
    first, second = make_staff(house, Role.FIRST_REVIEWER), make_staff(house, Role.SECOND_REVIEWER)
    approvers = [make_staff(house, Role.APPROVER) for _ in range(APPROVERS)]

    def do_round(number: int) -> Figures:
        born = date(1960, 1, 1) + timedelta(days=number)  # of one day there are numbers for a thousand only
        person = make_person(house, citizen_id=make_citizen_id(born))
        filed = at_once([lambda: file(house, person)] * AT_ONCE)
        assert {type(refused) for refused in filed} <= {type(None), StorageBusy, SlotTaken, ConditionsNotMet}
        claim_id = the_only_claim(house, person)
        make_receipt(house, person_id=person, claim_id=claim_id)
        decide(house, first, claim_id, keyed=Decimal("1000.00"), confirmed=["own_account"])
        decide(house, second, claim_id)
        turns = [approvers[turn % APPROVERS] for turn in range(AT_ONCE)]
        approved = at_once([lambda each=each: decide(house, each, claim_id) for each in turns])
        assert {type(refused) for refused in approved} <= {type(None), StorageBusy, ActNotOpen}
        check_approved_once(house, claim_id)
        return {"rounds": 1, "filed": filed.count(None), "approved": approved.count(None)}

    return do_round


def at_once(acts: Sequence[Callable[[], None]]) -> list[Exception | None]:
    """Do all acts at the same moment, each in a thread; what each was refused with, or None.

    Who waited too long behind the others is told to come again, which is a refusal like any other.
    """
    gate = threading.Barrier(len(acts))
    answers: list[Exception | None] = [None] * len(acts)
    faults: list[BaseException] = []

    def run(place: int, act: Callable[[], None]) -> None:
        gate.wait()
        try:
            act()
        except (Refusal, StorageBusy) as refusal:
            answers[place] = refusal
        except BaseException as fault:  # a thread's exception would be lost
            faults.append(fault)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    return answers


def file(house: House, person: int) -> None:
    answers = {"year": NOW.year, "months": 12, "payee": "own"}
    with begin_work(house, citizen_actor(person), lambda _: NOW) as work:
        filing.file_claim(work, person, ClaimKind.REIMBURSEMENT, answers, {"contribution_receipt"})


def decide(house: House, actor: Actor, claim_id: int, **facts: object) -> None:
    with begin_work(house, actor, lambda _: NOW) as work:
        reviews.decide_claim(work, claim_id, ClaimAct.PASS, **facts)


def the_only_claim(house: House, person: int) -> int:
    with house.database.reading() as session:
        return session.scalars(select(ClaimRecord.id).where(ClaimRecord.person_id == person)).one()


def check_approved_once(house: House, claim_id: int) -> None:
    with house.database.reading() as session:
        state = session.get_one(ClaimRecord, claim_id).state
        by_step = dict(
            session.execute(
                select(DecisionRecord.act, func.count())
                .where(DecisionRecord.claim_id == claim_id)
                .group_by(DecisionRecord.act)
            ).all()
        )
        handlers = session.scalars(select(HandlerRecord.act).where(HandlerRecord.claim_id == claim_id)).all()
    steps = {Step.FIRST_REVIEW, Step.SECOND_REVIEW, Step.APPROVAL}
    assert state == ClaimState.APPROVED
    assert by_step == dict.fromkeys(steps, 1)
    assert sorted(handlers) == sorted(steps)
