"""A claim as a villager meets it: one question a page, a number, a course that can be followed."""

import re
from base64 import b64decode
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from portal.domain.citizen_id import CitizenId
from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ClaimAct, Step
from portal.domain.receipts import ReceiptState
from portal.domain.staff import Role
from portal.services import claim_history, filing, people
from portal.services.work import Actor, ActorKind, House, begin_work
from portal.storage import claims as stored_claims
from portal.storage.models.claims import ClaimRecord, ClaimSlotRecord, DraftRecord, ReceiptRecord
from portal.storage.models.messages import NoticeRecord, TextMessageRecord
from portal.storage.models.sessions import CodeRecord
from portal.storage.models.staff import StaffPersonRecord
from portal.web import wording
from tests.builders import NOW, citizen_actor, make_person, make_staff
from tests.web.browser import Browser, Page
from tests.web.photos import make_pdf, make_photo


def send_photo(
    browser: Browser, path: str, status: int = 302, photo: BytesIO | None = None, **fields: str
) -> Page:
    return browser.post(
        f"{path}/photos", status=status, photo=(photo or make_photo(), "../../收据.jpg"), **fields
    )


def where(page: Page) -> str:
    return str(page.response.headers["Location"])


def begin(browser: Browser, kind: str = "reimbursement") -> str:
    """Begin a claim; returns the draft's address."""
    return where(browser.post(f"/claims/new/{kind}")).rsplit("/", 1)[0]


def mend(browser: Browser, number: str) -> str:
    """Begin to mend a claim; returns the draft's address."""
    return where(browser.post(f"/claims/{number}/mend")).rsplit("/", 1)[0]


def answer_all(browser: Browser, **changes: str) -> str:
    """Walk through the reimbursement up to the last page; returns the draft's address."""
    draft = begin(browser)
    answers = {"year": "2026", "months": "12", **changes}
    browser.post(f"{draft}/year", answer=answers["year"])
    browser.post(f"{draft}/months", answer=answers["months"])
    send_photo(browser, f"{draft}/contribution_receipt")
    browser.post(f"{draft}/contribution_receipt")
    browser.post(f"{draft}/payee", answer="own")
    return draft


def file_claim(browser: Browser, **changes: str) -> str:
    """Hand a reimbursement in; returns its number."""
    draft = answer_all(browser, **changes)
    return where(browser.post(f"{draft}/check")).split("/")[-2]


def decide(house: House, number: str, act: ClaimAct, **facts: object) -> Actor:
    reviewer = make_staff(house)
    with begin_work(house, reviewer, lambda _: NOW) as work:
        claim = stored_claims.find_by_number(work.session, number)
        assert claim is not None
        claim_history.record_act(work, stored_claims.lock_claim(work.session, claim.id), act, facts)
    return reviewer


def villager(browser: Browser, house: House, **columns: object) -> int:
    person = make_person(house, **columns)
    browser.sign_in(citizen_actor(person))
    return person


def test_the_yearly_subsidy_is_claimed_from_the_first_page_to_the_number(browser: Browser, house: House):
    clerk = make_staff(house, Role.CLERK)
    villager(browser, house)

    begun = browser.get("/claims/new/reimbursement")
    assert "您能领1000元，只差一张收据" in begun.text
    draft = answer_all(browser)
    checked = browser.get(f"{draft}/check")
    assert "1,000.00元" in checked.text
    assert "尾号6210" in checked.text
    handed_in = browser.post(f"{draft}/check", follow=True, status=200)

    assert "交上去了，我们收到了。" in handed_in.text
    assert "JN2026-0001" in handed_in.text
    assert "这是我们给自己定的日子" in handed_in.text
    assert f"工号{clerk.job_no}" in handed_in.text
    course = browser.get("/claims/JN2026-0001")
    assert "收到了，正在看材料" in course.text
    assert course.select(".four b") == ["还没到"] * 4


