from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.questions import LEFT_BY_ADDRESS, Kept
from portal.services import assistant, questions
from portal.services.work import ANONYMOUS, House, begin_work
from portal.storage.models.assistant import QuestionRecord
from tests.builders import citizen_actor, make_citizen_id, make_person
from tests.web.browser import Browser

# As a browser says it of a form on one of our own pages.
OURS = {"Sec-Fetch-Site": "same-origin"}


def kept(house: House) -> list[tuple[str, str]]:
    with house.database.reading() as session:
        return [tuple(row) for row in session.execute(select(QuestionRecord.words, QuestionRecord.outcome))]


def test_a_question_in_plain_words_gets_its_clause(browser: Browser, house: House):
    page = browser.post("/ask/", status=200, question="一年补多少钱", region="jinning")

    assert "1000元" in page.select_one("h1")
    assert "晋政办〔2020〕1号" in page.select_one("blockquote cite")
    assert page.soup.select_one("blockquote a")["href"].startswith("/policy/jinning-2020/5.4.")
    assert kept(house) == []


def test_the_same_question_has_no_answer_without_a_place(browser: Browser):
    page = browser.post("/ask/", status=200, question="方案要公示几天", region="")

    assert "您是哪里的" in page.text
    assert {field["value"] for field in page.soup.select("li input[name=region]")} <= {
        "jinning",
        "hedong",
        "linyi",
        "taizhou",
        "guangdong",
    }


def test_what_the_text_does_not_say_is_handed_to_an_office_and_kept(browser: Browser, house: House):
    question = "我爸过世了，他账上的钱咋领"

    page = browser.post("/ask/", status=200, question=question, region="jinning")

    assert page.soup.select_one(".hand a")["href"].startswith("tel:")
    assert kept(house) == [(question, "handed_over")]


def test_a_citizen_number_typed_into_the_box_is_hidden_before_it_is_shown_or_kept(
    browser: Browser, house: House
):
    number = make_citizen_id().digits

    page = browser.post("/ask/", status=200, question=f"我是{number}，我能继承我爸的钱吗", region="jinning")

    assert number not in page.response.get_data(as_text=True)
    assert all(number not in words for words, _ in kept(house))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "补" * 10_000,
        "😀😀😀",
        "<script>alert(1)</script>",
        "'; DROP TABLE person; --",
        "\x00\x07\x1b[31m",
        "操你妈",
    ],
    ids=[
        "nothing",
        "blanks",
        "ten thousand characters",
        "faces",
        "markup",
        "a statement",
        "control characters",
        "abuse",
    ],
)
def test_whatever_is_typed_gets_a_calm_page(browser: Browser, typed: str):
    page = browser.post("/ask/", status=200, question=typed, region="jinning")

    assert page.select_one("h1")
    assert "<script>alert" not in page.response.get_data(as_text=True)


def test_a_follow_up_carries_the_subject_on(browser: Browser):
    first = browser.post("/ask/", status=200, question="参加居民养老，补助打到哪里", region="jinning")

    second = browser.post(
        "/ask/",
        status=200,
        question="那职工呢",
        region="jinning",
        context=first.soup.select_one("input[type=checkbox][name=context]")["value"],
    )

    assert second.select("blockquote cite")


def test_a_question_left_for_staff_is_found_again_by_its_number(browser: Browser):
    left = browser.post("/ask/staff", status=200, question="能不能帮我改名字", region="jinning")
    number = left.select_one(".fig")

    found = browser.post("/questions/", status=200, number=f" {number.lower()} ")

    assert "还没有答复" in found.text
    browser.post("/questions/", status=422, number="W2026-9999")


@pytest.mark.parametrize("page", ["", "unclear", "staff", "clear"])
def test_asking_by_address_leads_to_the_first_page(browser: Browser, page: str):
    assert browser.get(f"/ask/{page}", status=302).response.headers["Location"] == "/"


def test_an_answer_that_did_not_help_is_kept_for_the_curators(browser: Browser, house: House):
    browser.post("/ask/unclear", status=200, question="一年补多少钱", region="jinning")

    assert kept(house) == [("一年补多少钱", "unhelpful")]


