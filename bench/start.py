"""How soon a server answers after its start, and what each of its workers holds in memory once warm.

What workers share with each other counts to each by its part, as the system counts it (PSS).
"""

import argparse
import re
import statistics
import tempfile
from pathlib import Path

from measuring.clients import Load, press
from measuring.house import open_portal, sign_in
from measuring.people import fill, list_rich
from measuring.servers import Running, serve_portal
from pages import list_pages
from results import Measured, expect_misses, keep

PEOPLE, READERS = 31_800, 500
WORKERS = 4


def measure_memory(running: Running) -> float:
    """Megabytes of the worker that holds most, by its proportional share."""
    shares = []
    for worker in running.workers:
        told = Path(f"/proc/{worker}/smaps_rollup").read_text("ascii")
        found = re.search(r"^Pss:\s+([0-9]+) kB", told, re.MULTILINE)
        assert found is not None
        shares.append(int(found[1]) / 1024)
    return max(shares)


def warm_up(running: Running, cookies: list[str]) -> None:
    """Open everything that a worker keeps, more than once, so that each worker has it."""
    for page in list_pages(cookies):
        press(Load(running.port, page.requests, 32, 3.0, page.expected))


def main() -> None:
    """Measure, and print both."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=5)
    options.add_argument("--canary", action="store_true", help="load the portal in each worker anew")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as scratch:
        folder = Path(scratch)
        house = open_portal(folder)
        for _ in fill(house, PEOPLE):
            pass
        cookies = sign_in(house, list_rich(PEOPLE)[:READERS])
        house.database.close()
        broken = "load-apart" if chosen.canary else ""
        seconds = []
        for _ in range(chosen.turns):
            with serve_portal(folder, broken) as running:
                seconds.append(running.seconds_to_answer)
        with serve_portal(folder, broken, PORTAL_WORKERS=str(WORKERS)) as running:
            warm_up(running, cookies)
            held = measure_memory(running)
    figures = {
        "from start to first answer": Measured(statistics.median(seconds), "s", at_most=1.5),
        f"memory of each of {WORKERS} workers, warm": Measured(held, "MB", at_most=120),
    }
    (expect_misses if chosen.canary else lambda each: keep("start", each))(figures)


if __name__ == "__main__":
    main()
