"""Somebody sets the clock of the machine, back or on; what has a lifetime keeps it."""

import re
import struct
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from portal.domain.identity import CHECKS_BY_NUMBER, TEXTED_LIFETIME
from portal.domain.sessions import CITIZEN_LIFETIME
from portal.services.work import House
from portal.storage.models.citizens import PersonRecord
from tests.chaos.clients import Answer, Portal, go_on
from tests.chaos.conftest import Settle
from tests.chaos.county import County, Pass
from tests.chaos.hosts import Host
from tests.chaos.preload import build_library
from tests.chaos.scale import Figures, Scale

pytestmark = pytest.mark.chaos

MINUTE = 60
HOUR = 60 * MINUTE
JUMPS = (-24 * HOUR, -20 * MINUTE, 2 * HOUR, 24 * HOUR)


@dataclass
class Clock:
    """The clocks of a machine: how much time passes there, and how its wall clock is set."""

    path: Path
    passed: int = 0
    set_by: int = 0

    def __post_init__(self) -> None:
        """Show the true time."""
        self._show()

    def let_pass(self, span: timedelta) -> None:
        """Time passes, for every clock."""
        self.passed += int(span.total_seconds())
        self._show()

    def set_wall(self, seconds: int) -> None:
        """Somebody sets the wall clock so far from the truth."""
        self.set_by = seconds
        self._show()

    def _show(self) -> None:
        with self.path.open("r+b" if self.path.exists() else "wb") as file:
            file.write(struct.pack("qq", self.passed, self.set_by))


@dataclass
class Tally:
    """What outlived its time, and what was lifted before its time."""

    jumps: int = 0
    live_codes: int = 0
    stretched_sessions: int = 0
    lifted_lock_outs: int = 0

    def figures(self) -> Figures:
        """Numbers of it."""
        return {
            "jumps": self.jumps,
            "codes live over their time": self.live_codes,
            "sessions stretched": self.stretched_sessions,
            "lock-outs lifted early": self.lifted_lock_outs,
        }


def test_no_jump_of_the_clock_stretches_a_lifetime(settle_on_file: Settle, scale: Scale, tmp_path: Path):
    def jump(number: int) -> Figures:
        with settle_on_file(3 * len(JUMPS)) as county:
            tally = jump_about(county, tmp_path / f"clock-{number}")
        assert tally == Tally(jumps=len(JUMPS))
        return tally.figures()

    total = scale.run("clock", scale.pick(1, 10), jump)

    assert total["jumps"] >= scale.pick(len(JUMPS), 10 * len(JUMPS))


def test_a_portal_that_asks_the_wall_clock_is_found_out(settle_on_file: Settle, tmp_path: Path):
    with settle_on_file(3 * len(JUMPS)) as county:
        tally = jump_about(county, tmp_path / "clock", broken="wall-clock")

    assert tally.live_codes
    assert tally.stretched_sessions
    assert tally.lifted_lock_outs


def jump_about(county: County, file: Path, broken: str | None = None) -> Tally:
    """Set the clock of a served county again and again, and look at what should be over."""
    tally = Tally()
    clock = Clock(file)
    clock.let_pass(timedelta(seconds=HOUR - time.time() % HOUR))  # tries are counted by the hour
    machine = {"LD_PRELOAD": str(build_library("clock")), "CLOCK_FILE": str(file)}
    people = iter(county.people)
    with Host(county, broken=broken, **machine) as host, county.open_house() as house:
        door = Door(Portal([host.port]), house)
        for jump in JUMPS:
            look_after_jump(door, clock, jump, (next(people), next(people), next(people)), tally)
        door.portal.leave()
    return tally


def look_after_jump(
    door: "Door", clock: Clock, jump: int, people: tuple[int, int, int], tally: Tally
) -> None:
    """One jump, and what it must not do to a lock-out, a code and a session."""
    shut_out, coming, inside = people
    for _ in range(CHECKS_BY_NUMBER.most):
        door.ask_for_code(shut_out)
    assert door.ask_for_code(shut_out).status == 429
    challenge, code = door.read_code(coming)
    cookie = door.walk_in(inside)

    clock.set_wall(jump)
    tally.lifted_lock_outs += door.ask_for_code(shut_out).status != 429
    clock.let_pass(TEXTED_LIFETIME + timedelta(minutes=1))
    tally.live_codes += door.give_code(challenge, code).is_yes
    clock.let_pass(CITIZEN_LIFETIME.idle)
    tally.stretched_sessions += door.opens(cookie)
    clock.set_wall(0)
    clock.let_pass(CHECKS_BY_NUMBER.window)
    tally.jumps += 1


@dataclass
class Door:
    """The ID check as people go through it."""

    portal: Portal
    house: House

    def ask_for_code(self, person_id: int) -> Answer:
        """Say who one is."""
        with self.house.database.reading() as session:
            row = session.execute(
                select(PersonRecord.uid, PersonRecord.name, PersonRecord.number_sealed).where(
                    PersonRecord.id == person_id
                )
            ).one()
        number = self.house.keys.open_sealed(row.number_sealed, f"person.number {row.uid}")
        return self._send("/identity/", name=row.name, number=number)

    def read_code(self, person_id: int) -> tuple[str, str]:
        """Say who one is, and read the newest text message."""
        page = BeautifulSoup(self.ask_for_code(person_id).text, "html.parser")
        challenge = page.select_one("input[name=challenge]")
        assert challenge is not None, page.get_text()
        outbox = BeautifulSoup(go_on(lambda: self.portal.get("/demo/outbox")).text, "html.parser")
        code = re.search(r"验证数字是\D*(\d{6})", re.sub(r"\s", "", outbox.get_text()))
        assert code is not None, outbox.get_text()
        return str(challenge["value"]), code[1]

    def give_code(self, challenge: str, code: str) -> Answer:
        """Say the number from the text message."""
        return self._send("/identity/code", challenge=challenge, code=code)

    def walk_in(self, person_id: int) -> str:
        """Go through; returns the cookie."""
        answer = self.give_code(*self.read_code(person_id))
        assert answer.cookie is not None
        assert self.opens(answer.cookie)
        return answer.cookie

    def opens(self, cookie: str) -> bool:
        """Whether a cookie still opens a page."""
        return go_on(lambda: self.portal.get("/claims/", Pass(cookie, ""))).status == 200

    def _send(self, path: str, **fields: str) -> Answer:
        body = urlencode(fields).encode()
        return go_on(lambda: self.portal.ask("POST", path, None, body, "application/x-www-form-urlencoded"))