@pytest.mark.parametrize("said", ["您好", "讲个笑话", "谢谢啊"])
def test_small_talk_is_met_kindly_and_not_kept(browser: Browser, house: House, said: str):
    page = browser.post("/ask/", status=200, question=said, region="jinning")

    assert "没有写" not in page.text
    assert page.soup.select_one("#question") is not None
    assert kept(house) == []


def test_abuse_is_answered_calmly_and_not_kept(browser: Browser, house: House):
    page = browser.post("/ask/", status=200, question="你们都是骗子", region="jinning")

    assert "我听着" in page.select_one("h1") + page.text
    assert kept(house) == []


def test_whoever_speaks_of_a_death_is_met_with_sympathy(browser: Browser):
    page = browser.post("/ask/", status=200, question="我爸过世了，他的股票咋办", region="jinning")

    assert page.text.count("节哀") == 1


def test_place_and_subject_are_carried_on_in_sight_and_can_be_ticked_off(browser: Browser):
    page = browser.post("/ask/", status=200, question="一年补多少钱", region="jinning")

    boxes = {box["name"]: box["value"] for box in page.soup.select("input[type=checkbox][checked]")}
    assert boxes["region"] == "jinning"
    assert boxes["context"].startswith("jn-")


def test_the_subject_outlives_a_question_that_no_text_answers(browser: Browser):
    page = browser.post(
        "/ask/", status=200, question="电话多少", region="jinning", context="jn-yearly-amount"
    )

    assert page.soup.select_one("input[type=checkbox][name=context]")["value"] == "jn-yearly-amount"


def test_rating_an_answer_looks_at_the_same_question_in_the_same_context(browser: Browser):
    page = browser.post(
        "/ask/", status=200, question="那职工呢", region="jinning", context="jn-yearly-amount"
    )

    assert page.hidden("context") == "jn-yearly-amount"
    assert page.hidden("question") == "那职工呢"


def test_a_villager_after_the_id_check_is_answered_from_their_own_record(browser: Browser, house: House):
    person_id = make_person(house, opening_used_years=3)
    browser.sign_in(citizen_actor(person_id))

    page = browser.post("/ask/", status=200, headers=OURS, question="一年补多少钱", region="jinning")

    assert "您已经领了3年，还可以申请12年。" in page.text
    assert page.soup.select_one('a[href="/claims/new/reimbursement"]') is not None


def test_somebody_of_another_region_is_not_told_of_their_years(browser: Browser, house: House):
    browser.sign_in(citizen_actor(make_person(house, opening_used_years=3), region="jinning"))

    page = browser.post("/ask/", status=200, headers=OURS, question="补助最多补几年", region="taizhou")

    assert "您已经" not in page.text


def test_a_stranger_is_invited_to_the_id_check_and_told_nothing_of_anybody(browser: Browser, house: House):
    make_person(house, opening_used_years=3)

    page = browser.post("/ask/", status=200, question="一年补多少钱", region="jinning")

    assert "核对一下身份" in page.text
    assert "您已经" not in page.text


def test_a_question_of_somebody_signed_in_is_theirs_alone(app: Flask, browser: Browser, house: House):
    browser.sign_in(citizen_actor(make_person(house)))
    left = browser.post("/ask/staff", status=200, headers=OURS, question="能改名字吗", region="jinning")

    assert "能改名字吗" in browser.get("/questions/").text
    stranger = Browser(app)
    stranger.post("/questions/", status=422, number=left.select_one(".fig"))
    assert "能改名字吗" not in stranger.get("/questions/").text


def test_nothing_is_left_for_staff_when_nothing_was_asked(browser: Browser, house: House):
    browser.post("/ask/staff", status=302, question="  ", region="jinning")

    assert kept(house) == []


def test_an_address_that_leaves_very_many_questions_is_answered_but_they_are_not_kept(
    browser: Browser, house: House
):
    with begin_work(house, ANONYMOUS, lambda _: datetime.now(UTC)) as work:
        answered = assistant.ask(house, "能不能帮我改名字", "jinning")
        for _ in range(LEFT_BY_ADDRESS.most):
            questions.keep_question(work, answered, Kept.FOR_STAFF, "127.0.0.1")

    browser.post("/ask/staff", status=429, question="能不能帮我改名字", region="jinning")
    browser.post("/ask/", status=200, question="我爸过世了，他账上的钱咋领", region="jinning")

    assert len(kept(house)) == LEFT_BY_ADDRESS.most