def test_what_is_lacking_is_told_before_the_first_question(browser: Browser, house: House):
    villager(browser, house, identity_confirmed_on=None, scheme="resident")

    page = browser.get("/claims/new/reimbursement")

    assert "这件事现在还办不了，有2条没对上" in page.text
    assert len(page.select(".ticks .not")) == 3  # the receipt is lacking, too
    assert not page.soup.select("main form[action='/claims/new/reimbursement']")


def test_what_another_place_takes_leads_to_what_can_be_done_here(browser: Browser, house: House):
    villager(browser, house)

    page = browser.get("/claims/new/ledger_reimbursement", status=404)

    assert "您那里没有这一项" in page.text
    assert page.soup.select_one('main a[href="/claims/"]') is not None


@pytest.mark.parametrize(
    ("question", "typed"),
    [("months", "0"), ("months", "13"), ("months", "一年"), ("months", ""), ("year", "1999"), ("payee", "")],
)
def test_an_answer_that_cannot_be_one_is_told_and_nothing_is_lost(
    browser: Browser, house: House, question: str, typed: str
):
    villager(browser, house)
    draft = answer_all(browser)

    page = browser.post(f"{draft}/{question}", status=422, answer=typed)

    assert page.soup.select_one(".errs") is not None
    assert page.soup.title.get_text().startswith("错误：")
    assert "1,000.00元" in browser.get(f"{draft}/check").text


def test_back_shows_the_answer_given_before(browser: Browser, house: House):
    villager(browser, house)
    draft = answer_all(browser, months="7")

    assert browser.get(f"{draft}/months").soup.select_one("#answer")["value"] == "7"
    checked = browser.get(f"{draft}/year").soup.select_one("input[checked]")
    assert checked["value"] == "2026"


def test_an_answer_changed_from_the_last_page_leads_back_to_it(browser: Browser, house: House):
    villager(browser, house)
    draft = answer_all(browser)

    changed = browser.post(f"{draft}/months?then=check", answer="9")

    assert where(changed) == f"{draft}/check"
    assert "9个月" in browser.get(where(changed)).text


def test_a_draft_is_found_again_where_it_was_left(browser: Browser, house: House):
    villager(browser, house)
    begun = begin(browser)
    browser.post(f"{begun}/year", answer="2026")

    again = browser.post("/claims/new/reimbursement")

    assert where(again) == f"{begun}/months"
    assert browser.get(begun).soup.select_one(f'main form[action="{begun}/months"]') is not None
    (door,) = (each for each in browser.get("/").soup.select("main a") if "接着填" in each.get_text())
    assert begun in str(browser.get(str(door["href"])).soup)


def test_a_draft_whose_time_is_up_is_gone(browser: Browser, house: House):
    villager(browser, house)
    begun = begin(browser)
    with house.database.writing() as session:
        session.execute(update(DraftRecord).values(expires_at=NOW.replace(year=2020)))

    browser.get(begun, status=404)


def test_papers_are_shown_replaced_and_removed(browser: Browser, house: House):
    villager(browser, house)
    draft = begin(browser)
    path = f"{draft}/contribution_receipt"
    send_photo(browser, path)
    send_photo(browser, path, photo=make_pdf(2))
    with house.database.reading() as session:
        first, second = session.scalars(select(ReceiptRecord.id).order_by(ReceiptRecord.id))

    page = browser.get(path)
    (further,) = (each for each in page.soup.select(".photos a") if "看第2页" in each.get_text())
    for address in (f"{draft}/photos/{first}/1", str(further["href"])):
        large = browser.get(address).response
        assert large.mimetype == "image/jpeg"
        assert large.data[:2] == b"\xff\xd8"
    # The small ones travel in the page, so that three photos are not three more requests.
    small = [str(each["src"]).split(",") for each in page.soup.select(".photos img")]
    assert [head for head, _ in small] == ["data:image/jpeg;base64"] * 2
    assert all(b64decode(picture)[:2] == b"\xff\xd8" for _, picture in small)
    browser.get(f"{draft}/photos/{second}/3", status=404)

    asked = browser.get(f"{path}/photos?replaces={first}")
    assert "重拍这一张" in asked.text
    send_photo(browser, path, replaces=str(first))
    browser.post(f"{path}/photos/{second}/remove")

    with house.database.reading() as session:
        left = session.scalars(select(ReceiptRecord.id)).all()
    assert len(left) == 1
    assert not {first, second} & set(left)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "没有传全"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "不是照片"),
        (b"GIF89a" + bytes(40), "截个屏"),
        (b"\xff\xd8\xff" + bytes(200), "这个文件坏了"),
    ],
)
def test_a_file_that_is_not_taken_is_refused_in_plain_words(
    browser: Browser, house: House, content: bytes, sentence: str
):
    villager(browser, house)
    path = f"{begin(browser)}/contribution_receipt"
    send_photo(browser, path)

    page = send_photo(browser, path, status=422, photo=BytesIO(content))

    assert sentence in page.text
    assert len(page.select(".photos img")) == 1  # what arrived before is still there


