"""The desk's pages: what an officer sees, and what is kept from them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pyotp
import pytest
from sqlalchemy import select, update

from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ClaimAct, ClaimState
from portal.domain.disclosure import SealedField
from portal.domain.ledger.accounts import Account, Kind
from portal.domain.ledger.entries import Entry, Posting
from portal.domain.staff import FIRST_PASSWORD_LIFETIME, SIGN_INS_BY_LOGIN, Role
from portal.services import filing, ledger, reviews, staff, tip_offs
from portal.services.work import SYSTEM, Actor, House, begin_work
from portal.storage import claims as stored_claims
from portal.storage.models.audit import AuditRecord
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import ClaimRecord, ReceiptRecord
from portal.storage.models.messages import TextMessageRecord
from portal.storage.models.staff import StaffAccountRecord
from tests.builders import (
    NOW,
    PASSWORD,
    TOTP_SECRET,
    citizen_actor,
    make_citizen_id,
    make_person,
    make_receipt,
    make_staff,
    totp_now,
)
from tests.web.browser import Browser, Page


def login_of(house: House, actor: Actor) -> str:
    with house.database.reading() as session:
        return session.get_one(StaffAccountRecord, actor.staff_account_id).login


def sign_in(browser: Browser, login: str, code: str, password: str = PASSWORD, **fields: str) -> Page:
    return browser.post(
        "/desk/sign-in", status=(302, 422, 429), login=login, password=password, code=code, **fields
    )


def code_now(browser: Browser) -> str:
    clock = browser.app.extensions["portal.house"][1]
    return totp_now(clock.steady())


def file_claim(house: House, **person: object) -> int:
    person_id = make_person(house, **person)
    with begin_work(house, citizen_actor(person_id), lambda _: NOW) as work:
        claim = filing.file_claim(
            work,
            person_id,
            ClaimKind.REIMBURSEMENT,
            {"year": 2026, "months": 12, "payee": "own"},
            {"contribution_receipt"},
        )
    make_receipt(house, person_id=person_id, claim_id=claim.id)
    return claim.id


def passed_twice(house: House) -> int:
    claim_id = file_claim(house)
    for role, more in (
        (Role.FIRST_REVIEWER, {"keyed": Decimal("1000.00"), "confirmed": ["own_account"]}),
        (Role.SECOND_REVIEWER, {}),
    ):
        with begin_work(house, make_staff(house, role), lambda _: NOW) as work:
            reviews.decide_claim(work, claim_id, ClaimAct.PASS, **more)
    return claim_id


def state_of(house: House, claim_id: int) -> ClaimState:
    with house.database.reading() as session:
        return stored_claims.get_claim(session, claim_id).state


def acts(house: House) -> list[str]:
    with house.database.reading() as session:
        return list(session.scalars(select(AuditRecord.act).order_by(AuditRecord.sequence)))


# -- The door ------------------------------------------------------------------------------------------------


def test_password_and_code_together_open_the_desk(browser: Browser, house: House):
    login = login_of(house, make_staff(house, Role.FIRST_REVIEWER))

    page = sign_in(browser, login, code_now(browser))

    assert page.status == 302
    assert browser.get("/desk/claims/").select_one("h1").startswith("待初审")


@pytest.mark.parametrize("role", [Role.CLERK, Role.CURATOR])
def test_the_desk_opens_at_the_first_part_that_one_s_roles_open(browser: Browser, house: House, role: Role):
    sign_in(browser, login_of(house, make_staff(house, role)), code_now(browser))

    browser.get(browser.get("/desk/", status=302).response.headers["Location"])


@pytest.mark.parametrize("wrong", ["login", "password", "code"])
def test_whatever_is_wrong_the_answer_is_the_same(browser: Browser, house: House, wrong: str):
    login = login_of(house, make_staff(house, Role.CLERK))
    given = {"login": login, "password": PASSWORD, "code": code_now(browser)}
    given[wrong] = {"login": "nobody", "password": "wrong password", "code": "000000"}[wrong]

    page = sign_in(browser, **given)

    assert page.status == 422
    assert "登录名、密码或动态码不对" in page.text


def test_a_code_opens_the_desk_once(browser: Browser, house: House):
    login = login_of(house, make_staff(house, Role.CLERK))
    code = code_now(browser)

    assert sign_in(browser, login, code).status == 302
    assert sign_in(Browser(browser.app), login, code).status == 422


def test_signing_in_elsewhere_ends_the_session_before(browser: Browser, house: House):
    officer = make_staff(house, Role.CLERK)
    browser.sign_in(officer)
    Browser(browser.app).sign_in(officer)

    assert browser.get("/desk/claims/", status=302).response.headers["Location"].endswith("/desk/sign-in")


def test_a_disabled_account_opens_nothing(browser: Browser, house: House):
    officer = make_staff(house, Role.CLERK)
    browser.sign_in(officer)
    admin = Browser(browser.app).sign_in(make_staff(house, Role.ADMINISTRATOR))

    admin.post(f"/desk/staff/{login_of(house, officer)}/disable")

    browser.get("/desk/claims/", status=302)
    assert sign_in(Browser(browser.app), login_of(house, officer), code_now(browser)).status == 422


def test_guessing_at_one_login_ends_after_so_many_tries(browser: Browser, house: House):
    login = login_of(house, make_staff(house, Role.CLERK))
    for _ in range(SIGN_INS_BY_LOGIN.most):
        sign_in(browser, login, "000000")

    page = sign_in(browser, login, code_now(browser))
    assert page.status == 429
    assert "过一会儿再试" in page.text
    assert "窗口" not in page.text, "what villagers are told helps nobody who works here"


def test_a_password_that_was_handed_over_is_changed_before_the_desk_opens(browser: Browser, house: House):
    login = login_of(house, make_staff(house, Role.CLERK))
    with house.database.writing() as session:
        session.execute(update(StaffAccountRecord).values(must_change_password=True))
    code = code_now(browser)

    asked = sign_in(browser, login, code)
    assert asked.soup.select_one("#new_password") is not None
    assert sign_in(browser, login, code, new_password="short").status == 422
    assert sign_in(browser, login, code, new_password="四个字的词 连起来 很好记").status == 302


@pytest.mark.parametrize(("late", "told"), [(False, "请换成您自己的"), (True, "过了三天")])
def test_a_password_that_was_handed_over_lasts_three_days(
    browser: Browser, house: House, late: bool, told: str
):
    at = datetime.now(UTC) - FIRST_PASSWORD_LIFETIME + timedelta(minutes=-1 if late else 1)
    with begin_work(house, SYSTEM, lambda _: at) as work:
        new = staff.add_account(
            work,
            name="周会计",
            citizen_id=make_citizen_id(),
            job_no="0399",
            login="zhou",
            roles=frozenset({Role.CASHIER}),
            region="jinning",
            totp_secret=TOTP_SECRET,
        )

    page = sign_in(browser, "zhou", code_now(browser), new.password)

    assert told in page.text


def test_guessing_at_the_old_password_inside_a_session_ends_it(browser: Browser, house: House):
    officer = make_staff(house, Role.CLERK)
    browser.sign_in(officer)
    wish = {"old": "wrong password", "new": "四个字的词 连起来 很好记"}
    for _ in range(SIGN_INS_BY_LOGIN.most):
        browser.post("/desk/staff/password", status=422, **wish)

    browser.post("/desk/staff/password", status=429, **{**wish, "old": PASSWORD})

    assert browser.get("/desk/people/", status=302).response.headers["Location"].endswith("/desk/sign-in")
    assert sign_in(Browser(browser.app), login_of(house, officer), code_now(browser)).status == 429


# -- Accounts ------------------------------------------------------------------------------------------------


def enter_with(browser: Browser, handed_over: Page) -> Page:
    """Sign in with what was handed over, choosing a password of one's own."""
    login = handed_over.select_one("dd")
    password, secret = handed_over.select("dd code")
    code = pyotp.TOTP(secret).at(browser.app.extensions["portal.house"][1].steady())
    return sign_in(Browser(browser.app), login, code, password, new_password="四个字的词 连起来 很好记")


