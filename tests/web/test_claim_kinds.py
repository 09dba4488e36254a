"""Every kind of claim of every region, from its first question to its end, on the same pages."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ClaimAct, ClaimState, course_of
from portal.services import claim_payees, filing, identity
from portal.services.work import Actor, ActorKind, House, begin_work
from portal.storage import citizens as stored_citizens
from portal.storage import claim_payees as stored_payees
from portal.storage import claims as stored_claims
from portal.storage.models.claims import ClaimPayeeRecord, ClaimRecord, ReceiptRecord
from portal.storage.models.messages import NoticeRecord
from tests.builders import NOW, citizen_actor, make_citizen_id, make_person, make_staff, real_packs
from tests.web.browser import Browser
from tests.web.photos import make_photo
from tests.web.test_claims import begin, decide, mend, where

PERSON: dict[ClaimKind, dict[str, object]] = {
    ClaimKind.SCHEME_WITHDRAWAL: {"category": "legacy_member"},
    ClaimKind.ROUTE_CHOICE: {"scheme": "none"},
    ClaimKind.IDENTITY_CONFIRMATION: {"identity_confirmed_on": None},
    ClaimKind.CHANGE: {"scheme": "resident"},
    ClaimKind.TRANSFER: {"scheme": "resident"},
    ClaimKind.CANCELLATION: {"scheme": "resident"},
}
ANSWERS = {
    "months": "12",
    "why": "pays_employee_pension",
    "rights_notice": "",
    "route": "resident",
    "land": "东边那块地，2016年征的",
    "default_read": "",
    "ledger_option": "chosen",
    "own_contribution": "3,500元",
    "claimant": "self",
    "card": "impossible",
    "what": "卡丢了，银行不给补",
    "member": "王小明",
    "member_born_on": "1990年5月1日",
    "waiver_read": "",
    "field": "household",
    "destination": "other_pooling_area",
    "where": "济南市历城区",
    "cause": "leaves",
    "about": "years",
    "year": "2026",
    "payee": "own",
}
OFFERED = [(region.id, kind) for region in real_packs() for kind in region.claims]
# The special ledger of somebody new is empty, and that is told before the first question.
NEEDS_MORE = {ClaimKind.LEDGER_REIMBURSEMENT}


def walk(browser: Browser, kind: ClaimKind) -> str:
    """Answer every question as it comes; returns the claim's number."""
    page = where(browser.post(f"/claims/new/{kind}"))
    for _ in range(12):
        if page.endswith("/check"):
            break
        shown = browser.get(page)
        name = page.rsplit("/", 1)[1]
        if shown.soup.select_one("#photo"):
            browser.post(f"{page}/photos", photo=(make_photo(name), "1.jpg"))
            page = where(browser.post(page))
        elif name == "account":
            page = where(browser.post(page, bank_name="农业银行", number="6228 4800 0000 0000 77"))
        else:
            page = where(browser.post(page, answer=ANSWERS[name]))
    return where(browser.post(page)).split("/")[-2]


@pytest.mark.parametrize(("region", "kind"), [each for each in OFFERED if each[1] not in NEEDS_MORE])
def test_each_kind_is_walked_from_form_to_end_state(
    browser: Browser, house: House, region: str, kind: ClaimKind
):
    person = make_person(house, region=region, **PERSON.get(kind, {}))
    browser.sign_in(citizen_actor(person, region))

    number = walk(browser, kind)
    for act in (ClaimAct.PASS,) * 3:
        decide(house, number, act)
    if course_of(kind).pays:
        decide(house, number, ClaimAct.SEND)
        decide(house, number, ClaimAct.PAY)

    page = browser.get(f"/claims/{number}")
    assert page.select_one("h1") == ("钱已经打到您卡里了" if course_of(kind).pays else "这件事办好了")
    assert len(page.select(".four li")) == (4 if course_of(kind).pays else 3)


def person_of(house: House, person: int) -> stored_citizens.Person:
    with house.database.reading() as session:
        return stored_citizens.get_person(session, person)


