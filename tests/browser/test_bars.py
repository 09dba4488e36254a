"""Every page, as the phone of a villager meets it, clears the bars of ``bars.py``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import render_template
from playwright.sync_api import Page, Route

from portal.app import create_app
from portal.storage.database import Database
from tests.browser.bars import find_faults, find_faults_of
from tests.browser.conftest import Served, forget
from tests.browser.errands import Villager, follow, walk
from tests.builders import make_house
from tests.web.conftest import make_settings

pytestmark = pytest.mark.browser

REGIONS = ("jinning", "hedong", "linyi", "taizhou", "guangdong")
PUBLIC = (
    "/",
    "/policy/",
    "/policy/jinning-2020",
    "/policy/jinning-2020/5.4.2",
    "/policy/guangdong-2025",
    "/policy/guangdong-2025/art14",
    "/questions/",
    "/identity/",
    "/verify",
    "/about/privacy",
    "/about/complaints",
    "/about/corrections",
    "/demo/outbox",
    "/desk/sign-in",
    "/at/jinning/routes/",
    "/at/jinning/guides/reimbursement",
    "/at/guangdong/guides/ledger_reimbursement",
)
QUESTIONS = ("一年1000块咋领", "一年一次是啥意思", "我爸过世了，他账上的钱咋领", "啊啊啊啊")

# One for each look that a record can have.
PERSONAS = (
    "李桂芳",
    "周美兰",
    "张桂英",
    "朱文才",
    "郭富贵",
    "马翠莲",
    "谢军",
    "萧秀兰",
    "曹玉兰",
    "傅秀芝",
    "丁根土",
    "余国华",
)
ERRORS = tuple(sorted(path.stem for path in Path("templates/errors").glob("*.html")))

AT_THE_DESK = {
    "first_reviewer": ("/desk/claims/", "/desk/people/"),
    "approver": ("/desk/claims/?queue=approval",),
    "cashier": ("/desk/payments/",),
    "clerk": ("/desk/rosters/", "/desk/people/changes"),
    "curator": ("/desk/curators/", "/desk/questions/"),
    "auditor": ("/desk/audit/",),
    "administrator": ("/desk/staff/", "/desk/staff/new"),
}


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_clears_the_bars(fresh_phone: Page, served: Served, address: str):
    assert find_faults(fresh_phone, served.address + address) == []


@pytest.mark.parametrize("region", REGIONS)
def test_the_pages_of_a_region_clear_the_bars(fresh_phone: Page, served: Served, region: str):
    for page in ("", "/offices", "/guides/", "/entitlement/", "/topics"):
        forget(fresh_phone)
        assert find_faults(fresh_phone, f"{served.address}/at/{region}{page}") == [], page


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_a_question_back_and_an_office_clear_the_bars(fresh_phone: Page, question: str):
    fresh_phone.goto("/")
    fresh_phone.get_by_label("有什么想问的？").fill(question)
    follow(fresh_phone.get_by_role("button", name="问一问"))

    assert find_faults_of(fresh_phone) == []


def test_the_id_check_clears_the_bars_with_a_mistake_in_it_and_at_the_code(fresh_phone: Page, served: Served):
    person = served.find_person(kind="citizen", name="李桂芳")
    number = person["citizen_number"]
    for typed, words in ((number[:-1], "还有一处要改"), (number, "收到短信")):
        fresh_phone.goto("/identity/")
        fresh_phone.get_by_label("您的名字").fill(person["name"])
        fresh_phone.get_by_label("身份证号码").fill(typed)
        follow(fresh_phone.locator("main button").first)
        assert words in fresh_phone.locator("main").inner_text()
        assert find_faults_of(fresh_phone) == [], words


@pytest.mark.parametrize("name", PERSONAS)
def test_a_record_clears_the_bars(signed_in: Callable[[str], Villager], served: Served, name: str):
    villager = signed_in(name)

    assert find_faults(villager.page, f"{served.address}/record/") == []


def test_an_account_with_years_of_interest_clears_the_bars(
    signed_in: Callable[[str], Villager], served: Served
):
    page = signed_in("马翠莲").page

    assert find_faults(page, f"{served.address}/record/account") == []


def test_what_a_villager_keeps_here_clears_the_bars(signed_in: Callable[[str], Villager], served: Served):
    villager = signed_in("陈秀英")
    page = villager.page
    page.goto("/claims/")
    claim = page.locator("main a[href^='/claims/JN']").first.get_attribute("href")
    addresses = ["/record/account", "/claims/", claim, f"{claim}/slip", f"{claim}/cancel", "/notices/"]

    for address in [*addresses, "/my-data/", "/questions/", "/drafts/help"]:
        assert find_faults(page, f"{served.address}{address}") == [], address


@pytest.mark.parametrize("name", ["周美兰", "吴建平", "徐玉珍", "张桂英"])
def test_a_claim_in_every_turn_clears_the_bars(
    signed_in: Callable[[str], Villager], served: Served, name: str
):
    page = signed_in(name).page
    page.goto("/claims/")
    claim = page.locator("main a[href^='/claims/JN']").first.get_attribute("href")

    assert find_faults(page, f"{served.address}{claim}") == []


def test_each_step_of_a_claim_clears_the_bars(signed_in: Callable[[str], Villager], served: Served):
    villager = signed_in("高素琴")
    page = villager.page
    page.goto("/claims/new/reimbursement")
    assert find_faults(page, page.url) == []
    villager.press("开始办")

    for step in walk(villager):
        assert find_faults(page, step) == [], step
        page.goto(step)


def test_a_mistake_in_a_claim_clears_the_bars(signed_in: Callable[[str], Villager]):
    page = signed_in("胡凤英").page
    page.goto("/claims/")
    follow(page.locator("main a[href^='/drafts/']").first)
    villager = Villager(page, {})
    villager.press("传好了，下一步") if page.get_by_text("传好了，下一步").count() else villager.press(
        "下一步"
    )

    assert page.locator("#errors").is_visible()
    assert find_faults_of(page) == []


def test_the_error_pages_clear_the_bars(fresh_phone: Page, database: Database, tmp_path: Path):
    app = create_app(make_settings(tmp_path), make_house(database, tmp_path))
    for name in ERRORS:
        with app.test_request_context("/"):
            html = render_template(f"errors/{name}.html", request_id="3f0c", sentence="这件事现在还办不了。")
        fresh_phone.route("**/broken", _answer_with(html))
        fresh_phone.goto("/broken")

        assert find_faults_of(fresh_phone) == [], name


@pytest.mark.parametrize("role", AT_THE_DESK)
def test_the_desk_clears_the_bars(officers: Callable[..., Page], served: Served, role: str):
    for address in AT_THE_DESK[role]:
        assert find_faults(officers(role), served.address + address) == [], address


def test_a_claim_at_the_desk_clears_the_bars(officers: Callable[..., Page], served: Served):
    desk = officers("first_reviewer")
    desk.goto("/desk/claims/")
    address: Any = desk.locator("main td a").first.get_attribute("href")

    assert find_faults(desk, served.address + address) == []


def test_a_bad_page_is_caught(fresh_phone: Page):
    fresh_phone.route("**/bad", _answer_with(BAD))
    fresh_phone.goto("/bad")

    faults = "\n".join(find_faults_of(fresh_phone))

    for sign in (
        "no language",
        "zoom",
        "px: ",
        "not 60",
        "shows no focus",
        "leads nowhere",
        "wide on",
        "contrast",
    ):
        assert sign in faults, sign


def _answer_with(html: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=html, content_type="text/html")


BAD = """<!doctype html><meta name=viewport content="width=device-width,user-scalable=no"><title>x</title>
<style>a{color:#999;outline:0;font-size:12px}:focus{outline:0}p{line-height:1;width:900px}</style>
<main><h1>x</h1><p>一段很长很长的话，字太小，也太挤，手机上看不见后面。<b>更多</b></p>
<div><a href="#">这里</a></div><form><button style="outline:0">好</button></form></main>"""