def test_an_account_opens_nothing_until_another_administrator_confirms_it(browser: Browser, house: House):
    maker = Browser(browser.app).sign_in(make_staff(house, Role.ADMINISTRATOR))
    other = Browser(browser.app).sign_in(make_staff(house, Role.ADMINISTRATOR))

    handed_over = new_account(maker)

    assert "要等另一位管理员确认" in enter_with(browser, handed_over).text
    assert maker.get("/desk/staff/").select("main form") == []
    maker.post("/desk/staff/zhou/rights", roles=["cashier"])
    assert "要等另一位管理员确认" in enter_with(browser, handed_over).text
    form = other.get("/desk/staff/").soup.select_one("main form")
    other.post(form["action"], roles=[each["value"] for each in form.select("[name=roles]")])
    assert "等确认" not in other.get("/desk/staff/").text
    assert enter_with(browser, handed_over).status == 302


def test_a_role_that_is_given_takes_two_and_an_operator_s_word_alone(browser: Browser, house: House):
    officer, admin = make_staff(house, Role.CLERK), make_staff(house, Role.ADMINISTRATOR)
    login = login_of(house, officer)
    browser.sign_in(officer)

    Browser(browser.app).sign_in(admin).post(f"/desk/staff/{login}/rights", roles=["clerk", "cashier"])

    browser.get("/desk/people/", status=302)
    refused = sign_in(Browser(browser.app), login, code_now(browser))
    assert "要等另一位管理员确认" in refused.text
    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        staff.review_rights(work, login, frozenset({Role.CLERK, Role.CASHIER}))
    assert sign_in(browser, login, code_now(browser)).status == 302