@pytest.mark.parametrize(
    ("kind", "columns", "column"),
    [
        (ClaimKind.SCHEME_WITHDRAWAL, {"category": "legacy_member"}, "withdrawn_on"),
        (ClaimKind.IDENTITY_CONFIRMATION, {"identity_confirmed_on": None}, "identity_confirmed_on"),
    ],
)
def test_a_good_end_changes_the_record(
    browser: Browser, house: House, kind: ClaimKind, columns: dict[str, object], column: str
):
    person = make_person(house, **columns)
    browser.sign_in(citizen_actor(person))
    number = walk(browser, kind)
    for act in (ClaimAct.PASS,) * 3:
        decide(house, number, act)
    if course_of(kind).pays:
        assert getattr(person_of(house, person), column) is None
        decide(house, number, ClaimAct.SEND)
        decide(house, number, ClaimAct.PAY)

    assert getattr(person_of(house, person), column) == NOW.date()


def test_another_account_is_sealed_until_three_people_agreed_and_then_held_for_three_days(
    browser: Browser, house: House
):
    person = make_person(house, region="guangdong")
    browser.sign_in(citizen_actor(person, "guangdong"))

    number = walk(browser, ClaimKind.OTHER_BANK_ACCOUNT)

    with house.database.reading() as session:
        answers = stored_claims.find_by_number(session, number).answers
        sealed = session.scalars(select(ClaimPayeeRecord.account_sealed)).one()
    assert answers["account"] == 1
    assert b"62284800" not in sealed
    assert person_of(house, person).account_tail == "6210"
    for act in (ClaimAct.PASS,) * 3:
        decide(house, number, act)
    changed = person_of(house, person)
    assert (changed.account_tail, changed.bank_name) == ("0077", "农业银行")
    assert changed.payee_held_until is not None
    assert changed.payee_held_until.date() >= date(2026, 11, 25)


def test_a_household_picks_somebody_with_a_name(browser: Browser, house: House):
    browser.sign_in(citizen_actor(make_person(house, region="taizhou"), "taizhou"))
    draft = begin(browser, "member_choice")

    for typed in ("1000", "王2", "???", "小王🙂", "王" * 51):
        assert "请照着身份证填" in browser.post(f"{draft}/member", status=422, answer=typed).text
    for typed in ("王小明", "买买提·艾力", "Aygul"):
        browser.post(f"{draft}/member", answer=typed)


def test_a_household_picks_somebody_who_was_born_on_a_day(browser: Browser, house: House):
    browser.sign_in(citizen_actor(make_person(house, region="taizhou"), "taizhou"))
    draft = begin(browser, "member_choice")
    browser.post(f"{draft}/member", answer="王小明")

    for typed in ("0001-01-01", "9999-12-31", "2010-02-30", "2100-01-01", "5月1日", "abc"):
        assert "这一天不对" in browser.post(f"{draft}/member_born_on", status=422, answer=typed).text
    for typed in ("19900501", "２０１０年５月１日"):
        browser.post(f"{draft}/member_born_on", answer=typed)


def test_an_empty_special_ledger_is_told_before_the_first_question(browser: Browser, house: House):
    browser.sign_in(citizen_actor(make_person(house, region="guangdong"), "guangdong"))

    assert "还差：专账里还有钱" in browser.get("/claims/new/ledger_reimbursement").text


# -- Heirs ------------------------------------------------------------------------------------------------


def heirs_claim(house: House) -> tuple[int, str, Actor]:
    """A claim opened at the desk for the heirs of somebody."""
    person = make_person(house, region="guangdong", died_on=date(2026, 3, 1))
    with begin_work(house, make_staff(house, region="guangdong"), lambda _: NOW) as work:
        claim = filing.open_claim(work, person, ClaimKind.ONE_OFF_PAYMENT)
    return claim.id, claim.number, Actor(ActorKind.CLAIMANT, region="guangdong", claim_id=claim.id)


