"""Each kind of claim, from its form to its end, by a villager and the desk of their county."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import unseen
from tests.browser.conftest import Served
from tests.browser.errands import Villager, decide, follow, pay, press
from tests.browser.forms import Reader

pytestmark = pytest.mark.browser

REVIEWERS = ("first_reviewer", "second_reviewer", "approver")
PAYING = {"reimbursement", "scheme_withdrawal", "ledger_reimbursement", "one_off_payment"}
TYPED = {
    "months": "12",
    "own_contribution": "100.00",
    "member_born_on": "1990-05-01",
    "bank_name": "农业银行",
    "number": "6228480000000000077",
}

KINDS = [
    ("jinning", "秦玉芳", "reimbursement"),
    ("jinning", "宋志刚", "scheme_withdrawal"),
    ("jinning", "冯春兰", "route_choice"),
    ("jinning", "于德胜", "identity_confirmation"),
    ("jinning", "郑红", "objection"),
    ("guangdong", "杜伟强", "special_ledger_option"),
    ("guangdong", "余国华", "ledger_reimbursement"),
    ("guangdong", "余国华", "one_off_payment"),
    ("guangdong", "潘丽娟", "other_bank_account"),
    ("taizhou", "苏彩霞", "member_choice"),
    ("taizhou", "丁根土", "waiver"),
    ("taizhou", "魏雪琴", "good_reason"),
    ("linyi", "傅秀芝", "change"),
    ("linyi", "傅秀芝", "transfer"),
    ("linyi", "沈长河", "cancellation"),
    ("linyi", "傅秀芝", "tip_off"),
    ("hedong", "萧秀兰", "notice_objection"),
]


@pytest.mark.parametrize(("region", "name", "kind"), KINDS, ids=[f"{each[0]}-{each[2]}" for each in KINDS])
def test_a_kind_is_walked_from_form_to_end(
    signed_in: Callable[[str], Villager],
    clerks: Callable[..., Reader],
    region: str,
    name: str,
    kind: str,
):
    villager = signed_in(name)
    page = villager.page

    page.goto(f"/claims/new/{kind}")
    press(page, "开始办")
    number = hand_in(villager)
    for role in REVIEWERS:
        unseen.decide(clerks(role, region), number)
    if kind in PAYING:
        unseen.pay(clerks("cashier", region), number)

    page.goto(f"/claims/{number}")
    assert_over(page, kind)


def test_heirs_are_let_in_by_two_people_and_paid_by_four_others(
    fresh_phone: Page, served: Served, officers: Callable[..., Page]
):
    heir = served.find_person(kind="heir", name="夏小妹")
    page = fresh_phone
    villager = Villager(page, heir)

    page.goto("/identity/")
    page.get_by_label("您的名字").fill(heir["name"])
    page.get_by_label("身份证号码").fill(heir["citizen_number"])
    press(page, "下一步")
    page.get_by_label("短信里的6个数字").fill(slip_of(officers("clerk", "guangdong"), heir["name"]))
    press(page, "看我的账")
    press(page, "开始填")
    number = hand_in(villager)
    for role in REVIEWERS:
        decide(officers(role, "guangdong"), number)
    pay(officers("cashier", "guangdong"), number)

    page.goto(f"/claims/{number}")
    assert_over(page, "one_off_payment")
    page.goto("/record/")
    assert "/identity/" in page.url


def hand_in(villager: Villager) -> str:
    """Answer every question as it comes, and hand in; returns the claim's number."""
    page = villager.page
    for _ in range(20):
        if page.url.split("?")[0].endswith("/check"):
            break
        answer(villager)
    press(page, "没错，交上去")
    return page.locator(".slip .fig").first.inner_text().strip()


def answer(villager: Villager) -> None:
    """Answer the question that the page asks."""
    page = villager.page
    name = page.url.split("?")[0].rsplit("/", 1)[1]
    main = page.locator("main")
    if main.locator("#photo").count():
        villager.send_photo(name)
    elif name == "heirs":
        fill(page, {**TYPED, "name": "夏小妹", "weight": "1"})
        press(page, "加上这个人")
    elif main.locator("textarea").count():
        main.locator("textarea").fill("照实说一说这件事。")
    elif name == "claimant" and villager.person["kind"] == "heir":
        villager.choose_first("法定继承人")
    elif main.locator("input[type=radio]").count():
        villager.choose_first(None)
    elif main.locator("input[name=answer]").count():
        main.locator("input[name=answer]").fill(TYPED.get(name, "王小明"))
    else:
        fill(page, TYPED)
    follow(main.locator("button.btn", has_text=re.compile("下一步$")))


def fill(page: Page, typed: dict[str, str]) -> None:
    """Fill in the fields of these names, as far as the page has them."""
    for name, value in typed.items():
        field = page.locator(f"main input[name={name}]")
        if field.count():
            field.fill(value)


def assert_over(page: Page, kind: str) -> None:
    """The villager reads the end, and sees that nobody took two steps."""
    expect(page.locator("h1")).to_have_text("钱已经打到您卡里了" if kind in PAYING else "这件事办好了")
    job_numbers = page.locator("ul.four b").all_inner_texts()
    assert len(set(job_numbers)) == len(job_numbers) == (4 if kind in PAYING else 3)
    assert all(each.isdigit() for each in job_numbers)


def slip_of(page: Page, name: str) -> str:
    """The code on the slip that a clerk prints for an heir."""
    page.goto("/desk/people/")
    page.get_by_label("姓名").fill("夏阿婆")
    page.get_by_label("村", exact=True).fill("沙涌村")
    page.get_by_label("出生年").fill("1944")
    press(page, "查")
    press(page, "继承人、受益人来办")
    follow(page.locator("tr", has_text=name).get_by_role("button"))
    return page.locator(".sheet .fig").inner_text()