def test_whoever_resets_an_account_cannot_enter_by_it(browser: Browser, house: House):
    login = login_of(house, make_staff(house, Role.FIRST_REVIEWER))
    first, second = (Browser(browser.app).sign_in(make_staff(house, Role.ADMINISTRATOR)) for _ in range(2))

    handed_over = first.post(f"/desk/staff/{login}/reset", status=200)

    assert sign_in(Browser(browser.app), login, code_now(browser)).status == 422
    assert "要等另一位管理员确认" in enter_with(browser, handed_over).text
    first.post(f"/desk/staff/{login}/rights", roles=["first_reviewer"])
    assert "要等另一位管理员确认" in enter_with(browser, handed_over).text
    second.post(f"/desk/staff/{login}/rights", roles=["first_reviewer"])
    assert enter_with(browser, handed_over).status == 302


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_a_role_of_the_whole_county_is_not_kept_to_a_town(browser: Browser, house: House, role: Role):
    of_town = login_of(house, make_staff(house, Role.CLERK, town="上蒜镇"))
    browser.sign_in(make_staff(house, Role.ADMINISTRATOR))

    page = new_account(browser, roles=[str(role)], town="上蒜镇")
    given = browser.post(f"/desk/staff/{of_town}/rights", status=422, roles=["clerk", str(role)])

    assert "不能只管一个乡镇" in page.soup.select_one("#town-error").get_text()
    assert "不能只管一个乡镇" in given.soup.select_one("#roles-error").get_text()


def new_account(browser: Browser, **fields: object) -> Page:
    values: dict[str, object] = {
        "name": "周会计",
        "number": make_citizen_id().digits,
        "job_no": "0399",
        "login": "zhou",
        "roles": ["cashier"],
        "town": "",
    }
    return browser.post("/desk/staff/new", status=(200, 422), **{**values, **fields})


def test_an_administrator_adds_an_account_and_hands_its_secrets_over_once(browser: Browser, house: House):
    browser.sign_in(make_staff(house, Role.ADMINISTRATOR))

    page = new_account(browser)

    assert "只显示一次" in page.text
    assert page.soup.select_one("svg[role=img] title").get_text() == "zhou"
    assert "周会计" in browser.get("/desk/staff/").text


@pytest.mark.parametrize(("field", "value"), [("login", "taken"), ("job_no", "0001x")])
def test_a_login_or_job_number_of_another_person_is_told(
    browser: Browser, house: House, field: str, value: str
):
    browser.sign_in(make_staff(house, Role.ADMINISTRATOR))
    new_account(browser, **{field: value})

    other = {"login": "other"} if field == "job_no" else {"job_no": "0400"}
    page = new_account(browser, **{**other, field: value})

    assert page.status == 422
    assert page.soup.select_one(f"#{field}[aria-invalid]") is not None
    assert page.soup.select_one("#name")["value"] == "周会计"


@pytest.mark.parametrize(
    ("field", "value"), [("login", "Wang 6 ; x"), ("name", " "), ("job_no", "03 99"), ("login", "王会计")]
)
def test_an_account_that_nobody_could_use_is_told_at_its_field(
    browser: Browser, field: str, value: str, house: House
):
    browser.sign_in(make_staff(house, Role.ADMINISTRATOR))

    page = new_account(browser, **{field: value})

    assert page.status == 422
    assert page.soup.select_one(f"#{field}[aria-invalid]") is not None


def test_a_known_person_under_another_name_is_told_at_the_number(browser: Browser, house: House):
    browser.sign_in(make_staff(house, Role.ADMINISTRATOR))
    number = make_citizen_id().digits
    new_account(browser, number=number)

    page = new_account(browser, number=number, login="zhou-2", name="周会记")

    assert page.status == 422
    assert "请再核对" in page.soup.select_one("#number-error").get_text()


def test_only_administrators_see_accounts(browser: Browser, house: House):
    browser.sign_in(make_staff(house, *(role for role in Role if role is not Role.ADMINISTRATOR)))

    browser.get("/desk/staff/", status=404)


