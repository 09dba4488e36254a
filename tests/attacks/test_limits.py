"""Limits on guessing are exact for four workers, through kills, and closed when nobody can count."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import count
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select, text

from portal.domain.identity import CHECKS_BY_ADDRESS, CHECKS_BY_NUMBER, CODES_BY_ADDRESS, MOST_TRIES
from portal.storage.models.sessions import CodeRecord
from tests.attacks.county import County as AttackedCounty
from tests.attacks.county import number_of
from tests.attacks.wire import URLENCODED, Request, encode_form, send
from tests.builders import make_person
from tests.chaos.conftest import Settle
from tests.chaos.county import County
from tests.chaos.hosts import Host
from tests.chaos.scale import Figures, Scale

pytestmark = pytest.mark.chaos

WORKERS = 4
HEADERS = {"Sec-Fetch-Site": "same-origin", "Content-Type": URLENCODED}
LET_ON = (200, 422)
"""A check that goes on shows the page for the code; a code that is tried and wrong shows it again."""

Try = Callable[[], tuple[int, str]]


@dataclass
class Guesser:
    """Sends many requests at once, with a kill in the middle."""

    host: Host
    crowd: int

    def post(self, path: str, address: str, **fields: str) -> tuple[int, str]:
        """One request from some address."""
        connection = HTTPConnection("127.0.0.1", self.host.port, timeout=60)
        try:
            body = urlencode(fields)
            connection.request("POST", path, body, {**HEADERS, "X-Forwarded-For": address})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def count_let_on(self, batches: Mapping[str, Sequence[Try]]) -> dict[str, int]:
        """Half of each batch at once, then a kill, then the other halves; returns how many went through."""
        let_on = dict.fromkeys(batches, 0)
        for half in (0, 1):
            with ThreadPoolExecutor(self.crowd) as pool:
                for name, batch in batches.items():
                    statuses = [status for status, _ in pool.map(lambda each: each(), batch[half::2])]
                    let_on[name] += sum(status in LET_ON for status in statuses)
            if half == 0:
                self.host.kill()
                self.host.start()
        return let_on


def guess(county: County, tries: int, broken: str | None = None) -> dict[str, int]:
    """How many tries each limit let through."""
    citizen_id, strangers = number_of(0), map(number_of, count(1))
    with county.open_house() as house:
        make_person(house, name="周全", citizen_id=citizen_id)
    with Host(county, broken=broken, PORTAL_WORKERS=str(WORKERS), PORTAL_PROXIES="1") as host:
        guesser = Guesser(host, 16)

        def check(number: str, address: str) -> Try:
            return lambda: guesser.post("/identity/", address, name="周全", number=number)

        def challenge(number: str) -> str:
            page = guesser.post("/identity/", "192.0.2.1", name="周全", number=number)[1]
            return page.split('name="challenge"')[1].split('value="')[1].split('"')[0]

        def code(held: str, address: str) -> Try:
            return lambda: guesser.post("/identity/code", address, challenge=held, code="no code at all")

        held = [challenge(next(strangers).digits) for _ in range(tries // MOST_TRIES + 1)]
        batches = {
            "one challenge": [code(held[0], f"10.0.0.{n % 250}") for n in range(tries // 2)],
            "one number": [check(citizen_id.digits, f"10.1.0.{n % 250}") for n in range(tries // 2)],
            "one address": [check(next(strangers).digits, "10.2.0.1") for _ in range(tries)],
            "codes of one address": [code(held[1 + n // MOST_TRIES], "10.3.0.1") for n in range(tries)],
        }
        return guesser.count_let_on(batches)


EXACTLY = {
    "one challenge": MOST_TRIES,
    "one number": CHECKS_BY_NUMBER.most,
    "one address": CHECKS_BY_ADDRESS.most,
    "codes of one address": CODES_BY_ADDRESS.most,
}


def within_one_window(attack: Callable[[], dict[str, int]]) -> dict[str, int]:
    """Windows are hours of the clock: an attack that saw the hour change is made again."""
    while True:
        began = CHECKS_BY_ADDRESS.window_of(datetime.now(UTC))
        counted = attack()
        if CHECKS_BY_ADDRESS.window_of(datetime.now(UTC)) == began:
            return counted


def test_each_limit_lets_through_exactly_what_it_says(settle: Settle, scale: Scale, engine_name: str):
    def attack() -> dict[str, int]:
        with settle(0) as county:
            return guess(county, 140)

    def guess_once(_: int) -> Figures:
        counted = within_one_window(attack)
        assert counted == EXACTLY
        return {"attacks": 1, **counted}

    rounds = scale.pick(1, 20)
    total = scale.run(f"limits-{engine_name}", rounds, guess_once)

    assert total["attacks"] == rounds


def test_counters_that_a_restart_empties_are_found_out(settle_on_file: Settle):
    def attack() -> dict[str, int]:
        with settle_on_file(0) as county:
            return guess(county, 140, broken="forgetful-counters")

    assert within_one_window(attack)["one address"] > CHECKS_BY_ADDRESS.most


def test_without_its_counters_the_id_check_refuses(county: AttackedCounty):
    with county.house.database.writing() as session:
        before = session.scalar(select(func.count()).select_from(CodeRecord))
        session.execute(text("DROP TABLE attempt"))
    number = number_of(0).digits
    body = encode_form(
        [("name", "周全"), ("number", number), ("login", "x"), ("password", "y"), ("code", "123456")]
    )

    answers = [
        send(county.app, Request("POST", path, body=body + b"&challenge=x", content_type=URLENCODED))
        for path in ("/identity/", "/identity/code", "/identity/again", "/desk/sign-in")
    ]

    assert [answer.status for answer in answers] == [500] * len(answers)
    with county.house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CodeRecord)) == before