def test_heirs_name_themselves_and_share_to_the_fen(browser: Browser, house: House):
    claim_id, number, heir = heirs_claim(house)
    browser.sign_in(heir)

    assert "这笔钱由你们来领" in browser.get("/claimant/").text
    draft = mend(browser, number)
    browser.post(f"{draft}/claimant", answer="heir")
    for material in ("social_security_card", "kinship_or_designation", "heirs_agreement"):
        browser.post(f"{draft}/{material}/photos", photo=(make_photo(material), "1.jpg"))
    browser.post(f"{draft}/heirs", status=422)
    for serial, name in enumerate(("王一", "王二", "王三")):
        browser.post(
            f"{draft}/heirs/add",
            name=name,
            bank_name="农业银行",
            number=f"62284800000000000{serial}1",
            weight="1",
        )
    assert "王二" in browser.get(f"{draft}/check").text
    browser.post(f"{draft}/check")

    with begin_work(house, heir, lambda _: NOW) as work:
        shares = claim_payees.list_shares(work, claim_id, Decimal("100.00"))
    assert [(share.payee.name, share.amount) for share in shares] == [
        ("王一", Decimal("33.34")),
        ("王二", Decimal("33.33")),
        ("王三", Decimal("33.33")),
    ]
    with house.database.writing() as session:
        session.execute(update(ClaimRecord).values(amount=Decimal("100.00")))
    course = browser.get(f"/claims/{number}")
    assert "收到了，正在看材料" in course.text
    assert course.select("dd.n")[:3] == ["33.34 元", "33.33 元", "33.33 元"]
    assert "一人一分，一共给出1分" in course.text
    with house.database.reading() as session:
        assert (
            len(session.scalars(select(ReceiptRecord.id).where(ReceiptRecord.claim_id == claim_id)).all())
            == 3
        )
        assert stored_claims.get_claim(session, claim_id).state is ClaimState.SUBMITTED


def test_an_heir_can_be_taken_off_the_list_and_a_wrong_account_is_told(browser: Browser, house: House):
    _, number, heir = heirs_claim(house)
    browser.sign_in(heir)
    draft = mend(browser, number)
    browser.post(f"{draft}/claimant", answer="heir")
    typed = {"name": "王一", "bank_name": "农业银行", "weight": "2"}

    refused = browser.post(f"{draft}/heirs/add", status=422, **typed, number="六二二八")
    assert "账号只有数字" in refused.text
    assert refused.soup.select_one("#name")["value"] == "王一"
    browser.post(f"{draft}/heirs/add", **typed, number="6228480000000000011")
    with house.database.reading() as session:
        payee = session.scalars(select(ClaimPayeeRecord.id)).one()
    browser.post(f"{draft}/heirs/remove/{payee}")

    browser.post(f"{draft}/heirs", status=422)


def payees_of(house: House) -> list[tuple[str, str]]:
    with house.database.reading() as session:
        claim_id = session.scalars(select(ClaimRecord.id).order_by(ClaimRecord.id.desc())).first()
        return [
            (each.name, each.account_tail) for each in stored_payees.list_of_claim(session, claim_id or 0)
        ]


def test_a_claim_filed_anew_names_the_account_that_it_named_before(browser: Browser, house: House):
    person = make_person(house, region="guangdong", name="王小明")
    browser.sign_in(citizen_actor(person, "guangdong"))
    number = walk(browser, ClaimKind.OTHER_BANK_ACCOUNT)
    browser.post(f"/claims/{number}/cancel")

    draft = mend(browser, number)
    assert "尾号0077" in browser.get(f"{draft}/check").text
    again = where(browser.post(f"{draft}/check")).split("/")[-2]
    for act in (ClaimAct.PASS,) * 3:
        decide(house, again, act)

    assert payees_of(house) == [("王小明", "0077")]
    assert person_of(house, person).account_tail == "0077"