def test_nobody_reviews_their_own_rights(browser: Browser, house: House):
    admin = make_staff(house, Role.ADMINISTRATOR)
    browser.sign_in(admin)

    browser.post(f"/desk/staff/{login_of(house, admin)}/rights", status=409, roles=["approver"])


def test_an_account_of_another_region_does_not_exist(browser: Browser, house: House):
    stranger = make_staff(house, Role.CLERK, region="linyi")
    browser.sign_in(make_staff(house, Role.ADMINISTRATOR))

    browser.get(f"/desk/staff/{login_of(house, stranger)}/rights", status=404)
    browser.post(f"/desk/staff/{login_of(house, stranger)}/disable", status=404)


def test_no_button_stands_where_it_would_be_refused(browser: Browser, house: House):
    admin = make_staff(house, Role.ADMINISTRATOR)
    second = make_staff(house, Role.CLERK, staff_person_id=admin.staff_person_id)
    closed = make_staff(house, Role.CLERK)
    browser.sign_in(admin)
    browser.post(f"/desk/staff/{login_of(house, closed)}/disable")

    for of in (admin, second, closed):
        page = f"/desk/staff/{login_of(house, of)}"
        assert browser.get(f"{page}/rights").select("main form") == []
        browser.post(f"{page}/reset", status=409)
        browser.post(f"{page}/rights", status=409, roles=["approver"])


def test_fewer_rights_end_the_session(browser: Browser, house: House):
    officer = make_staff(house, Role.CLERK, Role.APPROVER)
    browser.sign_in(officer)
    admin = Browser(browser.app).sign_in(make_staff(house, Role.ADMINISTRATOR))

    admin.post(f"/desk/staff/{login_of(house, officer)}/rights", roles=["clerk"])

    browser.get("/desk/claims/", status=302)


# -- Claims --------------------------------------------------------------------------------------------------


def test_the_queue_shows_the_overdue_first_and_can_be_sorted(browser: Browser, house: House):
    numbers = []
    for name in ("王有福", "陈秀英"):
        claim_id = file_claim(house, name=name)
        with house.database.reading() as session:
            numbers.append(stored_claims.get_claim(session, claim_id).number)
    with house.database.writing() as session:
        session.execute(
            update(ClaimRecord)
            .where(ClaimRecord.number == numbers[1])
            .values(promised_on=NOW.date().replace(day=1))
        )
    browser.sign_in(make_staff(house, Role.FIRST_REVIEWER))

    page = browser.get("/desk/claims/")
    assert page.select("tbody tr td:first-child") == [numbers[1], numbers[0]]
    assert page.select("tr.late td:first-child") == [numbers[1]]
    assert page.soup.select_one("th[aria-sort=ascending]").get_text(strip=True).startswith("时限")

    by_number = browser.get("/desk/claims/?sort=number")
    assert by_number.select("tbody tr td:first-child") == sorted(numbers)


def test_a_reviewer_passes_a_claim_on(browser: Browser, house: House):
    claim_id = file_claim(house)
    browser.sign_in(make_staff(house, Role.FIRST_REVIEWER))

    page = browser.get(f"/desk/claims/{claim_id}")
    assert "五（四）2" in page.text
    browser.post(f"/desk/claims/{claim_id}", verdict="pass", amount="1,000", confirmed=["own_account"])

    assert state_of(house, claim_id) is ClaimState.REVIEWED_ONCE
    assert acts(house).count("claim_viewed") == 1


def test_a_wrong_amount_keeps_every_answer(browser: Browser, house: House):
    claim_id = file_claim(house)
    browser.sign_in(make_staff(house, Role.FIRST_REVIEWER))

    page = browser.post(
        f"/desk/claims/{claim_id}",
        status=422,
        verdict="pass",
        amount="900",
        confirmed=["own_account"],
        words="已电话核实",
    )

    assert "填报900.00元，核算1,000.00元" in page.text
    assert page.soup.select_one("#words")["value"] == "已电话核实"
    assert page.soup.select_one("#amount")["value"] == "900"
    assert state_of(house, claim_id) is ClaimState.SUBMITTED


def test_an_amount_that_can_be_none_passes_nothing(browser: Browser, house: House):
    claim_id = file_claim(house)
    browser.sign_in(make_staff(house, Role.FIRST_REVIEWER))

    for typed in ("0", "0.00", "-1000", "1000.005", "1e3", "NaN", "Infinity", "一千", "10000000000"):
        page = browser.post(
            f"/desk/claims/{claim_id}", status=422, verdict="pass", amount=typed, confirmed=["own_account"]
        )
        assert page.select(".errs a")[0].startswith("金额"), typed
    assert state_of(house, claim_id) is ClaimState.SUBMITTED


