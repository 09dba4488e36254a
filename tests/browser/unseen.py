"""What is not looked at in a test, done over the wire alone: who comes in, and the desk's acts on a claim."""

from typing import Any

import pyotp

from tests.browser.errands import FOUND, amount_due, answer_of_the_bank, read_code
from tests.browser.forms import Reader, values_of


def prove_identity(villager: Reader, person: dict[str, Any]) -> None:
    """Answer who I am, and the code of the text message."""
    villager.open("/identity/")
    villager.send("下一步", name=person["name"], number=person["citizen_number"])
    villager.send("看我的账", code=read_code(villager.address))


def sign_in(officer: Reader, account: dict[str, Any]) -> None:
    """Login, password and what the phone shows."""
    officer.open("/desk/sign-in")
    code = pyotp.TOTP(account["totp_secret"]).now()
    officer.send("登录", login=account["login"], password=account["password"], code=code)
    assert "/desk/sign-in" not in officer.address, officer.page.get_text(" ", strip=True)


def decide(officer: Reader, number: str) -> None:
    """Pass a claim on, from the queue; where money follows, over the amount that the page gives."""
    officer.open("/desk/claims/")
    claim = officer.follow(number)
    amount = {"amount": amount_due(claim)} if values_of(claim, "amount") else {}
    officer.send(
        "记下这个意见", verdict="pass", confirmed=values_of(claim, "confirmed"), words=FOUND, **amount
    )
    assert "意见已经记下" in officer.page.get_text()


def pay(cashier: Reader, number: str) -> None:
    """Make a payment file of one claim, and take in what the bank says of it."""
    waiting = cashier.open("/desk/payments/")
    [box] = [each for each in waiting.select("input[name=claims]") if number in str(each["aria-label"])]
    cashier.send("选中的做成付款文件", claims=str(box["value"]))
    file = cashier.send("取CSV").removeprefix("\ufeff")
    cashier.send("收下银行回盘", answer=answer_of_the_bank(file))
    assert "付成了" in cashier.page.select_one("main table").get_text()  # type: ignore[union-attr]
