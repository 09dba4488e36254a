"""Every state of a claim, every act, everybody: what is open works, and nothing else changes anything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import STEP_AT, ClaimAct, ClaimState, Step
from portal.domain.ledger.accounts import Account, Kind
from portal.domain.ledger.entries import Entry, Posting
from portal.domain.review import ROLE_FOR
from portal.domain.staff import Role
from portal.services import claims, disbursements, filing, ledger, reviews
from portal.services.work import SYSTEM, Actor, ActorKind, House, begin_work
from portal.storage.models import Base
from portal.storage.models.claims import ClaimRecord, PaymentFileRecord
from tests.builders import NOW, citizen_actor, make_person, make_receipt, make_staff
from tests.web.browser import Browser

PASSES = (Step.FIRST_REVIEW, Step.SECOND_REVIEW, Step.APPROVAL)
# How far four people have brought a claim, and what happened then.
WAYS: Mapping[ClaimState, tuple[int, str]] = {
    ClaimState.SUBMITTED: (0, ""),
    ClaimState.CORRECTION_NEEDED: (0, "return"),
    ClaimState.REVIEWED_ONCE: (1, ""),
    ClaimState.REVIEWED_TWICE: (2, ""),
    ClaimState.APPROVED: (3, ""),
    ClaimState.DISBURSING: (3, "send"),
    ClaimState.PAYMENT_FAILED: (3, "refuse payment"),
    ClaimState.PAID: (3, "pay"),
    ClaimState.SETTLED: (3, ""),
    ClaimState.REJECTED: (0, "reject"),
    ClaimState.CANCELLED: (0, "cancel"),
}
BEFORE_APPROVAL = {
    ClaimState.SUBMITTED,
    ClaimState.CORRECTION_NEEDED,
    ClaimState.REVIEWED_ONCE,
    ClaimState.REVIEWED_TWICE,
}
REVIEWED = BEFORE_APPROVAL - {ClaimState.CORRECTION_NEEDED}

OF_OWNER: Mapping[str, set[ClaimState]] = {
    "cancel": BEFORE_APPROVAL,
    "mend": {ClaimState.CORRECTION_NEEDED, ClaimState.REJECTED, ClaimState.CANCELLED},
    "payee": {ClaimState.PAYMENT_FAILED},
    "rating": {ClaimState.PAID, ClaimState.SETTLED, ClaimState.REJECTED},
}
AT_DESK: Mapping[str, set[ClaimState]] = {
    "pass": REVIEWED,
    "return": REVIEWED | {ClaimState.APPROVED},
    "reject": REVIEWED,
    "send": {ClaimState.APPROVED},
    "bank": {ClaimState.DISBURSING},
}
FORMS: Mapping[str, dict[str, object]] = {
    "rating": {"score": "3"},
    "pass": {"verdict": "pass", "amount": "1000", "confirmed": ["own_account"]},
    "return": {"verdict": "return", "reasons": ["receipt_unreadable"]},
    "reject": {"verdict": "reject", "reasons": ["receipt_unreadable"]},
}


SUBSIDY = {"year": NOW.year, "months": 12, "payee": "own"}
DOUBT = {"about": "years", "what": "少记了一年。"}
FOUND = {"words": "账对过了，补上一年。"}
KEYED = {"keyed": Decimal("1000.00"), "confirmed": ["own_account"]}


@dataclass(frozen=True)
class Case:
    """A claim that stands somewhere, with its owner and who has had which part in it."""

    claim_id: int
    number: str
    owner: Actor
    parts: Mapping[Step, Actor]
    file_id: int | None


@dataclass(frozen=True)
class Somebody:
    """Who tries: in which roles, and with which earlier part."""

    name: str
    actor: Actor
    is_owner: bool = False
    roles: frozenset[Role] = frozenset()
    part: Step | None = None

    def may(self, act: str, state: ClaimState) -> bool:
        """Whether the rules let this person do this."""
        if act in OF_OWNER:
            return self.is_owner and state in OF_OWNER[act]
        step = STEP_AT.get(state)
        return (
            state in AT_DESK[act]
            and step is not None
            and ROLE_FOR[step] in self.roles
            and self.part in (None, step)
        )


@pytest.mark.parametrize("state", WAYS)
def test_what_is_open_works_and_nothing_else_changes_anything(app: Flask, house: House, state: ClaimState):
    fill_fund(house)
    case = bring_to(house, state)
    people = list(everybody(house, case))
    acts = [*OF_OWNER, *AT_DESK]

    for person in people:
        browser = Browser(app).sign_in(person.actor)
        before = count_rows(house)
        for act in acts:
            if not person.may(act, state):
                answer = attempt(browser, house, act, case)
                assert count_rows(house) == before, f"{person.name}: {act} changed a claim that is {state}"
                assert answer in REFUSED, f"{person.name}: {act} answered {answer} on {state}"

    for place, person in enumerate(people):
        for act in acts:
            if person.may(act, state):
                fresh = bring_to(house, state)
                again = list(everybody(house, fresh))[place]
                before = count_rows(house)
                answer = attempt(Browser(app).sign_in(again.actor), house, act, fresh)
                assert (answer, count_rows(house) != before) == (302, True), (
                    f"{person.name}: {act} on {state}"
                )


REFUSED = {302, 404, 409, 422}
"""302 is the way to the ID check or to the desk's door, or back from a rating that was given before."""