def test_a_return_names_all_that_is_missing_at_once(browser: Browser, house: House):
    claim_id = file_claim(house)
    browser.sign_in(make_staff(house, Role.FIRST_REVIEWER))

    browser.post(f"/desk/claims/{claim_id}", status=422, verdict="return")
    browser.post(
        f"/desk/claims/{claim_id}",
        verdict="return",
        reasons=["receipt_unreadable", "payee_mismatch"],
        words="请在窗边重拍",
    )

    with house.database.reading() as session:
        event = stored_claims.list_events(session, claim_id)[-1]
    assert event.facts["reasons"] == ["receipt_unreadable", "payee_mismatch"]
    assert event.facts["words"] == "请在窗边重拍"


def test_a_reason_that_the_guards_contradict_is_refused_with_what_they_found(browser: Browser, house: House):
    claim_id = file_claim(house)
    browser.sign_in(make_staff(house, Role.FIRST_REVIEWER))

    told = browser.post(f"/desk/claims/{claim_id}", status=422, verdict="reject", reasons=["cap_reached"])
    assert "没补满15年。这和“已经补满15年了”相反" in told.text
    assert state_of(house, claim_id) is ClaimState.SUBMITTED

    general = {"verdict": "reject", "reasons": ["in_words"]}
    assert "请写明查了什么" in browser.post(f"/desk/claims/{claim_id}", status=422, **general).text
    browser.post(f"/desk/claims/{claim_id}", **general, words="收据是复印件，看不出真假。")
    assert state_of(house, claim_id) is ClaimState.REJECTED
    with house.database.reading() as session:
        claim = stored_claims.get_claim(session, claim_id)
    course = Browser(browser.app).sign_in(citizen_actor(claim.person_id)).get(f"/claims/{claim.number}")
    assert "收据是复印件，看不出真假。照这句话办" in course.select(".ticks li")[0]


def test_a_paper_that_comes_again_says_why_to_its_owner(browser: Browser, house: House):
    claim_id = file_claim(house)
    with house.database.reading() as session:
        claim = stored_claims.get_claim(session, claim_id)
        paper = session.scalars(select(ReceiptRecord.id)).one()
    browser.sign_in(make_staff(house, Role.FIRST_REVIEWER))

    browser.post(f"/desk/claims/{claim_id}", verdict="return", **{f"paper_{paper}": "receipt_name_mismatch"})

    assert "要换一张：收据上的名字和您登记的名字不一样" in browser.get(f"/desk/claims/{claim_id}").text
    villager = Browser(browser.app).sign_in(citizen_actor(claim.person_id))
    course = villager.get(f"/claims/{claim.number}").text
    assert "还差1样" in course
    assert "要换一张：收据上的名字和您登记的名字不一样" in course


def test_a_past_year_is_passed_only_with_a_word_why(browser: Browser, house: House):
    claim_id = file_claim(house)
    with house.database.writing() as session:
        session.execute(update(ClaimRecord).values(claim_year=2025))
    browser.sign_in(make_staff(house, Role.FIRST_REVIEWER))
    passing = {"verdict": "pass", "amount": "1000", "confirmed": ["own_account"]}

    refused = browser.post(f"/desk/claims/{claim_id}", status=422, **passing, words=" ")
    assert "补往年的，请写明为什么通过" in refused.text
    assert state_of(house, claim_id) is ClaimState.SUBMITTED

    browser.post(f"/desk/claims/{claim_id}", **passing, words="当年住院，没赶上。")
    assert state_of(house, claim_id) is ClaimState.REVIEWED_ONCE
    assert "当年住院，没赶上。" in browser.get(f"/desk/claims/{claim_id}").text


def test_the_second_reviewer_is_nowhere_told_what_the_first_keyed(browser: Browser, house: House):
    kind = ClaimKind.SCHEME_WITHDRAWAL
    person_id = make_person(house, category="legacy_member")
    answers = {"why": "draws_employee_pension", "payee": "own"}
    papers = {material.id for material in house.packs.get("jinning").claims[kind].materials}
    with begin_work(house, citizen_actor(person_id), lambda _: NOW) as work:
        claim_id = filing.file_claim(work, person_id, kind, answers, papers).id
    first, second = (make_staff(house, role) for role in (Role.FIRST_REVIEWER, Role.SECOND_REVIEWER))
    passing = {"verdict": "pass", "amount": "4321.09", "confirmed": ["own_account"]}
    Browser(browser.app).sign_in(first).post(f"/desk/claims/{claim_id}", **passing)
    browser.sign_in(second)

    refused = browser.post(f"/desk/claims/{claim_id}", status=422, verdict="pass", amount="5")

    assert "您填的数和初审填的不一样" in refused.text
    assert "4,321.09" not in refused.text
    browser.post(f"/desk/claims/{claim_id}", verdict="pass", amount="4321.09")
    assert state_of(house, claim_id) is ClaimState.REVIEWED_TWICE