def test_a_file_that_was_not_taken_stays_listed_with_its_reason_until_another_comes(
    browser: Browser, house: House
):
    villager(browser, house)
    path = f"{begin(browser)}/contribution_receipt"
    for _ in range(2):
        send_photo(browser, path, status=422, photo=BytesIO(b"GIF89a" + bytes(40)))

    listed = browser.get(path).select(".photos li")
    assert len(listed) == 2
    assert "有一张没收下" in listed[0]
    assert "截个屏" in listed[0]

    send_photo(browser, path)
    assert len(browser.get(path).select(".photos li")) == 2  # the photo, and one that was not taken
    browser.post(f"{path}/refused/1/remove")
    assert len(browser.get(path).select(".photos li")) == 1


def test_papers_are_asked_for_again_only_where_papers_are_asked_for(browser: Browser, house: House):
    villager(browser, house)
    draft = answer_all(browser)

    browser.get(f"{draft}/contribution_receipt/photos")
    browser.get(f"{draft}/payee/photos", status=404)


def test_a_photo_of_more_than_ten_megabytes_is_refused(browser: Browser, house: House):
    villager(browser, house)
    path = f"{begin(browser)}/contribution_receipt/photos"
    head = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="1.jpg"\r\n\r\n\xff\xd8\xff'

    answer = browser.client.post(
        path,
        data=head + bytes(10 * 1024 * 1024) + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        headers={"X-CSRFToken": browser._token() or ""},
    )

    assert answer.status_code == 422
    assert "这张照片太大" in answer.get_data(as_text=True)


def test_without_a_paper_one_does_not_get_on(browser: Browser, house: House):
    villager(browser, house)
    path = f"{begin(browser)}/contribution_receipt"

    assert "还没有照片" in browser.post(path, status=422).text


def test_a_wrong_card_leads_to_the_desk(browser: Browser, house: House):
    villager(browser, house)
    draft = answer_all(browser)

    page = browser.post(f"{draft}/payee", status=409, answer="wrong")

    assert "换卡要到窗口" in page.text


def test_without_a_card_on_record_the_desk_is_named(browser: Browser, house: House):
    villager(browser, house, account=None)
    draft = begin(browser)

    assert "银行卡还没有登记" in browser.get(f"{draft}/payee").text


def test_handing_in_twice_makes_one_claim(browser: Browser, house: House):
    villager(browser, house)
    draft = answer_all(browser)

    browser.post(f"{draft}/check")
    browser.post(f"{draft}/check", status=404)

    with house.database.reading() as session:
        assert session.scalars(select(ClaimRecord.number)).all() == ["JN2026-0001"]