def everybody(house: House, case: Case) -> Iterator[Somebody]:
    """The owner, strangers, each role, and all who have had a part, now with every role there is."""
    yield Somebody("owner", case.owner, is_owner=True)
    yield Somebody("stranger", citizen_actor(make_person(house, name="王二")))
    other = bring_to(house, ClaimState.CORRECTION_NEEDED)
    yield Somebody("heir", Actor(ActorKind.CLAIMANT, region="jinning", claim_id=other.claim_id))
    for role in Role:
        yield Somebody(str(role), make_staff(house, role), roles=frozenset({role}))
    yield Somebody("another county", make_staff(house, *Role, region="linyi"))
    yield Somebody("another town", make_staff(house, *Role, town="上蒜镇"))
    yield Somebody("everything at once", make_staff(house, *Role), roles=frozenset(Role))
    for step, actor in case.parts.items():
        again = make_staff(house, *Role, staff_person_id=actor.staff_person_id)
        yield Somebody(f"had {step}", again, roles=frozenset(Role), part=step)


def attempt(browser: Browser, house: House, act: str, case: Case) -> int:
    """Send the form of an act as a browser does; the status that came back."""
    if act in OF_OWNER:
        path, form = f"/claims/{case.number}/{act}", FORMS.get(act, {})
    elif act == "send":
        path, form = "/desk/payments/", {"claims": [case.claim_id]}
    elif act == "bank":
        path = f"/desk/payments/{case.file_id or 999}/return"
        form = {"answer": (BytesIO(answer_of(house, case)), "hui.csv")}
    else:
        path, form = f"/desk/claims/{case.claim_id}", dict(FORMS[act])
        if Step.FIRST_REVIEW in case.parts:
            form.pop("confirmed", None)  # compared already, so it is not asked again
    token = {"csrf_token": browser._token() or ""}
    return browser.client.post(path, data={**token, **form}).status_code


def bring_to(house: House, state: ClaimState) -> Case:
    """A new villager's claim, brought to a state by people who have no other part in anything."""
    passes, end = WAYS[state]
    person = make_person(house)
    owner = citizen_actor(person)
    pays = state is not ClaimState.SETTLED
    kind, answers = (ClaimKind.REIMBURSEMENT, SUBSIDY) if pays else (ClaimKind.OBJECTION, DOUBT)
    with begin_work(house, owner, lambda _: NOW) as work:
        claim = filing.file_claim(work, person, kind, answers, {"contribution_receipt"})
    make_receipt(house, person_id=person, claim_id=claim.id)
    parts: dict[Step, Actor] = {}
    for step in PASSES[:passes]:
        parts[step] = make_staff(house, ROLE_FOR[step])
        said = KEYED if pays else FOUND
        more = said if step is PASSES[0] else {}
        with begin_work(house, parts[step], lambda _: NOW) as work:
            reviews.decide_claim(work, claim.id, ClaimAct.PASS, **more)
    file_id = None
    if end in ("return", "reject"):
        parts[Step.FIRST_REVIEW] = make_staff(house, Role.FIRST_REVIEWER)
        with begin_work(house, parts[Step.FIRST_REVIEW], lambda _: NOW) as work:
            reviews.decide_claim(work, claim.id, ClaimAct(end), reasons=["payee_mismatch"])
    elif end == "cancel":
        with begin_work(house, owner, lambda _: NOW) as work:
            claims.cancel_claim(work, claim.number)
    elif end:
        parts[Step.DISBURSEMENT] = make_staff(house, Role.CASHIER)
        with begin_work(house, parts[Step.DISBURSEMENT], lambda _: NOW) as work:
            file_id = disbursements.make_file(work, [claim.id]).id
    case = Case(claim.id, claim.number, owner, parts, file_id)
    if end in ("pay", "refuse payment"):
        with begin_work(house, parts[Step.DISBURSEMENT], lambda _: NOW) as work:
            disbursements.take_in_return(work, file_id, answer_of(house, case, paid=end == "pay"))
    with house.database.reading() as session:
        assert session.get_one(ClaimRecord, claim.id).state == state
    return case


def answer_of(house: House, case: Case, *, paid: bool = True) -> bytes:
    """What the bank says of a claim's payment."""
    with house.database.reading() as session:
        number = session.scalar(
            select(PaymentFileRecord.number).where(PaymentFileRecord.id == (case.file_id or 0))
        )
    outcome = "成功," if paid else "失败,账户已销户"
    return f"业务编号,金额,处理结果,失败原因\n{number}-0001,1000.00,{outcome}\n".encode()


def fill_fund(house: House) -> None:
    amount = Decimal("500000.00")
    postings = (Posting(Account(Kind.SPECIAL_FUND), amount), Posting(Account(Kind.IDLE_FUND), -amount))
    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        ledger.post(work, Entry("fund", NOW.date(), "fund_receipt", postings), region="jinning")


# What is written about a refusal, and about who is there, is not a change of the claim.
_BESIDE = {"audit_event", "audit_head", "session", "attempt", "one_time_code"}


def count_rows(house: House) -> dict[str, object]:
    """The rows of every table, and where each claim stands."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in _BESIDE]
    counts = [select(func.count()).select_from(table).scalar_subquery() for table in tables]
    with house.database.reading() as session:
        rows: dict[str, object] = dict(
            zip((table.name for table in tables), session.execute(select(*counts)).one(), strict=True)
        )
        rows["claims"] = session.execute(
            select(ClaimRecord.id, ClaimRecord.state, ClaimRecord.amount).order_by(ClaimRecord.id)
        ).all()
    return rows
