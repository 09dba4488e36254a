"""A real Chromium in front of a real server: one of each for all browser tests of a process."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, ViewportSize, sync_playwright

from tests.browser import unseen
from tests.browser.errands import Villager
from tests.browser.forms import Reader
from tests.once import find_shared_folder, make_once

START_SECONDS = 300
STEP_MILLISECONDS = 30_000

# The narrowest screen that is promised.
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}
LOCALE = "zh-CN"

REGION = "jinning"

PORTAL = (sys.executable, "-m", "portal.cli")

# What stands in the folder of a filled county.
COUNTY = "var"
PEOPLE = "people.json"

ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # tests may run as root, where the sandbox does not start
)


@dataclass(frozen=True)
class Served:
    """A demo county that is being served, and who lives and works in it."""

    address: str
    people: list[dict[str, Any]]

    def find_person(self, **facts: str) -> dict[str, Any]:
        """The first person of whom all these facts are true."""
        return next(person for person in self.people if facts.items() <= person.items())


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """``portal serve --demo`` on a port of its own, as a person starts it."""
    pattern = make_once(find_shared_folder(tmp_path_factory) / "served-county", _fill_county)
    port = _free_port()
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(pattern / COUNTY, folder / "var")
    env = _demo_environment(folder / "var") | {"PORT": str(port)}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*PORTAL, "serve", "--demo"], env=env, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, server, folder / "log")
        yield Served(address, json.loads((pattern / PEOPLE).read_text(encoding="utf-8")))
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium."""
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def tabs(chromium: Browser, served: Served) -> Iterator[Callable[..., Page]]:
    """One tab of each size, with JavaScript and without: to open one costs more than most tests do in it."""
    with ExitStack() as open_browsers:

        @cache
        def open_tab(*, is_phone: bool, runs_scripts: bool = True) -> Page:
            context = chromium.new_context(
                base_url=served.address,
                locale=LOCALE,
                viewport=PHONE if is_phone else DESK,
                java_script_enabled=runs_scripts,
            )
            context.set_default_timeout(STEP_MILLISECONDS)
            return open_browsers.enter_context(context).new_page()

        yield open_tab


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def runs_scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the phone of this test runs scripts."""
    return bool(request.param)


@pytest.fixture
def phone(tabs: Callable[..., Page], runs_scripts: bool) -> Iterator[Page]:
    """A narrow phone that was never here; a test that asks for it runs with JavaScript and without."""
    with _lent(tabs(is_phone=True, runs_scripts=runs_scripts), PHONE) as page:
        yield page


@pytest.fixture
def fresh_phone(tabs: Callable[..., Page]) -> Iterator[Page]:
    """A narrow phone that was never here and runs scripts."""
    with _lent(tabs(is_phone=True), PHONE) as page:
        yield page


@pytest.fixture
def signed_in(fresh_phone: Page, served: Served) -> Callable[[str], Villager]:
    """A villager by name, past the ID check."""

    def sign_in(name: str) -> Villager:
        person = served.find_person(kind="citizen", name=name)
        unseen.prove_identity(Reader(fresh_phone.request, served.address), person)
        return Villager(fresh_phone, person)

    return sign_in


@pytest.fixture(scope="session")
def clerks(playwright: Playwright, served: Served) -> Iterator[Callable[..., Reader]]:
    """Whoever has a role in a region, the first unless said, signed in once and working without a browser."""
    with ExitStack() as signed_in:

        @cache
        def sign_in(role: str, region: str) -> Reader:
            requests = playwright.request.new_context(extra_http_headers={"Accept-Language": LOCALE})
            signed_in.callback(requests.dispose)
            officer = Reader(requests, served.address)
            unseen.sign_in(officer, served.find_person(kind="staff", region=region, role=role))
            return officer

        yield lambda role, region=REGION: sign_in(role, region)


@pytest.fixture
def officers(tabs: Callable[..., Page], clerks: Callable[..., Reader]) -> Iterator[Callable[..., Page]]:
    """The browser at the desk, in the hands of whoever has a role in a region, the first unless said."""
    with _lent(tabs(is_phone=False), DESK) as page:

        def hand_over(role: str, region: str = REGION) -> Page:
            page.context.clear_cookies()
            cookies = clerks(role, region).requests.storage_state()["cookies"]
            page.context.add_cookies(cookies)  # type: ignore[arg-type]
            return page

        yield hand_over


@contextmanager
def _lent(page: Page, screen: ViewportSize) -> Iterator[Page]:
    """A tab for one test, as if its browser were new, that asks nobody else for anything."""
    elsewhere = []

    def remember(request: Request) -> None:
        if urlsplit(request.url).hostname not in (None, "127.0.0.1"):
            elsewhere.append(request.url)

    forget(page)
    page.set_viewport_size(screen)
    page.on("request", remember)
    try:
        yield page
    finally:
        page.remove_listener("request", remember)
        page.unroute_all()
    assert elsewhere == [], "a page of ours asks somebody else for something"


def forget(page: Page) -> None:
    """Let the browser of a tab know nothing of what it did before."""
    page.context.clear_cookies()
    session = page.context.new_cdp_session(page)
    session.send("Network.clearBrowserCache")
    session.detach()


def _fill_county(folder: Path) -> None:
    env = _demo_environment(folder / COUNTY)
    subprocess.check_call([*PORTAL, "demo", "build"], env=env)
    people = subprocess.check_output([*PORTAL, "demo", "people", "--json"], env=env)
    (folder / PEOPLE).write_bytes(people)


def _demo_environment(data: Path) -> dict[str, str]:
    return os.environ | {"PORTAL_DATA": str(data), "PORTAL_DEMO": "1"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(address, timeout=START_SECONDS):
                return
        except HTTPError:
            raise RuntimeError(log.read_text(encoding="utf-8")) from None
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text(encoding="utf-8")) from None
        time.sleep(0.1)