def test_what_changed_meanwhile_is_told_on_the_last_page_with_all_answers_kept(
    browser: Browser, house: House
):
    person = villager(browser, house)
    draft = answer_all(browser)
    with begin_work(house, citizen_actor(person), lambda _: NOW) as work:
        filing.file_claim(
            work,
            person,
            ClaimKind.REIMBURSEMENT,
            {"year": 2025, "months": 12, "payee": "own"},
            ("contribution_receipt",),
        )

    page = browser.post(f"{draft}/check", status=409)

    assert "现在还交不了" in page.text
    assert "12个月" in page.text


def test_nobody_else_sees_a_draft_a_claim_or_a_paper(browser: Browser, house: House):
    villager(browser, house)
    number = file_claim(browser)
    with house.database.reading() as session:
        paper = session.scalars(select(ReceiptRecord.id)).one()
    draft = begin(browser, "objection")
    paths = (
        draft,
        f"{draft}/about",
        f"{draft}/check",
        f"/claims/{number}",
        f"/claims/{number}/slip",
        f"/claims/{number}/cancel",
        f"/claims/{number}/photos/{paper}/1",
    )

    for actor in (citizen_actor(make_person(house, name="王二")), make_staff(house, *Role)):
        stranger = Browser(browser.app).sign_in(actor)
        unknown = stranger.get("/claims/JN2026-9999", status=404)
        for path in paths:
            page = stranger.get(path, status=404)
            assert page.text == unknown.text
        stranger.post(f"/claims/{number}/cancel", status=404)
        stranger.post(f"{draft}/check", status=404)
    for path in paths:
        Browser(browser.app).get(path, status=302)


def test_a_claim_is_taken_back_and_filed_again_from_the_old_answers(browser: Browser, house: House):
    villager(browser, house)
    number = file_claim(browser, months="11")

    assert "真的撤回来吗" in browser.get(f"/claims/{number}/cancel").text
    browser.post(f"/claims/{number}/cancel")
    assert "您撤回了" in browser.get(f"/claims/{number}").text
    again = browser.post(f"/claims/{number}/mend", follow=True, status=200)

    assert "11个月" in again.text
    assert "1张照片" in again.text
    handed_in = browser.post(where(browser.post(f"/claims/{number}/mend")))
    assert "JN2026-0002" in where(handed_in)


def test_a_returned_claim_names_everything_that_is_missing_and_is_mended_under_its_number(
    browser: Browser, house: House
):
    villager(browser, house)
    number = file_claim(browser)
    decide(
        house, number, ClaimAct.RETURN, reasons=["receipt_unreadable", "receipt_wrong_year"], words="请重拍"
    )

    page = browser.get(f"/claims/{number}")
    assert "还差2样" in page.text
    assert "照片看不清" in page.text
    assert "请重拍" in page.text
    draft = mend(browser, number)
    send_photo(browser, f"{draft}/contribution_receipt", photo=make_photo("new"))
    handed_in = browser.post(f"{draft}/check")

    assert number in where(handed_in)
    assert "您补好了，再交上来" in browser.get(f"/claims/{number}").text
    assert len(browser.get(f"/claims/{number}").select(".photos li")) == 2


def test_a_photo_is_kept_under_no_name_of_its_senders(browser: Browser, house: House, tmp_path: Path):
    villager(browser, house)
    draft = answer_all(browser)
    names = ("../../x.jpg", "..\\..\\x.jpg", "/etc/x.jpg", "x" * 4096 + ".jpg", "\u202egpj.x", "")

    for serial, name in enumerate(names):
        photo = (make_photo(str(serial)), name)
        browser.post(f"{draft}/contribution_receipt/photos", photo=photo)

    page = browser.get(f"{draft}/contribution_receipt")
    assert len(page.select(".photos li img")) == 1 + len(names)
    assert "x" * 40 not in page.text
    assert [path.name for path in tmp_path.rglob("*x*") if "jpg" in path.name] == []


