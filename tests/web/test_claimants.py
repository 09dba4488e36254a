"""Heirs and beneficiaries: let in by two people at the desk, and then on their own to the payment."""

from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.citizen_id import CitizenId
from portal.domain.claims import ClaimState, Step
from portal.domain.staff import Role
from portal.services.work import Actor, House
from portal.storage import claims as stored_claims
from portal.storage.models.audit import AuditRecord
from portal.storage.models.claims import ClaimantRecord, ClaimRecord
from portal.storage.models.sessions import CodeRecord
from tests.builders import make_citizen_id, make_person, make_staff
from tests.web.browser import Browser, Page

HEIR = {"name": "夏小妹", "relation": "heir", "proof": "kinship"}


def a_dead_person(house: House, **person: object) -> int:
    return make_person(
        house, **{"name": "夏阿婆", "region": "guangdong", "died_on": date(2026, 3, 1), **person}
    )


def at_the_desk(browser: Browser, house: House, role: Role = Role.CLERK) -> tuple[Browser, Actor]:
    officer = make_staff(house, role, region="guangdong")
    return Browser(browser.app).sign_in(officer), officer


def let_in(browser: Browser, house: House, person: int, number: CitizenId, **claimant: str) -> int:
    """Propose a claimant and agree, by two people; returns the claimant's row."""
    first, _ = at_the_desk(browser, house)
    second, _ = at_the_desk(browser, house, Role.ADMINISTRATOR)
    first.post(f"/desk/claimants/of/{person}", number=number.digits, **{**HEIR, **claimant})
    with house.database.reading() as session:
        row = session.scalars(select(ClaimantRecord.id).order_by(ClaimantRecord.id.desc())).first()
    second.post(f"/desk/claimants/{row}", accepted="yes")
    assert row is not None
    return row


def slip_of(browser: Browser, house: House, claimant: int) -> str:
    clerk, _ = at_the_desk(browser, house)
    return clerk.post(f"/desk/claimants/{claimant}/slip", status=200).select_one(".sheet .fig")


def come_in(browser: Browser, number: CitizenId, code: str, status: int | tuple[int, ...] = 302) -> Page:
    asked = browser.post("/identity/", status=200, name="夏小妹", number=number.digits)
    return browser.post("/identity/code", status=status, challenge=asked.hidden("challenge"), code=code)


def test_two_people_let_an_heir_in_and_the_slip_opens_that_one_claim(browser: Browser, house: House):
    person, number = a_dead_person(house), make_citizen_id()
    code = slip_of(browser, house, let_in(browser, house, person, number))

    entered = come_in(browser, number, code)

    assert entered.response.headers["Location"].endswith("/claimant/")
    assert "这笔钱由你们来领" in browser.get("/claimant/").text
    browser.get("/record/", status=302)
    browser.get("/claims/", status=302)
    with house.database.reading() as session:
        claim = session.scalars(select(ClaimRecord)).one()
        acts = session.scalars(select(AuditRecord.act)).all()
    assert claim.state == ClaimState.CORRECTION_NEEDED
    assert {"claimant_proposed", "claimant_decided", "claim_code_issued", "claimant_admitted"} <= set(acts)


def test_an_heir_who_is_on_record_comes_in_by_the_same_slip(browser: Browser, house: House):
    number = make_citizen_id()
    make_person(house, name="夏小妹", region="guangdong", citizen_id=number)
    code = slip_of(browser, house, let_in(browser, house, a_dead_person(house), number))

    entered = come_in(browser, number, code)

    assert entered.response.headers["Location"].endswith("/claimant/")


def test_a_slip_opens_nothing_to_another_number_nor_twice(browser: Browser, house: House):
    number = make_citizen_id()
    code = slip_of(browser, house, let_in(browser, house, a_dead_person(house), number))

    come_in(browser, make_citizen_id(), code, status=422)
    come_in(browser, number, code)
    come_in(Browser(browser.app), number, code, status=422)