def test_what_is_refused_at_the_desk_is_told_in_its_own_frame(browser: Browser, house: House):
    browser.sign_in(make_staff(house, Role.FIRST_REVIEWER))

    for page in (
        browser.get("/desk/nowhere", status=404),
        browser.get("/desk/claims/999", status=404),
        browser.get("/desk/staff/", status=404),
        browser.get("/desk/claims/approve", status=(404, 405)),
        browser.post("/desk/claims/999", status=404, verdict="pass"),
    ):
        assert "经办台" in page.text
        assert "回到待办" in page.text
        assert "回到首页" not in page.text


def test_a_bad_rating_is_called_about_and_closed_with_a_note(browser: Browser, house: House):
    claim_id = file_claim(house)
    with house.database.writing() as session:
        session.execute(update(ClaimRecord).values(state="rejected"))
        stored_claims.add_rating(session, claim_id, 1, "没人说清楚。", NOW)
    browser.sign_in(make_staff(house, Role.CLERK))

    assert "没人说清楚。" in browser.get("/desk/claims/call-backs").text
    browser.get(f"/desk/claims/{claim_id}/called-back")
    browser.post(f"/desk/claims/{claim_id}/called-back", status=422, words=" ")
    browser.post(f"/desk/claims/{claim_id}/called-back", words="说清了，带身份证来重交。")

    page = browser.get("/desk/claims/call-backs")
    assert "没有要回访的" in page.text
    assert "说清了，带身份证来重交。" in page.text
    with house.database.reading() as session:
        claim = stored_claims.get_claim(session, claim_id)
    villager = Browser(browser.app).sign_in(citizen_actor(claim.person_id))
    assert "给您打过电话" in villager.get(f"/claims/{claim.number}").text
    browser.post(f"/desk/claims/{claim_id}/called-back", status=404, words="又一次")


def test_objections_and_tip_offs_stand_in_a_list_of_their_own(browser: Browser, house: House):
    person_id = make_person(house)
    with begin_work(house, citizen_actor(person_id), lambda _: NOW) as work:
        filing.file_claim(work, person_id, ClaimKind.OBJECTION, {"about": "years", "what": "少了一年。"})
        tip_offs.leave_tip_off(work, "jinning", "有人冒领。", "127.0.0.1")
    file_claim(house)
    browser.sign_in(make_staff(house, Role.AUDITOR))

    page = browser.get("/desk/claims/voices")

    assert "异议和举报2件" in page.text
    assert "有人冒领。" in page.text
    assert len(page.select("tbody tr")) == 2


def test_whoever_had_a_part_sees_why_they_are_barred_and_no_form(browser: Browser, house: House):
    claim_id = file_claim(house)
    officer = make_staff(house, *Role)
    browser.sign_in(officer)
    browser.post(f"/desk/claims/{claim_id}", verdict="pass", amount="1000", confirmed=["own_account"])

    page = browser.get(f"/desk/claims/{claim_id}")

    assert "您在这一件里已经办过初审" in page.text
    assert page.soup.select_one("form.card") is None
    browser.post(f"/desk/claims/{claim_id}", status=(409, 422), verdict="pass")
    assert "您办过初审的1件不在这里" in browser.get("/desk/claims/?queue=second_review").text


def test_like_claims_are_approved_with_one_press(browser: Browser, house: House):
    claim_ids = [passed_twice(house), passed_twice(house)]
    browser.sign_in(make_staff(house, Role.APPROVER))

    browser.post("/desk/claims/approve", claims=claim_ids)

    assert {state_of(house, claim_id) for claim_id in claim_ids} == {ClaimState.APPROVED}


@pytest.mark.parametrize(
    "path",
    [
        "/desk/claims/{claim}",
        "/desk/people/{person}",
        "/desk/claims/{claim}/papers/1/1",
    ],
)
@pytest.mark.parametrize(("region", "town"), [("linyi", None), ("jinning", "上蒜镇")])
def test_everything_of_another_county_or_town_answers_as_if_it_did_not_exist(
    browser: Browser, house: House, path: str, region: str, town: str | None
):
    claim_id = file_claim(house)
    with house.database.reading() as session:
        person_id = stored_claims.get_claim(session, claim_id).person_id
    browser.sign_in(make_staff(house, *Role, region=region, town=town))

    browser.get(path.format(claim=claim_id, person=person_id), status=404)