def test_a_paper_that_has_to_come_again_is_replaced_before_the_claim_is_handed_in_again(
    browser: Browser, house: House
):
    villager(browser, house)
    number = file_claim(browser)
    decide(house, number, ClaimAct.RETURN, reasons=["receipt_unreadable"], words="")
    with house.database.writing() as session:
        session.execute(update(ReceiptRecord).values(state=ReceiptState.TO_REPLACE))
        old = session.scalars(select(ReceiptRecord.id)).one()
    draft = mend(browser, number)

    browser.post(f"{draft}/check", status=409)
    assert where(browser.get(f"{draft}/check", status=302)) == f"{draft}/contribution_receipt"

    send_photo(browser, f"{draft}/contribution_receipt", photo=make_photo("beside the old one"))
    told = browser.post(f"{draft}/contribution_receipt", status=422)
    assert "还没有照片" not in told.text
    assert "把旧的删掉" in told.text

    send_photo(browser, f"{draft}/contribution_receipt", photo=make_photo("new"), replaces=str(old))
    assert number in where(browser.post(f"{draft}/check"))


def test_a_rejection_says_why_by_which_clause_and_how_to_have_it_looked_at_again(
    browser: Browser, house: House
):
    villager(browser, house)
    number = file_claim(browser)
    decide(
        house,
        number,
        ClaimAct.REJECT,
        reasons=["cap_reached"],
        conditions=[
            {"id": "identity_confirmed", "outcome": "met"},
            {"id": "years_left", "outcome": "not_met"},
        ],
    )

    page = browser.get(f"/claims/{number}")

    assert "已经补满15年了" in page.text
    assert "换个人来办" not in page.text
    assert "我们争取" not in browser.get(f"/claims/{number}/slip").text
    browser.get(f"/claims/{number}/cancel", status=409)
    assert "2027年1月20日前，可以申请行政复议" in page.text
    assert page.soup.select_one(".ticks a")["href"] == "/policy/jinning-2020/5.4.2"


def test_an_objection_that_was_looked_into_tells_the_result_in_words_that_fit(browser: Browser, house: House):
    person = villager(browser, house)
    answers = {"about": "years", "what": "少记了一年。"}
    with begin_work(house, citizen_actor(person), lambda _: NOW) as work:
        number = filing.file_claim(work, person, ClaimKind.OBJECTION, answers).number
    decide(house, number, ClaimAct.REJECT, reasons=["record_is_right"], words="两年的账都对过了。")

    course = browser.get(f"/claims/{number}")

    assert course.select_one("h1") == "查过了，结果写在下面"
    assert "查过了，记录没有错" in course.text
    assert "两年的账都对过了" in course.text
    assert "没批" not in course.text + browser.get("/claims/").text + browser.get("/notices/").text


def test_an_objection_that_was_granted_tells_what_was_looked_at_and_changed(browser: Browser, house: House):
    person = villager(browser, house)
    answers = {"about": "years", "what": "少记了一年。"}
    with begin_work(house, citizen_actor(person), lambda _: NOW) as work:
        claim = filing.file_claim(work, person, ClaimKind.OBJECTION, answers)
    path = f"/desk/claims/{claim.id}"
    first, *others = (
        Browser(browser.app).sign_in(make_staff(house, role))
        for role in (Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.APPROVER)
    )

    assert "请写明查了什么、改了什么" in first.post(path, status=422, verdict="pass", words=" ").text
    first.post(path, verdict="pass", words="对过两年的账，少记的一年补上了。")
    for officer in others:
        officer.post(path, verdict="pass")

    course = browser.get(f"/claims/{claim.number}")
    assert "查的结果" in course.select("h2")
    assert "对过两年的账，少记的一年补上了。" in course.select(".line li")[1]
    assert course.text.count("对过两年的账") == 2
    assert "结果请进来看" in browser.get("/notices/").text