def test_whoever_recorded_an_heir_does_not_let_them_in(browser: Browser, house: House):
    person = a_dead_person(house)
    clerk, _ = at_the_desk(browser, house)
    clerk.post(f"/desk/claimants/of/{person}", number=make_citizen_id().digits, **HEIR)

    assert "您录的，请别人核" in clerk.get("/desk/people/changes").text
    clerk.post("/desk/claimants/1", status=409, accepted="yes")
    clerk.post("/desk/claimants/1/slip", status=404)

    with house.database.reading() as session:
        assert session.scalars(select(ClaimRecord.id)).all() == []
        assert session.scalars(select(CodeRecord.id)).all() == []


def test_both_who_let_an_heir_in_are_barred_from_all_four_steps(browser: Browser, house: House):
    let_in(browser, house, a_dead_person(house), make_citizen_id())

    with house.database.reading() as session:
        handlers = stored_claims.list_handlers(session, session.scalars(select(ClaimRecord.id)).one())
    assert list(handlers.values()) == [Step.ASSISTANCE, Step.ASSISTANCE]


def test_whoever_prints_an_heir_s_slip_is_barred_too(browser: Browser, house: House):
    claimant = let_in(browser, house, a_dead_person(house), make_citizen_id())
    clerk, officer = at_the_desk(browser, house)

    clerk.post(f"/desk/claimants/{claimant}/slip", status=200)

    with house.database.reading() as session:
        handlers = stored_claims.list_handlers(session, session.scalars(select(ClaimRecord.id)).one())
    assert handlers[officer.desk_person_id] is Step.ASSISTANCE


def test_several_heirs_share_one_claim(browser: Browser, house: House):
    person = a_dead_person(house)
    for name in ("夏小妹", "夏大弟"):
        let_in(browser, house, person, make_citizen_id(), name=name)

    with house.database.reading() as session:
        claim = session.scalars(select(ClaimRecord.id)).one()
        assert session.scalars(select(ClaimantRecord.claim_id)).all() == [claim, claim]


def test_an_heir_who_is_turned_down_opens_nothing(browser: Browser, house: House):
    person = a_dead_person(house)
    clerk, _ = at_the_desk(browser, house)
    clerk.post(f"/desk/claimants/of/{person}", number=make_citizen_id().digits, **HEIR)
    second, _ = at_the_desk(browser, house)

    second.post("/desk/claimants/1", accepted="no")

    assert "没有同意" in clerk.get(f"/desk/claimants/of/{person}").text
    clerk.post("/desk/claimants/1/slip", status=404)
    second.post("/desk/claimants/1", status=404, accepted="yes")


@pytest.mark.parametrize(
    ("person", "status"),
    [({"died_on": None}, 409), ({"region": "jinning"}, 404), ({"region": "linyi"}, 404)],
    ids=["alive", "another county", "nothing paid to heirs"],
)
def test_nobody_claims_for_the_living_or_out_of_reach(
    browser: Browser, house: House, person: dict[str, object], status: int
):
    clerk, _ = at_the_desk(browser, house)

    row = a_dead_person(house, **person)

    clerk.get(f"/desk/claimants/of/{row}", status=status)
    clerk.post(f"/desk/claimants/of/{row}", status=status, number=make_citizen_id().digits, **HEIR)


def test_a_slip_of_the_pen_keeps_the_answers_and_hides_the_number(browser: Browser, house: House):
    person, number = a_dead_person(house), make_citizen_id()
    clerk, _ = at_the_desk(browser, house)

    page = clerk.post(
        f"/desk/claimants/of/{person}", status=422, name="夏小妹", proof="court", number=number.digits
    )

    assert page.soup.select_one("#name")["value"] == "夏小妹"
    assert number.digits not in page.response.get_data(as_text=True)
    assert "请选一个。" in page.text
