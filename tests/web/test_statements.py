"""The printed statement, and checking such a paper."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal.crypto.key_ring import Purpose
from portal.crypto.suites import Suite
from portal.domain.ledger.accounts import Source
from portal.services import ledger, statements
from portal.services.work import SYSTEM, House, begin_work
from tests.builders import NOW, citizen_actor, make_person
from tests.web.browser import Browser, Page


@pytest.fixture
def person(house: House) -> int:
    person = make_person(house, scheme="resident")
    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        ledger.post_openings(
            work,
            {
                (person, Source.OWN_CONTRIBUTION): Decimal("3000.00"),
                (person, Source.INTEREST): Decimal("121.36"),
            },
            region="jinning",
            on=date(2025, 12, 31),
            key="openings",
        )
    return person


def print_statement(browser: Browser, person: int) -> Page:
    browser.sign_in(citizen_actor(person))
    return browser.post("/record/statements", status=200, follow=True)


def printed_code(page: Page) -> str:
    return page.select_one(".qr b")


def test_a_statement_says_sums_in_figures_and_in_characters(browser: Browser, person: int):
    page = print_statement(browser, person)

    assert page.select_one("h1") == "被征地养老对账单"
    assert "3,121.36元" in page.text
    assert "人民币叁仟壹佰贰拾壹元叁角陆分" in page.text
    assert page.soup.select_one(".qr svg") is not None


def test_whoever_has_the_paper_sees_what_is_printed_and_nothing_else(
    house: House, browser: Browser, person: int
):
    page = print_statement(browser, person)
    stranger = Browser(browser.app)

    checked = stranger.get(f"/verify/{printed_code(page).replace('-', '')}")

    assert checked.select_one("h1") == "这张对账单，是我们打印的。"
    assert checked.select(".sheet dd") == page.select(".sheet dd")
    for hidden in ("6210", "1234", "身份证"):
        assert hidden not in checked.soup.select_one(".sheet").get_text()


def test_a_paper_says_what_was_printed_then_and_not_what_is_true_now(
    house: House, browser: Browser, person: int
):
    code = printed_code(print_statement(browser, person))
    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        ledger.post_openings(
            work,
            {(person, Source.GOV_SUBSIDY): Decimal("1.00")},
            region="jinning",
            on=date(2026, 1, 1),
            key="later",
        )

    assert "3,121.36元" in Browser(browser.app).get(f"/verify/{code}").text


def test_a_code_may_be_typed_as_it_is_printed(browser: Browser, person: int):
    code = printed_code(print_statement(browser, person))

    checked = Browser(browser.app).post("/verify", status=200, follow=True, code=f" {code.lower()} ")

    assert checked.select_one("h1") == "这张对账单，是我们打印的。"


def test_a_code_that_was_never_printed_is_told_so(browser: Browser):
    page = browser.get("/verify/2222AAAA", status=404)

    assert page.select_one("h1") == "我们没有打印过，这个核对码的对账单。"


@pytest.mark.parametrize("typed", ["", "!!", "A" * 21])
def test_what_cannot_be_a_code_is_asked_for_again(browser: Browser, typed: str):
    assert browser.post("/verify", status=422, code=typed).select(".errs a")


def test_nobody_opens_another_s_statement(house: House, browser: Browser, person: int):
    path = print_statement(browser, person).response.request.path
    other = Browser(browser.app).sign_in(citizen_actor(make_person(house)))

    other.get(path, status=404)


def test_guessing_codes_ends_after_so_many_tries(browser: Browser):
    for _ in range(statements.CHECKS_BY_ADDRESS.most):
        browser.client.get("/verify/2222AAAA")

    browser.get("/verify/2222AAAA", status=429)


def test_a_code_survives_a_change_of_key_while_the_old_one_is_kept(house: House, person: int):
    with begin_work(house, citizen_actor(person), lambda _: NOW) as work:
        statement_id = statements.print_statement(work)
        before = statements.get_own_statement(work, statement_id).code
    keys = house.keys.with_next_key(Purpose.TOKEN, Suite.AES).with_next_key_in_use(Purpose.TOKEN)

    with begin_work(replace(house, keys=keys), citizen_actor(person), lambda _: NOW) as work:
        assert statements.get_own_statement(work, statement_id).code == before
        assert statements.find_statement(work, before) is not None
