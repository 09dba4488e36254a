import pytest

from portal.services import entitlement
from portal.services.entitlement import Asked, Found
from portal.services.work import House
from tests.builders import citizen_actor, make_person
from tests.web.browser import Browser


def answer(browser: Browser, region: str, **answers: str):
    return browser.post(f"/at/{region}/entitlement/", status=200, **answers)


def test_an_employee_of_the_existing_people_learns_of_the_yearly_claim(browser: Browser):
    page = browser.get("/at/jinning/entitlement/")
    asked = []
    given = {
        "category": "existing_landless",
        "identity": "confirmed",
        "scheme": "employee",
        "benefit": "not_drawing",
        "contribution": "paid",
        "subsidy_years": "left",
    }
    answers: dict[str, str] = {}
    while page.soup.select_one("fieldset"):
        fact = page.soup.select_one("input[type=radio]")["name"]
        asked.append(fact)
        answers[fact] = given[fact]
        page = answer(browser, "jinning", **answers)

    assert "1000元" in page.text
    assert page.soup.select_one('a[href="/at/jinning/guides/reimbursement"]')
    assert len(asked) <= 5


def test_a_question_left_open_is_asked_again_and_the_answers_stay(browser: Browser):
    page = browser.post(
        "/at/jinning/entitlement/", status=422, asked="identity", category="existing_landless"
    )

    assert page.hidden("category") == "existing_landless"
    assert page.select_one(".errs a") == "请点一个。"


def test_going_back_takes_the_last_answer_away(browser: Browser):
    page = answer(browser, "jinning", category="existing_landless", identity="confirmed", back="1")

    assert page.hidden("category") == "existing_landless"
    assert not page.soup.select("input[type=hidden][name=identity]")


@pytest.mark.parametrize("region", ["jinning", "hedong", "linyi", "taizhou", "guangdong"])
def test_every_way_through_the_questions_ends_with_words_for_the_person(house: House, region: str):
    """Walk every combination of answers that the questions allow."""
    waiting: list[dict[str, str]] = [{}]
    ends = 0
    while waiting:
        answers = waiting.pop()
        step = entitlement.next_step(house, region, answers)
        if isinstance(step, Asked):
            waiting += [{**answers, step.question.fact: choice.value} for choice in step.question.choices]
            continue
        assert isinstance(step, Found)
        assert step.office.phone
        assert step.row is None or step.result is not None, f"{answers}: no words for {step.row}"
        ends += 1
    assert ends > 1


def test_a_villager_after_the_id_check_is_asked_nothing_that_is_on_record(browser: Browser, house: House):
    browser.sign_in(citizen_actor(make_person(house, opening_used_years=3)))

    page = browser.get("/entitlement/mine")
    if page.soup.select_one("fieldset"):
        assert page.soup.select_one("input[type=radio]")["name"] == "contribution"
        page = browser.post("/entitlement/mine", status=200, contribution="paid")

    assert page.soup.select_one('a.btn[href="/claims/new/reimbursement"]') is not None
    assert len(page.select("ul.ticks li")) >= 4
    assert all(line.select_one("a") for line in page.soup.select("ul.ticks li:not(.not)"))
    assert page.select_one(".fig") == "1,000.00 元"


def test_answers_do_not_overrule_the_record(browser: Browser, house: House):
    browser.sign_in(citizen_actor(make_person(house, identity_confirmed_on=None)))

    page = browser.post("/entitlement/mine", status=200, identity="confirmed", contribution="paid")

    assert not page.soup.select('a.btn[href="/claims/new/reimbursement"]')


def test_ones_own_entitlement_is_for_villagers_only(browser: Browser):
    answer = browser.get("/entitlement/mine", status=302)

    assert answer.response.headers["Location"] == "/identity/?then=/entitlement/mine"
