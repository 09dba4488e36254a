"""Honest errands, done before an attack begins: so there are drafts, questions and previews to attack."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.attacks.reader import Form, PageReader, read_forms
from tests.builders import make_citizen_id
from tests.web.photos import make_photo

WHO_CLAIMS = "jinning 胡凤英"
NUMBER_WITH_A_SLIP = "990101197105170001"

_ROSTER = "姓名,公民身份号码,区县,乡镇,村,人员类别\n钱有田,{number},晋宁区,昆阳街道,样板村,现有\n"


class Visitor:
    """A browser that keeps every form it meets, whatever answer it stood in."""

    def __init__(self, browser: FlaskClient, who: str, met: list[Form]) -> None:
        self._browser = browser
        self._who = who
        self._met = met
        self._token = ""

    def open(self, path: str) -> TestResponse:
        """Open a page."""
        return self._read(path, self._browser.get(path, follow_redirects=True))

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Send a form to where it goes."""
        fields.setdefault("csrf_token", self._token)
        return self._read(path, self._browser.post(path, data=fields, follow_redirects=True))

    def _read(self, path: str, response: TestResponse) -> TestResponse:
        assert response.status_code in (200, 422, 409, 404), f"{path}: {response.status_code}"
        if response.mimetype == "text/html":
            page = PageReader(response.get_data(as_text=True))
            self._met += read_forms(self._who, response.request.path, page)
            self._token = next(
                (value for form in page.forms for name, value in form["fields"] if name == "csrf_token"),
                self._token,
            )
        return response


def do_errands(browser: Callable[[str], FlaskClient], number: str) -> list[Form]:
    """Do them all; returns the forms that stood in answers, which no link leads to."""
    met: list[Form] = []

    def visit(who: str) -> Visitor:
        return Visitor(browser(who), who, met)

    _ask_and_check(visit("nobody"), number)
    _begin_claims(visit(WHO_CLAIMS))
    _work_at_the_desk(visit)
    return met


def _ask_and_check(nobody: Visitor, number: str) -> None:
    nobody.send("/ask/", region="jinning", question="交了社保能补多少钱？")
    for page in ("/ask/", "/ask/unclear", "/ask/staff"):
        nobody.send(page, region="jinning", question="村里修路占的地，青苗补偿找谁要？")
    nobody.send("/at/jinning/topics", words="补贴")
    nobody.send("/at/jinning/entitlement/", asked="category", category="existing_landless")
    nobody.send("/at/jinning/tip-off/", what="村里有人冒领。")
    nobody.open("/questions/")
    nobody.open("/verify")
    asked = nobody.send("/identity/", name="李桂芳", number=number)
    challenge = next(
        value
        for form in PageReader(asked.get_data(as_text=True)).forms
        for name, value in form["fields"]
        if name == "challenge"
    )
    nobody.send("/identity/code", challenge=challenge, code="a slip that is none")


def _begin_claims(villager: Visitor) -> None:
    villager.open("/record/")
    villager.send("/record/statements")
    villager.open("/claims/new/reimbursement")
    begun = villager.send("/claims/new/reimbursement").request.path
    draft = begun.rsplit("/", 1)[0]
    villager.send(f"{draft}/year", answer="2026")
    villager.send(f"{draft}/months", answer="12")
    villager.send(f"{draft}/contribution_receipt/photos", photo=(make_photo(), "photo.jpg"))
    villager.send(f"{draft}/contribution_receipt")
    villager.send(f"{draft}/payee", answer="own")
    villager.open(f"{draft}/check")
    villager.open(f"{draft}/contribution_receipt")
    villager.open(f"{draft}/drop")
    villager.send(f"{draft}/slip")


def _work_at_the_desk(visit: Callable[[str], Visitor]) -> None:
    clerk = visit("jinning-clerk")
    clerk.open("/desk/rosters/")
    for number in (NUMBER_WITH_A_SLIP, make_citizen_id(date(1961, 2, 3)).digits):
        roster = BytesIO(_ROSTER.format(number=number).encode())
        clerk.send("/desk/rosters/", sheet="roster", file=(roster, "roster.csv"))
    clerk.open("/desk/people/")
    clerk.send("/desk/people/", mark="", name="李桂芳", village="", birth_year="")
    visit("jinning-curator").open("/desk/curators/")