@pytest.mark.parametrize(("filed_on", "warns"), [(date(2026, 11, 21), False), (date(2026, 12, 21), True)])
def test_a_promise_that_reaches_into_a_year_without_its_holidays_says_so(
    browser: Browser, house: House, filed_on: date, warns: bool
):
    person = villager(browser, house)
    filed_at = datetime.combine(filed_on, time(2), UTC)
    with begin_work(house, citizen_actor(person), lambda _: filed_at) as work:
        answers = {"about": "years", "what": "少记了一年。"}
        claim = filing.file_claim(work, person, ClaimKind.OBJECTION, answers)

    course, slip = browser.get(f"/claims/{claim.number}"), browser.get(f"/claims/{claim.number}/slip")
    desk = Browser(browser.app).sign_in(make_staff(house, Role.FIRST_REVIEWER))

    assert ("放假安排还没公布，可能差几天" in course.text) is warns
    assert ("放假安排还没公布，可能差几天" in slip.text) is warns
    for page in (f"/desk/claims/{claim.id}", "/desk/claims/", "/desk/claims/voices"):
        assert ("节假日安排未维护" in desk.get(page).text) is warns, page


def test_the_course_names_four_officers_by_number_and_none_by_name(browser: Browser, house: House):
    villager(browser, house)
    number = file_claim(browser)
    officers = [decide(house, number, ClaimAct.PASS) for _ in range(3)]
    officers.append(decide(house, number, ClaimAct.SEND))

    page = browser.get(f"/claims/{number}")

    assert page.select(".four b") == [officer.job_no for officer in officers]
    assert "工号没有重的" in page.text
    assert "赵工" not in page.text


def test_a_payment_sent_back_goes_out_again_when_the_villager_says_so(browser: Browser, house: House):
    villager(browser, house)
    number = file_claim(browser)
    for act in (ClaimAct.PASS,) * 3 + (ClaimAct.SEND,):
        decide(house, number, act)
    decide(house, number, ClaimAct.REFUSE_PAYMENT, reason="account_closed")

    told = browser.get(f"/claims/{number}").text
    assert "银行把钱退回来了" in told
    assert "这张卡已经销户了" in told
    browser.post(f"/claims/{number}/payee")

    assert "批了，下一步打款" in browser.get(f"/claims/{number}").text


def test_a_closed_claim_is_rated_once(browser: Browser, house: House):
    villager(browser, house)
    number = file_claim(browser)
    assert "说一句" not in browser.get(f"/claims/{number}").text
    decide(house, number, ClaimAct.REJECT, reasons=["cap_reached"])

    browser.post(f"/claims/{number}/rating", status=422)
    browser.post(f"/claims/{number}/rating", score="1", words="等太久")

    assert "我们会给您打电话" in browser.get(f"/claims/{number}").text


def test_every_turn_leaves_a_notice_and_a_text_without_personal_numbers(browser: Browser, house: House):
    villager(browser, house)
    number = file_claim(browser)
    for act in (ClaimAct.PASS,) * 3 + (ClaimAct.SEND, ClaimAct.PAY):
        decide(house, number, act)

    with house.database.reading() as session:
        texts = session.execute(
            select(TextMessageRecord.wording, TextMessageRecord.facts).order_by(TextMessageRecord.id)
        ).all()
        notices = session.scalars(select(NoticeRecord.wording).order_by(NoticeRecord.id)).all()
    assert notices == [each.wording for each in texts]
    assert notices == [
        "claim_filed",
        "claim_reviewed_once",
        "claim_reviewed_twice",
        "claim_approved",
        "claim_disbursing",
        "claim_paid",
    ]
    with browser.app.test_request_context():
        for each in texts:
            sentence = wording.text_message(each.wording, each.facts)
            assert sentence.startswith("【颐田】")
            assert number in sentence
            assert len(sentence) <= 70  # one text message
            assert not re.search(r"\d{8,}", sentence)


# -- Helpers ---------------------------------------------------------------------------------------------


def resume_code(browser: Browser, draft: str) -> str:
    return browser.post(f"{draft}/slip", status=200).select_one(".sheet .fig")


