import pytest
from sqlalchemy import select

from portal.services.work import House
from portal.storage.models.assistant import QuestionRecord
from tests.builders import make_citizen_id
from tests.web.browser import Browser


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


def test_asking_by_address_leads_to_the_first_page(browser: Browser):
    assert browser.get("/ask/", status=302).response.headers["Location"] == "/"


def test_an_answer_that_did_not_help_is_kept_for_the_curators(browser: Browser, house: House):
    browser.post("/ask/unclear", status=200, question="一年补多少钱", region="jinning")

    assert kept(house) == [("一年补多少钱", "unhelpful")]
