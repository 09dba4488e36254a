"""How many pages are answered in a second, beside a bare view on the same server and settings.

Both servers stand at once and are loaded in turns of seconds, so that what else the machine does falls on
both; a figure is the median of the turns. Nothing is gzipped, and no browser has kept the sheet yet.
"""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from measuring.clients import Load, get, post, press
from measuring.house import open_portal, sign_in
from measuring.people import fill, list_rich
from measuring.servers import CONSTANT, Running, serve_bare, serve_portal
from results import Measured, expect_misses, keep

PEOPLE, READERS = 31_800, 100
CLIENTS = 8
QUESTIONS = (
    "每年补多少钱",
    "怎么申请1000元补助",
    "自己交养老保险的补助要带什么材料",
    "我参加的是职工养老怎么领",
    "钱打到哪张卡",
)


@dataclass(frozen=True)
class Page:
    """What is asked, what every answer holds, and the share of the bare view's pace that it must reach."""

    name: str
    requests: Sequence[str]
    expected: str
    at_least: float


def list_pages(cookies: Sequence[str]) -> list[Page]:
    """The pages that are measured; ``cookies`` are of people with fifteen years and forty entries."""
    asked = [urlencode({"question": question, "region": "jinning", "context": ""}) for question in QUESTIONS]
    return [
        Page("record page", [get("/record/", cookie) for cookie in cookies], 'class="led"', 0.35),
        Page("answer of the assistant", [post("/ask/", fields) for fields in asked], 'class="clause"', 0.35),
        Page("first page", [get("/")], 'id="question"', 0.70),
        Page("guides", [get("/at/jinning/guides/")], "/guides/reimbursement", 0.70),
        Page("policy text", [get("/policy/jinning-2020")], 'id="c5.4.2"', 0.70),
    ]


def compare(page: Page, portal: Running, bare: Running, turns: int, seconds: float) -> float:
    """The page's requests per second as a share of the bare view's."""
    shares = []
    for _ in range(turns):
        constant = press(Load(bare.port, [get("/")], CLIENTS, seconds, CONSTANT))
        answered = press(Load(portal.port, page.requests, CLIENTS, seconds, page.expected))
        shares.append(answered.per_second / constant.per_second)
        print(
            f"  {page.name}: {answered.per_second:.0f} ÷ {constant.per_second:.0f} = {shares[-1]:.3f}"
            f" (clients busy {answered.busy:.0%} and {constant.busy:.0%})"
        )
    return statistics.median(shares)


def warm_up(portal: Running, pages: Sequence[Page]) -> None:
    """Open every page once, as if it were not the first minute of a server."""
    for page in pages:
        press(Load(portal.port, page.requests, len(page.requests), 0.0, page.expected))


def main() -> None:
    """Measure, and print shares."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=7)
    options.add_argument("--seconds", type=float, default=3.0, help="how long a turn is")
    options.add_argument(
        "--only", default="", help="measure pages whose name has this in it, and keep nothing"
    )
    options.add_argument("--canary", action="store_true", help="keep no page; every bar must be missed")
    options.add_argument("--folder", type=Path, help="keep the made-up county here and use it again")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as scratch:
        folder = chosen.folder or Path(scratch)
        house = open_portal(folder)
        for _ in fill(house, PEOPLE):
            pass
        cookies = sign_in(house, list_rich(PEOPLE)[:READERS])
        house.database.close()
        pages = [page for page in list_pages(cookies) if chosen.only in page.name]
        broken = "keep-nothing" if chosen.canary else ""
        with serve_bare(folder) as bare, serve_portal(folder, broken) as portal:
            warm_up(portal, pages)
            shares = [compare(page, portal, bare, chosen.turns, chosen.seconds) for page in pages]
    figures = {
        f"{page.name}, pace ÷ bare view": Measured(share, at_least=page.at_least)
        for page, share in zip(pages, shares, strict=True)
    }
    if chosen.canary:
        expect_misses(figures)
    elif not chosen.only:
        keep("pages", figures)


if __name__ == "__main__":
    main()