def test_a_villager_finds_no_desk(browser: Browser, house: House):
    browser.sign_in(citizen_actor(make_person(house)))

    assert browser.get("/desk/claims/", status=302).response.headers["Location"].endswith("/desk/sign-in")


# -- People --------------------------------------------------------------------------------------------------


def test_a_villager_is_found_by_their_whole_number_and_nothing_of_it_stays(browser: Browser, house: House):
    number = make_citizen_id()
    person_id = make_person(house, citizen_id=number)
    browser.sign_in(make_staff(house, Role.CLERK))

    page = browser.post("/desk/people/", mark=number.digits)

    assert page.response.headers["Location"].endswith(f"/desk/people/{person_id}")
    with house.database.reading() as session:
        facts = session.scalars(select(AuditRecord.facts).where(AuditRecord.act == "people_searched")).one()
    assert facts == {"by": "citizen_number", "found": 1}


def test_the_last_digits_of_a_card_find_nobody(browser: Browser, house: House):
    number = make_citizen_id()
    make_person(house, citizen_id=number)
    browser.sign_in(make_staff(house, Role.CLERK))

    assert "没有找到" in browser.post("/desk/people/", status=200, mark=number.digits[-4:]).text


def test_namesakes_of_a_village_and_year_are_listed(browser: Browser, house: House):
    for _ in range(2):
        make_person(house, name="李桂芳")
    browser.sign_in(make_staff(house, Role.CLERK))

    page = browser.post("/desk/people/", status=200, name="李桂芳", village="样板村", birth_year="1962")

    assert page.select("tbody tr td:first-child") == ["李桂芳", "李桂芳"]


def test_a_whole_number_is_shown_once_for_a_reason_that_is_kept(browser: Browser, house: House):
    number = make_citizen_id()
    person_id = make_person(house, citizen_id=number)
    browser.sign_in(make_staff(house, Role.FIRST_REVIEWER))

    shown = browser.get(f"/desk/people/{person_id}")
    assert shown.soup.select_one("select[name=reason] option")["value"] == ""
    browser.post(f"/desk/people/{person_id}/uncover", status=422, field="number", reason="")
    page = browser.post(
        f"/desk/people/{person_id}/uncover", status=200, field="number", reason="compare_with_receipt"
    )

    assert "".join(page.select(".fig span")) == number.digits
    with house.database.reading() as session:
        facts = session.scalars(select(AuditRecord.facts).where(AuditRecord.act == "number_uncovered")).one()
    assert facts == {"field": "number", "reason": "compare_with_receipt"}


def test_the_slip_shows_a_code_that_opens_the_record(browser: Browser, house: House):
    person_id = make_person(house)
    browser.sign_in(make_staff(house, Role.CLERK))

    page = browser.post(f"/desk/people/{person_id}/slip", status=200)

    assert len(page.select_one(".fig").replace("-", "")) == 10
    assert "paper_code_issued" in acts(house)


def test_a_changed_account_takes_effect_on_a_second_persons_word(browser: Browser, house: House):
    person_id = make_person(house, account="6228480000000006210")
    clerk = make_staff(house, Role.CLERK)
    browser.sign_in(clerk)
    browser.post(
        f"/desk/people/{person_id}/change",
        field="account",
        value="6228 4800 0000 0001 118",
        bank_name="农业银行",
    )
    waiting = browser.get("/desk/people/changes")
    assert "您录的，请别人核" in waiting.text
    browser.post("/desk/people/changes/1", status=409, accepted="yes")
    with house.database.reading() as session:
        held = session.get_one(PersonRecord, person_id)
        assert held.account_tail == "6210"
        assert held.payee_held_until is not None

    second = Browser(browser.app).sign_in(make_staff(house, Role.CLERK))
    second.post("/desk/people/changes/1", accepted="yes")

    with house.database.reading() as session:
        changed = session.get_one(PersonRecord, person_id)
        assert (changed.account_tail, changed.bank_name) == ("1118", "农业银行")
        sealed = changed.account_sealed
        uid = changed.uid
    assert house.keys.open_sealed(sealed, f"person.{SealedField.ACCOUNT} {uid}") == "6228480000000001118"