def test_heirs_whom_the_answers_no_longer_ask_for_are_not_paid(browser: Browser, house: House):
    _, number, heir = heirs_claim(house)
    browser.sign_in(heir)
    draft = mend(browser, number)
    browser.post(f"{draft}/claimant", answer="heir")
    for material in ("social_security_card", "kinship_or_designation", "heirs_agreement"):
        browser.post(f"{draft}/{material}/photos", photo=(make_photo(material), "1.jpg"))
    typed = {"name": "王一", "bank_name": "农业银行", "weight": "1"}
    browser.post(f"{draft}/heirs/add", **typed, number="6228480000000000011")
    browser.post(f"{draft}/check")
    assert payees_of(house) == [("王一", "0011")]
    decide(house, number, ClaimAct.RETURN, reasons=["heir_unproved"])

    draft = mend(browser, number)
    assert "王一" in browser.get(f"{draft}/check").text
    browser.post(f"{draft}/claimant", answer="self")
    browser.post(f"{draft}/payee", answer="own")
    browser.post(f"{draft}/check")

    assert payees_of(house) == []


def test_an_heir_whom_the_bank_could_not_pay_keys_another_account(browser: Browser, house: House):
    claim_id, number, heir = heirs_claim(house)
    browser.sign_in(heir)
    draft = mend(browser, number)
    browser.post(f"{draft}/claimant", answer="heir")
    typed = {"name": "王一", "bank_name": "农业银行", "weight": "1"}
    browser.post(f"{draft}/heirs/add", **typed, number="6228480000000000011")
    with house.database.writing() as session:
        payee = session.scalars(select(ClaimPayeeRecord.id)).one()
        session.execute(update(ClaimPayeeRecord).values(claim_id=claim_id, draft_id=None))
    page = f"/claims/{number}/payees/{payee}"
    browser.get(page, status=409)
    for act in (ClaimAct.RESUBMIT, *(ClaimAct.PASS,) * 3, ClaimAct.SEND, ClaimAct.REFUSE_PAYMENT):
        decide(house, number, act)

    (link,) = (each for each in browser.get(f"/claims/{number}").soup.select("dd a") if "换账户" in each.text)
    assert link["href"] == page
    browser.get(f"/claims/{number}/payees/{payee + 1}", status=404)
    assert "王一的钱，打到哪个账户？" in browser.get(page).text
    assert "账号只有数字" in browser.post(page, status=422, bank_name="工商银行", number="六二").text
    browser.post(page, bank_name="工商银行", number="6222 0000 0000 0000 019")

    course = browser.get(f"/claims/{number}")
    assert course.select_one("h1") == "复审过了，等审批"
    assert "您换了收款账户，重新审批" in course.select(".line li.ok")[-1]
    browser.get(page, status=409)


def test_an_heir_sees_neither_the_record_nor_another_claim(browser: Browser, house: House):
    _, number, heir = heirs_claim(house)
    _, other, __ = heirs_claim(house)
    browser.sign_in(heir)

    browser.get(f"/claims/{other}", status=404)
    browser.get("/claims/", status=302)
    browser.get("/record/", status=302)
    browser.get(f"/claims/{number}")


def test_a_relative_who_fills_in_is_named_to_the_owner(browser: Browser, house: House):
    citizen_id = make_citizen_id()
    person = make_person(house, citizen_id=citizen_id)
    with begin_work(house, make_staff(house), lambda _: NOW) as work:
        code = identity.issue_paper_code(work, person)
    asked = browser.post("/identity/", status=200, name="李桂芳", number=citizen_id.digits)
    browser.post("/identity/code", challenge=asked.hidden("challenge"), code=code, helper=" 女儿王芳 ")

    number = walk(browser, ClaimKind.OBJECTION)

    assert "家里人女儿王芳帮您交上来" in browser.get(f"/claims/{number}").text
    with house.database.reading() as session:
        told = session.scalars(select(NoticeRecord.facts)).one()
    assert told["helped_by"] == "女儿王芳"
