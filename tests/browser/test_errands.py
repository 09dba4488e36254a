"""The three errands of a villager, and what the desk does in between, in a real browser."""

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import unseen
from tests.browser.bars import Wire
from tests.browser.conftest import LOCALE, PHONE, Served
from tests.browser.errands import Villager, decide, follow, pay
from tests.browser.forms import Reader

pytestmark = pytest.mark.browser

MOST_BYTES_OF_A_CLAIM = 40 * 1024


def test_a_villager_sees_where_they_stand_within_six_pages(phone: Page, served: Served):
    villager = Villager(phone, served.find_person(kind="citizen", name="陈秀英"))

    with Wire.tap(phone) as wire:
        phone.goto("/")
        villager.press_door("查我的")
        villager.prove_identity()

    assert "/record/" in phone.url
    assert phone.locator("ol.years li.paid").count() == 3
    assert wire.pages <= 6
    assert villager.taps <= 6


def test_a_question_in_plain_words_is_answered_on_the_second_page(phone: Page):
    with Wire.tap(phone) as wire:
        phone.goto("/")
        phone.get_by_label("有什么想问的？").fill("一年1000块咋领")
        follow(phone.get_by_role("button", name="问一问"))

        assert "缴费收据" in phone.locator("h1").inner_text().replace("\n", "")
        assert phone.locator("blockquote.clause cite").first.is_visible()
    assert wire.pages == 2


def test_a_villager_claims_and_is_paid_by_four_different_people(
    phone: Page, served: Served, officers: Callable[..., Page], runs_scripts: bool
):
    claimant = "李桂芳" if runs_scripts else "孙德贵"  # one claim a year each
    villager = Villager(phone, served.find_person(kind="citizen", name=claimant))
    year = datetime.now(ZoneInfo("Asia/Shanghai")).year

    with Wire.tap(phone) as wire:
        phone.goto("/")
        villager.press_door("查我的")
        villager.prove_identity()
        paid_before = phone.locator("ol.years li.paid").count()
        follow(phone.get_by_role("link", name=re.compile("领今年的")))
        villager.press("开始办")
        fill_in(villager, year)
        villager.press("没错，交上去")
        number = phone.locator(".slip .fig").first.inner_text().strip()

    assert wire.pages <= 12, f"{wire.pages} pages"
    assert wire.weigh() <= MOST_BYTES_OF_A_CLAIM

    for role in ("first_reviewer", "second_reviewer", "approver"):
        decide(officers(role), number)
    pay(officers("cashier"), number)

    phone.goto(f"/claims/{number}")
    job_numbers = phone.locator("ul.four b").all_inner_texts()
    assert len(set(job_numbers)) == 4
    assert all(each.isdigit() for each in job_numbers)
    phone.goto("/record/")
    assert phone.locator("ol.years li.paid").count() == paid_before + 1


def test_a_session_about_to_end_says_so_and_keeps_what_was_typed(chromium: Browser, served: Served):
    # A browser of its own, whose clock is not turned back.
    with chromium.new_context(base_url=served.address, locale=LOCALE, viewport=PHONE) as context:
        page = context.new_page()
        person = served.find_person(kind="citizen", name="蔡金花")
        unseen.prove_identity(Reader(page.request, served.address), person)
        villager = Villager(page, person)
        page.clock.install()
        page.goto("/claims/new/objection")
        villager.press("开始办")
        villager.choose_first(None)
        villager.press("下一步")
        page.locator("main textarea").fill("我家那年的补助没有记上。")
        question = page.url

        page.clock.run_for("28:10")
        expect(page.locator("h1 + #ends")).to_contain_text("再过2分钟")
        page.locator("#ends button").click()
        expect(page.locator("#ends")).to_have_text("好，接着用。")

        page.goto("/record/")
        page.goto(question)
        expect(page.locator("main textarea")).to_have_value("我家那年的补助没有记上。")


def fill_in(villager: Villager, year: int) -> None:
    """Answer each question as it comes, up to the page with all answers."""
    page = villager.page
    while not page.url.endswith("/check"):
        question = page.url.split("?")[0].rsplit("/", 1)[1]
        if question == "contribution_receipt":
            villager.send_photo(villager.person["name"])
            villager.press("传好了，下一步")
        elif question == "months":
            page.locator("main input[name=answer]").fill("12")
            villager.press("下一步")
        else:
            choice = f"{year}年" if question == "year" else None
            villager.choose_first(choice)
            villager.press("下一步")