def test_a_neighbour_goes_on_from_the_slip_and_the_owner_is_told(browser: Browser, house: House):
    villager(browser, house)
    draft = answer_all(browser)
    code = resume_code(browser, draft)
    neighbour = Browser(browser.app).sign_in(citizen_actor(make_person(house, name="王小明")))

    neighbour.get(draft, status=404)
    assert where(neighbour.post("/drafts/help", code=f"{code[:4].lower()} {code[4:]}")) == f"{draft}/check"
    neighbour.post("/drafts/help", status=422, code=code)  # used up
    assert "替他交上去了" in neighbour.post(f"{draft}/check", status=200).text

    neighbour.get("/claims/JN2026-0001", status=404)
    assert "帮办的王*明帮您交上来" in browser.get("/claims/JN2026-0001").text


def test_the_owner_sees_who_went_on_with_the_draft_and_only_the_owner_throws_it_away(
    browser: Browser, house: House
):
    villager(browser, house)
    draft = answer_all(browser)
    neighbour = Browser(browser.app).sign_in(citizen_actor(make_person(house, name="王小明")))
    neighbour.post("/drafts/help", code=resume_code(browser, draft))

    assert "请他本人进来删" in neighbour.get(f"{draft}/drop", status=409).text
    neighbour.post(f"{draft}/drop", status=409)
    neighbour.post(f"{draft}/slip", status=409)

    browser.get(draft)
    newest = browser.get("/my-data/").select(".led li")[0]
    assert "帮着接着填申请" in newest
    assert "帮您办的王*明" in newest


def test_a_clerk_who_helps_is_barred_from_reviewing(browser: Browser, house: House):
    villager(browser, house)
    draft = answer_all(browser)
    code = resume_code(browser, draft)
    clerk = make_staff(house, Role.CLERK, Role.FIRST_REVIEWER)

    desk = Browser(browser.app).sign_in(clerk)
    desk.post("/drafts/help", code=code)
    desk.post(f"{draft}/check", status=200)

    with house.database.reading() as session:
        claim = stored_claims.find_by_number(session, "JN2026-0001")
        assert claim is not None
        assert clerk.staff_person_id in stored_claims.list_handlers(session, claim.id)


@pytest.mark.parametrize("comes_as", ["officer", "neighbour"])
def test_whoever_helped_is_barred_from_every_step_though_the_owner_hands_it_in(
    browser: Browser, house: House, comes_as: str
):
    villager(browser, house)
    draft = answer_all(browser)
    officer = make_staff(house, *Role)
    at_home = citizen_actor(make_person(house, citizen_id=number_of(house, officer)))
    helper = Browser(browser.app).sign_in({"officer": officer, "neighbour": at_home}[comes_as])

    helper.post("/drafts/help", code=resume_code(browser, draft))
    browser.post(f"{draft}/check")

    desk = Browser(browser.app).sign_in(officer)
    page = desk.get("/desk/claims/1")
    assert "您在这一件里已经办过代填申请" in page.text
    assert page.soup.select_one("form.card") is None
    # Who had a part in it helps nobody to mend it, and who helped before may help again.
    decide(house, "JN2026-0001", ClaimAct.RETURN, reasons=["receipt_unreadable"])
    mended = mend(browser, "JN2026-0001")
    helper.post("/drafts/help", code=resume_code(browser, mended))
    reviewer = make_staff(house, Role.FIRST_REVIEWER)
    with house.database.writing() as session:
        stored_claims.add_handler(session, 1, reviewer.desk_person_id, Step.FIRST_REVIEW)
    told = (
        Browser(browser.app)
        .sign_in(reviewer)
        .post("/drafts/help", status=409, code=resume_code(browser, mended))
    )
    assert "已经办过初审" in told.text


def test_a_draft_begun_by_a_slip_remembers_who_gave_it_out(browser: Browser, house: House):
    neighbour, person = make_person(house), villager(browser, house)
    clerk, other = (make_staff(house, *Role) for _ in range(2))
    for officer, owner in ((clerk, person), (other, neighbour)):
        with begin_work(house, officer, lambda _: datetime.now(UTC)) as work:
            people.issue_slip(work, owner)
    draft = answer_all(browser)
    with house.database.writing() as session:
        session.execute(delete(CodeRecord))  # they come back another day, by a text

    browser.post(f"{draft}/check")

    with house.database.reading() as session:
        assert stored_claims.list_handlers(session, 1) == {clerk.staff_person_id: Step.ASSISTANCE}


