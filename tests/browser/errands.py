"""What people do at the portal, step by step, as they would press it."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import urljoin
from urllib.request import urlopen

from bs4 import BeautifulSoup
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.web.photos import make_photo

# An objection is granted in words; elsewhere they do no harm.
FOUND = "查过了，是这样。"


def follow(link: Locator) -> None:
    """Press what leads to another page, and wait until that is whole."""
    link.click()
    link.page.wait_for_load_state("load")


def press(page: Page, words: str) -> None:
    """Press the one button or link of the main part that says so."""
    main = page.locator("main")
    button, link = (main.get_by_role(role, name=words, exact=True) for role in ("button", "link"))
    follow(button.or_(link).first)


class Villager:
    """Somebody with a phone; counts the pages they see and the times they press."""

    def __init__(self, page: Page, person: dict[str, Any]) -> None:
        self.page = page
        self.person = person
        self.taps = 0

    def press(self, words: str) -> None:
        """Press what says so."""
        self.taps += 1
        press(self.page, words)

    def press_door(self, words: str) -> None:
        """Go through one of the doors of the first page."""
        self.taps += 1
        follow(self.page.locator("ul.doors a", has_text=words))

    def choose_first(self, words: str | None) -> None:
        """Choose the answer that says so, or the first."""
        self.taps += 1
        self.page.locator("main .opt label", has_text=words).first.click()

    def prove_identity(self) -> None:
        """Answer who I am, and the code of the text message."""
        self.page.get_by_label("您的名字").fill(self.person["name"])
        self.page.get_by_label("身份证号码").fill(self.person["citizen_number"])
        self.press("下一步")
        self.page.get_by_label("短信里的6个数字").fill(read_code(self.page.url))
        self.press("看我的账")

    def send_photo(self, words: str) -> None:
        """Take a picture of a paper and send it."""
        photo: BytesIO = make_photo(words)
        picture = FilePayload(name="receipt.jpg", mimeType="image/jpeg", buffer=photo.read())
        self.page.get_by_label("照片", exact=True).set_input_files(picture)
        self.press("把照片传上去")

    def heading(self) -> str:
        """What the page says first."""
        return self.page.locator("h1").inner_text().replace("\n", "")


class Officer:
    """Somebody at the desk."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open_claim(self, number: str) -> None:
        """Find a claim among what waits for me."""
        press(self.page, number)

    def pass_claim(self) -> None:
        """Say that it is right, with the amount where it is asked for."""
        amount = amount_due(BeautifulSoup(self.page.content(), "html.parser"))
        self.page.locator("main input[type=radio][value=pass] + label").click()
        for field in self.page.locator("main input[name=amount]").all():
            field.fill(amount)
        for tick in self.page.locator("main input[name=confirmed] + label").all():
            tick.click()
        self.page.locator("main input[name=words]").fill("都查过了，按规定办。")
        self.page.locator("main input[name=words]").fill(FOUND)
        press(self.page, "记下这个意见")
        noted = self.page.get_by_role("status").filter(has_text="意见已经记下")
        expect(noted, self.page.locator("main").inner_text()).to_be_visible()


def read_code(address: str) -> str:
    """The newest code in the outbox of the demo at this address, read on another device."""
    with urlopen(urljoin(address, "/demo/outbox")) as answer:
        outbox = BeautifulSoup(answer.read(), "html.parser")
    newest = next(text for each in outbox.select("main li") if "验证数字是" in (text := each.get_text()))
    return "".join(letter for letter in newest.split("验证数字是")[1] if letter.isdigit())[:6]


def amount_due(claim: BeautifulSoup) -> str:
    """What the desk's page of a claim works out, or all that the person holds where it works nothing out."""
    worked_out = claim.find("dt", string="系统核算金额")
    words = worked_out.find_next("dd").get_text() if worked_out else ""  # type: ignore[union-attr]
    if words and "系统不算" not in words:
        return words.split()[0]
    held = [each.get_text().split()[0] for each in claim.select("dl.money .sum dd")]
    return str(sum((Decimal(each.replace(",", "")) for each in held), Decimal(0)))


def walk(villager: Villager) -> Iterator[str]:
    """The address of each question, with what was answered so far, up to the page with all answers."""
    page = villager.page
    while True:
        yield page.url
        question = page.url.split("?")[0].rsplit("/", 1)[1]
        if question == "check":
            return
        if question == "contribution_receipt":
            villager.send_photo("bars")
            yield page.url
            villager.press("传好了，下一步")
            continue
        if question == "months":
            page.locator("main input[name=answer]").fill("12")
        else:
            villager.choose_first(None)
        villager.press("下一步")


def decide(page: Page, number: str) -> None:
    """Pass a claim on, from the queue; where money follows, over the amount that the page gives."""
    page.goto("/desk/claims/")
    officer = Officer(page)
    officer.open_claim(number)
    officer.pass_claim()


def pay(page: Page, number: str) -> None:
    """Make a payment file of one claim, and take in what the bank says of it."""
    page.goto("/desk/payments/")
    for box in page.locator("main input[name=claims]").all():
        box.set_checked(number in (box.get_attribute("aria-label") or ""))
    press(page, "选中的做成付款文件")
    with page.expect_download() as coming:
        press(page, "取CSV")
    answer = answer_of_the_bank(coming.value.path().read_text(encoding="utf-8-sig"))
    page.get_by_label("银行回盘文件（Excel或CSV）").set_input_files(answer)
    press(page, "收下银行回盘")
    assert "付成了" in page.locator("main table").inner_text()


def answer_of_the_bank(file: str) -> FilePayload:
    """What the bank says when everything in a payment file is paid."""
    lines = list(csv.DictReader(StringIO(file)))
    # Each bank names its columns in its own way.
    amount, outcome = ("金额", "处理结果") if "金额" in lines[0] else ("金额（元）", "结果")
    answer = f"业务编号,{amount},{outcome}\r\n" + "".join(
        f"{line['业务编号']},{line[amount]},成功\r\n" for line in lines
    )
    return FilePayload(name="return.csv", mimeType="text/csv", buffer=answer.encode())
