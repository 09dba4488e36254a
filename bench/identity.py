"""How long the first step of the ID check takes with many people at it at once, on either engine.

Half of them are on record and half are nobody's, each from an address of their own; the check takes the same
steps for both, so there is one figure.
"""

import argparse
import statistics
import tempfile
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

from measuring.clients import Load, post, press
from measuring.house import open_portal
from measuring.people import NAME, fill, list_numbers, put_on_record
from measuring.postgres import run_server
from measuring.servers import serve_portal
from results import Measured, expect_misses, keep

PEOPLE, KNOWN = 31_800, 2_000
CLIENTS = 50
SECONDS_AT_MOST = 0.25
_TRIES_OF_EACH = 4
"""A number that is tried more often in an hour is led to the paper code."""


def list_checks(numbers: list[str]) -> list[str]:
    """One request for each number and each time that it may be tried, from ever new addresses."""
    checks = []
    for turn in range(_TRIES_OF_EACH):
        for place, number in enumerate(numbers):
            address = f"10.{turn}.{place // 250}.{place % 250}"
            fields = urlencode({"name": NAME, "number": number, "then": ""})
            checks.append(post("/identity/", fields, f"X-Forwarded-For: {address}\r\n"))
    return checks


def measure(folder: Path, database_url: str, turns: int, seconds: float, broken: str) -> float:
    """Seconds within which 99 of 100 checks are answered, as the median of the turns."""
    house = open_portal(folder, database_url)
    for _ in fill(house, PEOPLE):
        pass
    numbers = list(islice(list_numbers(), turns * 2 * KNOWN))
    put_on_record(house, numbers[: turns * KNOWN])
    house.database.close()
    known, unknown = numbers[: turns * KNOWN], numbers[turns * KNOWN :]
    took = []
    with serve_portal(folder, broken, DATABASE_URL=database_url, PORTAL_PROXIES="1") as running:
        for turn in range(turns):
            part = slice(turn * KNOWN, (turn + 1) * KNOWN)
            mixed = [each for pair in zip(known[part], unknown[part], strict=True) for each in pair]
            answered = press(Load(running.port, list_checks(mixed), CLIENTS, seconds, 'name="challenge"'))
            took.append(answered.quantile(0.99))
            print(
                f"  {answered.per_second:.0f} checks a second, half within {answered.quantile(0.5):.3f} s, "
                f"99 of 100 within {took[-1]:.3f} s"
            )
    return statistics.median(took)


def main() -> None:
    """Measure on both engines, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=3)
    options.add_argument("--seconds", type=float, default=8.0, help="how long a turn is")
    options.add_argument(
        "--canary", action="store_true", help="sleep in each check; every bar must be missed"
    )
    chosen = options.parse_args()
    broken = "slow-check" if chosen.canary else ""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as scratch:
        folder = Path(scratch)
        on_file = measure(folder / "file", "", chosen.turns, chosen.seconds, broken)
        with run_server(folder / "postgres") as server:
            url = server.url_of("identity")
            on_server = measure(folder / "server", url, chosen.turns, chosen.seconds, broken)
    figures = {
        f"ID check, p99 with {CLIENTS} in flight, {engine}": Measured(figure, "s", at_most=SECONDS_AT_MOST)
        for engine, figure in (("SQLite", on_file), ("PostgreSQL", on_server))
    }
    (expect_misses if chosen.canary else lambda each: keep("identity", each))(figures)


if __name__ == "__main__":
    main()