def test_a_changed_phone_waits_in_the_list_and_is_told_to_the_old_one(browser: Browser, house: House):
    person_id = make_person(house, phone="13900001234")
    browser.sign_in(make_staff(house, Role.CLERK))
    browser.post(f"/desk/people/{person_id}/change", field="phone", value="139 0000 5678")
    second = Browser(browser.app).sign_in(make_staff(house, Role.CLERK))

    (line,) = second.get("/desk/people/changes").select("tbody tr")
    assert all(word in line for word in ("手机", "尾号1234", "尾号78"))
    with house.database.reading() as session:
        assert session.scalars(select(TextMessageRecord.wording)).all() == ["phone_change_proposed"]
        assert session.get_one(PersonRecord, person_id).phone_tail == "1234"

    second.post("/desk/people/changes/1", accepted="no")

    with house.database.reading() as session:
        assert session.get_one(PersonRecord, person_id).phone_tail == "1234"
    assert "没有要核的改动" in second.get("/desk/people/changes").text


# -- Payments and the log ------------------------------------------------------------------------------------


def approved(house: House) -> int:
    claim_id = passed_twice(house)
    with begin_work(house, make_staff(house, Role.APPROVER), lambda _: NOW) as work:
        reviews.decide_claim(work, claim_id, ClaimAct.PASS)
    return claim_id


def fill_fund(house: House) -> None:
    amount = Decimal("5000.00")
    postings = (Posting(Account(Kind.SPECIAL_FUND), amount), Posting(Account(Kind.IDLE_FUND), -amount))
    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        ledger.post(work, Entry("fund", NOW.date(), "fund_receipt", postings), region="jinning")


def test_a_cashier_pays_an_approved_claim_from_file_to_answer(browser: Browser, house: House):
    fill_fund(house)
    claim_id = approved(house)
    browser.sign_in(make_staff(house, Role.CASHIER))

    assert browser.get("/desk/payments/").select("tbody tr td .tag") == ["能"]
    path = browser.post("/desk/payments/", claims=[claim_id]).response.headers["Location"]
    taken = browser.post(f"{path}/take-out/csv", status=200).response
    text = taken.get_data(as_text=True)
    assert "6228480000000006210" in text
    assert taken.headers["Cache-Control"] == "no-store"
    reference = text.splitlines()[1].split(",")[1]
    answer = f"业务编号,金额,处理结果,失败原因\n{reference},1000.00,成功,\n".encode()
    browser.post(f"{path}/return", answer=(BytesIO(answer), "hui.csv"))

    assert state_of(house, claim_id) is ClaimState.PAID
    page = browser.get(path)
    assert page.select(".tag") == ["付成了"]
    assert "6228480000000006210" not in page.text
    again = Browser(browser.app).sign_in(make_staff(house, Role.CASHIER))
    sent_again = again.post(f"{path}/return", answer=(BytesIO(answer), "hui.csv"))
    assert sent_again.response.headers["Location"].endswith("done=returned_again")


def test_a_return_that_does_not_add_up_is_told_in_numbers(browser: Browser, house: House):
    fill_fund(house)
    claim_id = approved(house)
    browser.sign_in(make_staff(house, Role.CASHIER))
    path = browser.post("/desk/payments/", claims=[claim_id]).response.headers["Location"]

    answer = "业务编号,金额,处理结果,失败原因\nXX-0001,1000.00,成功,\n".encode()
    page = browser.post(f"{path}/return", status=422, answer=(BytesIO(answer), "hui.csv"))

    assert "少1笔，多1笔" in page.text
    assert state_of(house, claim_id) is ClaimState.DISBURSING


def test_only_a_cashier_makes_a_payment_file(browser: Browser, house: House):
    claim_id = approved(house)
    browser.sign_in(make_staff(house, *(role for role in Role if role is not Role.CASHIER)))

    browser.post("/desk/payments/", status=404, claims=[claim_id])


def test_an_auditor_finds_who_saw_a_whole_number_and_takes_it_out(browser: Browser, house: House):
    person_id = make_person(house)
    officer = make_staff(house, Role.FIRST_REVIEWER)
    Browser(browser.app).sign_in(officer).post(
        f"/desk/people/{person_id}/uncover", status=200, field="phone", reason="call_the_person"
    )
    browser.sign_in(make_staff(house, Role.AUDITOR))

    page = browser.get(f"/desk/audit/?group=uncovered&job_no={officer.job_no}")
    assert page.select("tbody td:nth-child(4)") == ["查看全号：手机号，事由：给本人打电话"]

    taken = browser.post("/desk/audit/export/csv", status=200, group="uncovered").response
    assert "查看全号：手机号" in taken.get_data(as_text=True)
    assert "audit_exported" in acts(house)


def test_the_log_is_for_auditors_and_administrators(browser: Browser, house: House):
    others = [role for role in Role if role not in (Role.AUDITOR, Role.ADMINISTRATOR)]
    browser.sign_in(make_staff(house, *others))

    browser.get("/desk/audit/", status=404)
