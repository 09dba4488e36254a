from sqlalchemy import select

from portal.domain.staff import Role
from portal.services.work import House
from portal.storage.models.audit import AuditRecord
from portal.storage.models.messages import NoticeRecord, TextMessageRecord
from tests.builders import citizen_actor, make_citizen_id, make_person, make_staff
from tests.web.browser import Browser

OURS = {"Sec-Fetch-Site": "same-origin"}


def leave(browser: Browser, question: str = "能不能帮我改名字", region: str = "jinning") -> str:
    page = browser.post("/ask/staff", status=200, headers=OURS, question=question, region=region)
    return page.select_one(".fig")


def at_the_desk(browser: Browser, house: House, role: Role = Role.CLERK, region: str = "jinning") -> Browser:
    return Browser(browser.app).sign_in(make_staff(house, role, region=region))


def test_an_answer_is_found_by_its_number(browser: Browser, house: House):
    number = leave(browser)
    desk = at_the_desk(browser, house)

    assert number in desk.get("/desk/questions/").text
    desk.post(f"/desk/questions/{number}", words="带身份证到窗口改。")

    assert "带身份证到窗口改。" in browser.post("/questions/", status=200, number=number).text
    assert number not in desk.get("/desk/questions/").text


def test_whoever_signed_in_to_ask_is_told_by_text_and_finds_the_answer_inside(browser: Browser, house: House):
    person_id = make_person(house)
    browser.sign_in(citizen_actor(person_id))
    number = leave(browser)

    at_the_desk(browser, house).post(f"/desk/questions/{number}", words="带身份证到窗口改。")

    assert "带身份证到窗口改。" in browser.get("/questions/").text
    with house.database.reading() as session:
        text = session.scalars(select(TextMessageRecord)).one()
        notice = session.scalars(select(NoticeRecord)).one()
    assert (text.person_id, text.wording, text.facts) == (person_id, "question_answered", {"number": number})
    assert notice.facts["answer"] == "带身份证到窗口改。"


def test_answering_is_on_record_and_numbers_in_the_answer_are_hidden(browser: Browser, house: House):
    number = leave(browser)
    whole = make_citizen_id().digits

    at_the_desk(browser, house).post(f"/desk/questions/{number}", words=f"您的号码{whole}没错。")

    assert whole not in browser.post("/questions/", status=200, number=number).response.get_data(as_text=True)
    with house.database.reading() as session:
        assert "question_answered" in session.scalars(select(AuditRecord.act)).all()


def test_two_who_answer_at_once_are_told_that_the_first_one_stands(browser: Browser, house: House):
    number = leave(browser)
    at_the_desk(browser, house).post(f"/desk/questions/{number}", words="第一个答复。")

    page = at_the_desk(browser, house).post(f"/desk/questions/{number}", status=409, words="第二个答复。")

    assert "已经有人回答" in page.text
    assert "第一个答复。" in page.text


def test_an_empty_answer_is_not_taken(browser: Browser, house: House):
    number = leave(browser)

    page = at_the_desk(browser, house).post(f"/desk/questions/{number}", status=422, words=" ")

    assert "请写答复。" in page.select(".errs a")


def test_another_county_and_other_roles_do_not_see_the_question(browser: Browser, house: House):
    number = leave(browser)

    elsewhere = at_the_desk(browser, house, region="taizhou")
    elsewhere.get(f"/desk/questions/{number}", status=404)
    assert number not in elsewhere.get("/desk/questions/").text
    at_the_desk(browser, house, Role.CASHIER).get("/desk/questions/", status=404)


def test_a_question_for_the_curators_is_none_for_the_clerks(browser: Browser, house: House):
    page = browser.post("/ask/", status=200, question="我爸过世了，他账上的钱咋领", region="jinning")

    assert "记下了" in page.text
    at_the_desk(browser, house).get("/desk/questions/W2026-0001", status=404)
