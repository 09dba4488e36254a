"""Somebody holds the database for ten seconds while two hundred requests come in."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from portal.services.work import House
from tests.chaos.clients import Answer, Portal
from tests.chaos.conftest import Settle
from tests.chaos.county import County, villager
from tests.chaos.hosts import Host
from tests.chaos.scale import Figures, Scale

pytestmark = pytest.mark.chaos

HELD_SECONDS, REQUESTS = 10.0, 200
"""Longer than the portal itself waits for a lock."""


def test_a_locked_database_makes_people_wait_or_come_again(settle: Settle, scale: Scale, engine_name: str):
    def lock(_: int) -> Figures:
        with settle(scale.pick(12, REQUESTS // 2)) as county:
            answers, kept = ask_while_locked(county, scale.pick(6.5, HELD_SECONDS))
        statuses = Counter(answer.status for answer in answers)
        assert set(statuses) <= {200, 302, 503}
        assert all(answer.retry_after for answer in answers if answer.status == 503)
        assert kept == statuses[302]
        return {
            "requests": len(answers),
            "answered 503": statuses[503],
            "errors 500": sum(times for status, times in statuses.items() if status == 500),
            "lost": statuses[302] - kept,
        }

    total = scale.run(f"locked-{engine_name}", 1, lock)

    assert total["requests"] >= scale.pick(24, REQUESTS)
    assert total["answered 503"] > 0


def test_a_portal_that_passes_the_drivers_words_on_is_found_out(settle_on_file: Settle):
    with settle_on_file(12) as county:
        answers, _ = ask_while_locked(county, 6.5, broken="drivers-words")

    assert any(answer.status == 500 for answer in answers)


def ask_while_locked(county: County, seconds: float, broken: str | None = None) -> tuple[list[Answer], int]:
    """Each villager begins a claim and opens a page; returns the answers, and how many claims were begun."""
    with Host(county, broken=broken) as host, county.open_house() as house:
        passes = county.sign_in(house, *map(villager, county.people))
        portal = Portal([host.port])
        requests = [
            request
            for me in passes.values()
            for request in (
                lambda me=me: portal.post("/claims/new/reimbursement", me),
                lambda me=me: portal.get("/claims/", me),
            )
        ]

        def ask(number: int) -> Answer:
            try:
                return requests[number]()
            finally:
                portal.leave()

        with ThreadPoolExecutor(len(requests)) as crowd, locked(house, seconds):
            asked = [crowd.submit(ask, number) for number in range(len(requests))]
        answers = [each.result() for each in asked]
        with house.database.reading() as session:
            kept = session.execute(text("SELECT count(*) FROM claim_draft")).scalar_one()
    return answers, kept


@contextmanager
def locked(house: House, seconds: float) -> Iterator[None]:
    """Hold the write lock of a file, or every table that a claim needs, from now on for so long."""
    is_held = threading.Event()

    def hold() -> None:
        with house.database.writing() as session:
            is_file = house.database.is_embedded  # the first statement of all takes its lock
            tables = "LOCK TABLE claim_draft, audit_head IN ACCESS EXCLUSIVE MODE"
            session.execute(text("SELECT 1" if is_file else tables))
            is_held.set()
            time.sleep(seconds)

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait()
    yield
    holder.join()
