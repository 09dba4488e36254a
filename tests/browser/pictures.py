"""Takes a picture of every page in three languages, to be looked at.

    .venv/bin/python -m tests.browser.pictures http://127.0.0.1:8000

All of them go to build/screens; the Simplified ones of the phone also, small, to docs/screens. The
address is that of a served demo county, whose people ``portal demo people`` lists.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser import unseen
from tests.browser.conftest import ARGUMENTS, DESK, LOCALE, PHONE, REGION
from tests.browser.errands import Villager, follow, walk
from tests.browser.forms import Reader

LOCALES = ("zh_Hans", "zh_Hant", "en")
ALL = Path("build/screens")
KEPT = Path("docs/screens")
KEPT_SIZE = (240, 1000)  # wide, at most so high

PUBLIC = {
    "home": "/",
    "policies": "/policy/",
    "document": "/policy/jinning-2020",
    "clause": "/policy/jinning-2020/5.4.2",
    "guides": "/at/jinning/guides/",
    "guide": "/at/jinning/guides/reimbursement",
    "routes": "/at/jinning/routes/",
    "entitlement": "/at/jinning/entitlement/",
    "topics": "/at/jinning/topics",
    "offices": "/at/jinning/offices",
    "offices-guangdong": "/at/guangdong/offices",
    "identity": "/identity/",
    "questions": "/questions/",
    "verify": "/verify",
    "privacy": "/about/privacy",
    "complaints": "/about/complaints",
    "corrections": "/about/corrections",
    "not-found": "/nothing",
}
ASKED = {"answer": "一年1000块咋领", "clarify": "一年一次是啥意思", "handover": "我爸过世了，他账上的钱咋领"}
RECORDS = {
    "record": "李桂芳",
    "record-full": "朱文才",
    "record-legacy": "马翠莲",
    "record-hedong": "萧秀兰",
    "record-linyi": "傅秀芝",
    "record-taizhou": "丁根土",
    "record-guangdong": "余国华",
}
TURNS = {
    "claim-second-review": "陈秀英",
    "claim-returned": "吴建平",
    "claim-rejected": "徐玉珍",
    "claim-paid": "张桂英",
}
OWN = {"account": "/record/account", "claims": "/claims/", "notices": "/notices/", "my-data": "/my-data/"}
AT_THE_DESK = {
    "first_reviewer": {"queue": "/desk/claims/", "people": "/desk/people/"},
    "approver": {"queue-approval": "/desk/claims/?queue=approval"},
    "cashier": {"payments": "/desk/payments/"},
    "clerk": {"rosters": "/desk/rosters/"},
    "curator": {"curators": "/desk/curators/", "questions": "/desk/questions/"},
    "auditor": {"audit": "/desk/audit/"},
    "administrator": {"staff": "/desk/staff/"},
}


class Camera:
    """Takes pictures of pages at an address."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        listed = subprocess.check_output([sys.executable, "-m", "portal.cli", "demo", "people", "--json"])
        self._people: list[dict[str, Any]] = json.loads(listed)

    def take_all(self) -> None:
        """The phone's pages in every language, then the desk's."""
        with self._open(PHONE) as phone:
            for name, path in PUBLIC.items():
                self.visit(phone, name, path)
            for name, question in ASKED.items():
                self._ask(phone, name, question)
        for name, person in RECORDS.items():
            with self._open(PHONE) as phone:
                self._enter(phone, person)
                self.visit(phone, name, "/record/")
        for name, person in TURNS.items():
            with self._open(PHONE) as phone:
                self._enter(phone, person)
                phone.goto("/claims/")
                claim = phone.locator("main a[href^='/claims/JN']").first.get_attribute("href")
                self.visit(phone, name, str(claim))
                for place, path in OWN.items() if name == "claim-paid" else ():
                    self.visit(phone, place, path)
        self._take_journey()
        self._take_desk()

    def visit(self, page: Page, name: str, path: str) -> None:
        """A picture of one page in every language; the browser goes on in the first."""
        for locale in LOCALES:
            self._speak(page, locale)
            page.goto(path)
            self._take(page, name, locale)
        self._speak(page, LOCALES[0])

    def _ask(self, page: Page, name: str, question: str) -> None:
        for locale in LOCALES:
            self._speak(page, locale)
            page.goto("/")
            page.locator("#question").fill(question)
            follow(page.locator("form[role=search] button"))
            page.locator(".asked").wait_for()
            self._take(page, name, locale)

    def _take_journey(self) -> None:
        with self._open(PHONE) as phone:
            self._enter(phone, "高素琴")
            self.visit(phone, "step-begin", "/claims/new/reimbursement")
            phone.goto("/claims/new/reimbursement")
            villager = Villager(phone, {})
            villager.press("开始办")
            for step in walk(villager):
                self.visit(phone, f"step-{step.split('?')[0].rsplit('/', 1)[1]}", step)
                phone.goto(step)

    def _take_desk(self) -> None:
        for role, pages in AT_THE_DESK.items():
            with self._open(DESK) as desk:
                account = self._find(kind="staff", region=REGION, role=role)
                unseen.sign_in(Reader(desk.request, self._address), account)
                for name, path in pages.items():
                    self.visit(desk, f"desk-{name}", path)
                if role == "first_reviewer":
                    desk.goto("/desk/claims/")
                    claim = desk.locator("main td a").first.get_attribute("href")
                    self.visit(desk, "desk-claim", str(claim))

    def _take(self, page: Page, name: str, locale: str) -> None:
        picture = page.screenshot(full_page=True)
        file = ALL / locale / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture)
        if locale == LOCALES[0]:
            _keep_small(picture, KEPT / f"{name}.png")

    def _enter(self, page: Page, name: str) -> None:
        """Let somebody past the ID check."""
        person = self._find(kind="citizen", name=name)
        unseen.prove_identity(Reader(page.request, self._address), person)

    def _speak(self, page: Page, locale: str) -> None:
        page.context.add_cookies([{"name": "lang", "value": locale, "url": self._address}])

    def _find(self, **facts: str) -> dict[str, Any]:
        return next(person for person in self._people if facts.items() <= person.items())

    @contextmanager
    def _open(self, screen: ViewportSize) -> Iterator[Page]:
        with self._browser.new_context(base_url=self._address, locale=LOCALE, viewport=screen) as context:
            yield context.new_page()


def _keep_small(picture: bytes, file: Path) -> None:
    """The upper part of a picture, in few colours."""
    with Image.open(BytesIO(picture)) as taken:
        wide, high = KEPT_SIZE
        scale = wide / PHONE["width"]
        small = taken.resize(
            (round(taken.width * scale), round(taken.height * scale)), Image.Resampling.LANCZOS
        )
        small.crop((0, 0, small.width, min(high, small.height))).quantize(24).save(file, optimize=True)


if __name__ == "__main__":
    with sync_playwright() as playwright:
        # The browser's own words, such as those of a file's button, as a phone in China says them.
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS, env={**os.environ, "LANGUAGE": "zh_CN"}
        )
        Camera(chromium, sys.argv[1].rstrip("/")).take_all()
        chromium.close()
