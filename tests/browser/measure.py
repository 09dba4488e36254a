"""Measures pages as a villager's phone meets them, and prints them as a table.

    .venv/bin/python -m tests.browser.measure http://127.0.0.1:8000 / /policy/ /at/jinning/guides/

Each page is opened by a phone that was never there, then again by one that keeps the sheet, then on a slow
net (400 kbit/s, 2 s before each answer) with a processor of a quarter of the speed.
"""

import shutil
import sys

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.bars import Wire
from tests.browser.conftest import ARGUMENTS, PHONE

SLOW_3G = {"offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
SLOWER_BY = 4

_FIRST_PAINT = """() => new Promise((done) => {
    const seen = () => performance.getEntriesByName("first-contentful-paint")[0];
    const look = () => seen() ? done(seen().startTime) : setTimeout(look, 50);
    look();
})"""


def measure(browser: Browser, address: str) -> str:
    """One line of the table."""
    with browser.new_context(viewport=PHONE, locale="zh-CN") as phone:
        first = _weigh(phone, address)
        again = _weigh(phone, address)
    with browser.new_context(viewport=PHONE, locale="zh-CN") as phone:
        seconds = _paint_slowly(phone.new_page(), address) / 1000
    return f"| {first} | {again} | {seconds:.1f} |"


def _weigh(phone: BrowserContext, address: str) -> str:
    page = phone.new_page()
    with Wire.tap(page) as wire:
        page.goto(address, wait_until="networkidle")
    page.close()
    return f"{len(wire.requests)} | {wire.weigh() / 1024:.1f}"


def _paint_slowly(page: Page, address: str) -> float:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_3G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_BY})
    page.goto(address, timeout=120_000)
    return float(page.evaluate(_FIRST_PAINT))


if __name__ == "__main__":
    base, *paths = sys.argv[1:]
    print("| page | requests | KB | again: requests | KB | first paint, slow 3G, s |")
    print("|---|---|---|---|---|---|")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for path in paths:
            print(f"| `{path}` {measure(chromium, base.rstrip('/') + path)}", flush=True)
        chromium.close()