def number_of(house: House, officer: Actor) -> CitizenId:
    """The citizen number of somebody at the desk."""
    with house.database.reading() as session:
        person = session.get_one(StaffPersonRecord, officer.staff_person_id)
    return CitizenId.parse(
        house.keys.open_sealed(person.number_sealed, f"staff_person.number {person.job_no}")
    )


def test_a_new_slip_makes_the_old_one_worthless(browser: Browser, house: House):
    villager(browser, house)
    draft = answer_all(browser)
    old, new = resume_code(browser, draft), resume_code(browser, draft)
    helper = Browser(browser.app).sign_in(citizen_actor(make_person(house, name="王二")))

    helper.post("/drafts/help", status=422, code=old)
    helper.post("/drafts/help", code=new)


def test_no_question_takes_the_answer_of_another(browser: Browser, house: House):
    villager(browser, house)
    draft = begin(browser)
    heir = {"name": "王一", "bank_name": "农业银行", "number": "6228480000000000077", "weight": "1"}

    for fields in (heir, {**heir, "number": "六"}):
        browser.post(f"{draft}/year/add", status=404, **fields)
    browser.post(f"{draft}/year/remove/1", status=404)
    browser.post(f"{draft}/year/photos", status=404, photo=(make_photo(), "1.jpg"))

    assert browser.get(draft).soup.select_one(f'main form[action="{draft}/year"]') is not None


def test_a_draft_thrown_away_takes_its_papers_along(browser: Browser, house: House):
    villager(browser, house)
    draft = answer_all(browser)

    browser.get(f"{draft}/drop")
    browser.post(f"{draft}/drop")

    browser.get(draft, status=404)
    with house.database.reading() as session:
        assert session.scalars(select(ReceiptRecord.id)).all() == []


def test_years_asked_for_already_are_not_offered(browser: Browser, house: House):
    villager(browser, house)
    number = file_claim(browser, year="2024")
    decide(house, number, ClaimAct.RETURN, reasons=["receipt_unreadable"])
    it_was_filed_last_year(house)
    begun = begin(browser)

    fresh = browser.get(f"{begun}/year").select(".opt label")
    mended = f"{mend(browser, number)}/year"

    assert fresh == [f"{year}年" for year in (2026, 2025, 2023, 2022, 2021, 2020)]
    assert "2024年" in browser.get(mended).select(".opt label")


def it_was_filed_last_year(house: House) -> None:
    with house.database.writing() as session:
        session.execute(
            update(ClaimSlotRecord)
            .where(ClaimSlotRecord.slot == "filed:reimbursement:2026")
            .values(slot="filed:reimbursement:2025")
        )


def test_what_cannot_be_filed_is_not_begun_and_both_pages_count_alike(browser: Browser, house: House):
    villager(browser, house)
    file_claim(browser)

    told = browser.get("/claims/new/reimbursement")
    refused = browser.post("/claims/new/reimbursement", status=409)

    assert "有1条没对上" in told.text
    assert told.text.count("还差：") == 1
    assert "有缴费收据还没有。" in told.text
    assert refused.text == told.text
    with house.database.reading() as session:
        assert session.scalars(select(DraftRecord.id)).all() == []


def test_a_stranger_with_a_claim_code_sees_only_that_claim(browser: Browser, house: House):
    villager(browser, house)
    number = file_claim(browser)
    heir = Browser(browser.app).sign_in(Actor(ActorKind.CLAIMANT, region="jinning", claim_id=1))

    assert where(heir.get("/claimant/", status=302)).endswith(f"/claims/{number}")
    heir.get(f"/claims/{number}")
    heir.get("/claims/", status=302)
