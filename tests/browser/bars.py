"""The bars that every page clears, read from a page in a real Chromium in one opening."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import ConsoleMessage, Error, Page, ViewportSize

# What a villager's first page may cost, and their narrowest screen with the letters doubled.
MOST_BYTES = 15 * 1024
MOST_REQUESTS = 3
MOST_REQUESTS_AT_THE_DESK = 4
NARROWEST: ViewportSize = {"width": 320, "height": 640}

LANGUAGES = {"zh-Hans", "zh-Hant", "en"}

_IN_PAGE = (Path(__file__).parent / "in_page.js").read_text(encoding="utf-8")
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@dataclass
class Wire:
    """What went over the wire: each request with the bytes that came for it, headers included."""

    requests: list[str] = field(default_factory=list)
    arrived: list[tuple[str, int]] = field(default_factory=list)
    pages: int = 0

    @classmethod
    @contextmanager
    def tap(cls, page: Page) -> Iterator["Wire"]:
        """Listen for as long as the block runs."""
        wire = cls()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        asked: dict[str, str] = {}

        def note_request(event: dict[str, Any]) -> None:
            if "redirectResponse" in event:
                wire.arrived.append((event["request"]["url"], event["redirectResponse"]["encodedDataLength"]))
            asked[event["requestId"]] = event["request"]["url"]
            if not event["request"]["url"].startswith(("data:", "blob:")):
                wire.requests.append(event["request"]["url"])

        def note_end(event: dict[str, Any]) -> None:
            wire.arrived.append((asked.pop(event["requestId"], "kept"), event["encodedDataLength"]))

        session.on("Network.requestWillBeSent", note_request)
        session.on("Network.requestServedFromCache", lambda event: asked.pop(event["requestId"], None))
        session.on("Network.loadingFinished", note_end)
        page.on("domcontentloaded", wire.note_page)
        try:
            yield wire
        finally:
            page.remove_listener("domcontentloaded", wire.note_page)
            session.detach()

    def note_page(self, _: Page) -> None:
        """Count one page more."""
        self.pages += 1

    def weigh(self) -> int:
        """Bytes that came, without the photos that somebody sent."""
        return sum(size for address, size in self.arrived if address != "kept" and not _is_photo(address))


def find_faults(page: Page, address: str, status: int = 200) -> list[str]:
    """Open a page and say everything that is wrong with it.

    Raises:
        AssertionError: the page answers with another status.
    """
    page.wait_for_load_state("load")  # or what the page before still asks for would count as this one's
    with Wire.tap(page) as wire, _listening(page) as complaints:
        answer = page.goto(address, wait_until="load")
        assert answer is not None
        assert answer.status == status, f"{address} answers {answer.status}, not {status}"
        most_requests = MOST_REQUESTS_AT_THE_DESK if _is_desk(page) else MOST_REQUESTS
        faults = _weigh(wire, page.url, most_requests)
        faults += _check_policy(answer.headers.get("content-security-policy", ""))
        faults += find_faults_of(page)
    return faults + [each for each in complaints if not (status >= 400 and "status of" in each)]


def find_faults_of(page: Page) -> list[str]:
    """Everything that is wrong with how an open page looks and answers; the page is spoilt by it."""
    faults = _check_frame(page)
    page.evaluate(f"window.bars = {_IN_PAGE}")
    page.evaluate(_AXE)
    faults += page.evaluate("bars.all()")
    screen = page.viewport_size
    if screen is None or _is_desk(page):
        return faults
    page.set_viewport_size(NARROWEST)
    faults += [f"at 320 px: {each}" for each in page.evaluate("bars.cut_off()")]
    page.evaluate("bars.double_texts()")
    faults += [f"at 320 px with letters doubled: {each}" for each in page.evaluate("bars.cut_off()")]
    page.set_viewport_size(screen)
    return faults


@contextmanager
def _listening(page: Page) -> Iterator[list[str]]:
    """What the page complains of to its console meanwhile."""
    complaints: list[str] = []

    def note_words(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    def note_error(error: Error) -> None:
        complaints.append(str(error))

    page.on("console", note_words)
    page.on("pageerror", note_error)
    try:
        yield complaints
    finally:
        page.remove_listener("console", note_words)
        page.remove_listener("pageerror", note_error)


def _is_desk(page: Page) -> bool:
    return page.locator("body.desk").count() == 1


def _is_photo(address: str) -> bool:
    return "/photos/" in address or "/papers/" in address


def _weigh(wire: Wire, address: str, most_requests: int) -> list[str]:
    own = urlsplit(address).netloc
    faults = [f"asks {each}" for each in wire.requests if urlsplit(each).netloc != own]
    requests = [each for each in wire.requests if not _is_photo(each)]
    if len(requests) > most_requests:
        faults.append(f"{len(requests)} requests: {requests}")
    if wire.weigh() > MOST_BYTES:
        faults.append(f"{wire.weigh()} bytes on the wire")
    return faults


def _check_policy(policy: str) -> list[str]:
    needed = ("default-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'")
    missing = [f"the policy lacks {each}" for each in needed if each not in policy]
    return missing + (["the policy allows what is unsafe"] if "unsafe" in policy else [])


def _check_frame(page: Page) -> list[str]:
    faults = []
    if page.locator("html").get_attribute("lang") not in LANGUAGES:
        faults.append("no language")
    if not page.title().strip(" -"):
        faults.append("no title")
    if page.locator("h1").count() != 1:
        faults.append("not one main heading")
    zoom = page.locator("meta[name=viewport]").get_attribute("content") or ""
    if "user-scalable" in zoom or "maximum-scale" in zoom:
        faults.append("zoom is forbidden")
    return faults
