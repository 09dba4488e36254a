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
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.browser.errands import Officer, Villager
from tests.once import find_shared_folder, make_once

START_SECONDS = 300
STEP_MILLISECONDS = 30_000

# The narrowest screen that is promised.
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}

REGION = "jinning"

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
    shutil.copytree(pattern, folder / "var")
    env = _demo_environment(folder / "var") | {"PORT": str(port)}
    portal = [sys.executable, "-m", "portal.cli"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*portal, "serve", "--demo"], env=env, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, server, folder / "log")
        people = subprocess.check_output([*portal, "demo", "people", "--json"], env=env)
        yield Served(address, json.loads(people))
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def runs_scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the phone of this test runs scripts."""
    return bool(request.param)


@pytest.fixture
def phone(chromium: Browser, served: Served, runs_scripts: bool) -> Iterator[Page]:
    """A page on a narrow phone; a test that asks for it runs with JavaScript and without."""
    with _context(chromium, served, viewport=PHONE, java_script_enabled=runs_scripts) as context:
        yield context.new_page()


@pytest.fixture
def fresh_phone(chromium: Browser, served: Served) -> Iterator[BrowserContext]:
    """A narrow phone that has never been here; ask it for a page."""
    with _context(chromium, served, viewport=PHONE) as context:
        yield context


@pytest.fixture
def signed_in(fresh_phone: BrowserContext, served: Served) -> Callable[[str], Villager]:
    """A villager by name, past the ID check."""

    def sign_in(name: str) -> Villager:
        villager = Villager(fresh_phone.new_page(), served.find_person(kind="citizen", name=name))
        villager.page.goto("/identity/")
        villager.prove_identity()
        return villager

    return sign_in


@pytest.fixture(scope="session")
def officers(chromium: Browser, served: Served) -> Iterator[Callable[..., BrowserContext]]:
    """The browser of whoever has a role in a region, the first unless said, signed in once."""
    with ExitStack() as open_browsers:

        @cache
        def sign_in(role: str, region: str) -> BrowserContext:
            context = open_browsers.enter_context(_context(chromium, served, viewport=DESK))
            account = served.find_person(kind="staff", region=region, role=role)
            page = context.new_page()
            Officer(page).sign_in(account)
            assert "/desk/sign-in" not in page.url, page.locator("main").inner_text()
            page.close()
            return context

        yield lambda role, region=REGION: sign_in(role, region)


@contextmanager
def _context(chromium: Browser, served: Served, **options: Any) -> Iterator[BrowserContext]:
    elsewhere = []

    def remember(request: Request) -> None:
        if urlsplit(request.url).hostname not in (None, "127.0.0.1"):
            elsewhere.append(request.url)

    with chromium.new_context(base_url=served.address, locale="zh-CN", **options) as context:
        context.set_default_timeout(STEP_MILLISECONDS)
        context.on("request", remember)
        yield context
    assert elsewhere == [], "a page of ours asks somebody else for something"


def _fill_county(folder: Path) -> None:
    subprocess.check_call(
        [sys.executable, "-m", "portal.cli", "demo", "build"], env=_demo_environment(folder)
    )


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
