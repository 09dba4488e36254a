"""Whether a record page takes longer when there are a hundred times as many people.

The same pages, of people with forty entries, are opened in turn in a small house and in a large one, on
either engine; a figure is the large house's median over the small one's. The large one is filled a part at a
time and goes on where it was stopped: give it a ``--folder`` that stays. ``--people 3180000`` is for a night.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measuring.clients import Load, get, press
from measuring.house import open_portal, sign_in
from measuring.people import fill, list_rich
from measuring.postgres import run_server
from measuring.servers import Running, serve_portal
from results import Measured, expect_misses, keep
from sqlalchemy import text

from portal.services.work import House

SMALL = 31_800
READERS = 1_000  # more than a server keeps pages for, so that each is made anew
AT_MOST = 1.2


@contextmanager
def serve(folder: Path, people: int, url: str, *, canary: bool) -> Iterator[tuple[Running, list[str]]]:
    """A portal with so many people, and the requests of those among them with forty entries."""
    house = open_portal(folder, url)
    for done in fill(house, people):
        print(f"  {done:,} of {people:,} people", end="\r", flush=True)
    with index_of_accounts(house, away=canary):
        cookies = sign_in(house, list_rich(people)[:READERS])
        house.database.close()
        with serve_portal(folder, "keep-nothing", DATABASE_URL=url) as running:
            yield running, [get("/record/", cookie) for cookie in cookies]


@contextmanager
def index_of_accounts(house: House, *, away: bool) -> Iterator[None]:
    """Do without the index by which a person's accounts are found, and put it back."""
    name = "ix_ledger_account_person_id"
    if away:
        with house.database.writing() as session:
            session.execute(text(f"DROP INDEX {name}"))
    yield
    if away:
        with house.database.writing() as session:
            session.execute(text(f"CREATE INDEX {name} ON ledger_account (person_id)"))
        house.database.close()


def compare(small: tuple[Running, list[str]], large: tuple[Running, list[str]], turns: int) -> float:
    """The median of the large house over that of the small one."""
    shares = []
    for _ in range(turns):
        medians = []
        for running, requests in (small, large):
            answered = press(Load(running.port, requests, 1, 4.0, 'class="led"'))
            medians.append(answered.quantile(0.5))
        shares.append(medians[1] / medians[0])
        print(f"  {medians[1] * 1000:.2f} ms ÷ {medians[0] * 1000:.2f} ms = {shares[-1]:.2f}")
    return statistics.median(shares)


def measure(folder: Path, people: int, urls: tuple[str, str], turns: int, *, canary: bool) -> float:
    """Both houses at once, loaded in turns."""
    with (
        serve(folder / "small", SMALL, urls[0], canary=False) as small,
        serve(folder / "large", people, urls[1], canary=canary) as large,
    ):
        return compare(small, large, turns)


def main() -> None:
    """Measure, and print ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=318_000, help="in the large house (3180000 by night)")
    options.add_argument("--turns", type=int, default=5)
    options.add_argument("--folder", type=Path, help="keep both houses here, and use them again")
    options.add_argument("--canary", action="store_true", help="drop an index; the bars must be missed")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as scratch:
        folder = (chosen.folder or Path(scratch)) / str(chosen.people)
        figures = {}
        print("SQLite")
        ratio = measure(folder / "sqlite", chosen.people, ("", ""), chosen.turns, canary=chosen.canary)
        figures[name("SQLite", chosen.people)] = Measured(ratio, at_most=AT_MOST)
        print("PostgreSQL")
        with run_server(folder / "postgresql") as server:
            urls = server.url_of("small"), server.url_of("large")
            ratio = measure(folder / "postgresql", chosen.people, urls, chosen.turns, canary=chosen.canary)
        figures[name("PostgreSQL", chosen.people)] = Measured(ratio, at_most=AT_MOST)
    (expect_misses if chosen.canary else lambda each: keep("growth", each))(figures)


def name(engine: str, people: int) -> str:
    """What a figure is called."""
    return f"record page among {people:,} people ÷ among {SMALL:,}, {engine}"


if __name__ == "__main__":
    main()
