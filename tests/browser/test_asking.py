"""Asking, on a phone with and without JavaScript: the same words either way."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served

pytestmark = pytest.mark.browser


def come_again(page: Page) -> Page:
    """Open the first page in a browser that has been here before and keeps the sheet."""
    page.goto("/")
    page.wait_for_load_state("networkidle")
    page.goto("/")
    return page


@pytest.fixture
def home(phone: Page) -> Page:
    """The first page, opened for the second time."""
    return come_again(phone)


def ask(page: Page, words: str) -> None:
    page.fill("#question", words)
    page.locator("form[role=search] button").first.click()
    expect(page.locator(".asked")).to_contain_text(words)


def test_an_answer_is_one_page_away_and_the_next_one_too(home: Page):
    ask(home, "一年补多少钱")
    expect(home.locator("h1")).to_contain_text("1000元")
    expect(home).to_have_title("每年补助多少钱？ - 颐田")

    ask(home, "最多补几年")
    expect(home.locator("h1")).to_contain_text("15年")


def test_the_way_back_leads_to_the_first_page(home: Page):
    ask(home, "一年补多少钱")

    home.go_back()

    expect(home.locator(".asked")).to_have_count(0)
    expect(home.locator("#question")).to_be_visible()


def test_with_a_script_the_answer_comes_without_leaving_the_page(fresh_phone: Page, served: Served):
    page = come_again(fresh_phone)

    ask(page, "一年补多少钱")

    assert page.url == f"{served.address}/"
    expect(page.locator("h1:focus")).to_contain_text("1000元")


def test_rating_an_answer_works_after_it_came_in_place(home: Page):
    ask(home, "一年补多少钱")

    home.get_by_role("button", name="没明白").click()

    expect(home.locator("h1")).to_contain_text("没说明白")
