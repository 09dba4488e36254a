"""kill -9 of workers and of the master while claims are filed, decided and paid over HTTP."""

import random
import time
from dataclasses import dataclass

import pytest

from tests.chaos.conftest import Settle
from tests.chaos.county import County
from tests.chaos.crowd import Crowd, at_work, gather
from tests.chaos.errands import Book
from tests.chaos.hosts import Host
from tests.chaos.scale import Figures, Scale
from tests.chaos.truth import Verdict, judge

pytestmark = pytest.mark.chaos

LONGEST_AWAY_SECONDS = 3.0


@dataclass(frozen=True)
class Aftermath:
    """What a round of kills came to."""

    verdict: Verdict
    away: list[float]
    stuck: list[str]

    def figures(self) -> Figures:
        """Numbers of it, to be added to those of other rounds."""
        return {
            "kills": len(self.away),
            "acknowledged": self.verdict.acknowledged,
            "lost": len(self.verdict.lost),
            "doubled": len(self.verdict.doubled),
            "half": len(self.verdict.half),
            "longest seconds away": round(max(self.away, default=0), 2),
        }


def test_nothing_acknowledged_is_lost_doubled_or_half_done(settle: Settle, scale: Scale, engine_name: str):
    def kill_some(number: int) -> Figures:
        with settle(scale.pick(8, 190)) as county:
            after = run(county, kills=scale.pick(3, 7), chance=random.Random(number))
        assert after.stuck == []
        assert after.verdict.is_sound, after.verdict
        return after.figures()

    total = scale.run(f"kill-{engine_name}", scale.pick(1, 25), kill_some)

    assert total["kills"] >= scale.pick(3, 150)
    assert total["acknowledged"] >= scale.pick(60, 50_000)
    assert not scale.is_long or total["longest seconds away"] <= LONGEST_AWAY_SECONDS


def test_a_portal_that_answers_before_it_commits_is_found_out(settle_on_file: Settle):
    book = Book()
    with settle_on_file(8) as county:
        with Host(county, broken="late-commit") as host:
            crowd = gather(county, [host.port], book)
            with at_work(crowd):
                for _ in range(3):
                    kill_after_an_answer(host, crowd)
        with county.open_house() as house:
            verdict = judge(house, book.entries)

    assert verdict.lost


def run(county: County, *, kills: int, chance: random.Random) -> Aftermath:
    """A county's claims from the first question to the money, with kills in between."""
    book = Book()
    with Host(county) as host:
        crowd = gather(county, [host.port], book)
        with at_work(crowd):
            away = kill_again_and_again(host, crowd, kills, chance)
    with county.open_house() as house:
        return Aftermath(judge(house, book.entries), away, crowd.stuck)


def kill_again_and_again(host: Host, crowd: Crowd, kills: int, chance: random.Random) -> list[float]:
    """Kill at moments that nobody could foresee; returns for how many seconds nobody answered each time."""
    deeds = (host.kill, host.kill_master, lambda: host.kill_worker(chance.randrange(8)))
    away = []
    while len(away) < kills and crowd.is_busy():
        time.sleep(chance.uniform(0.2, 1.5))
        began = time.monotonic()
        chance.choice(deeds)()
        if host.has_ended():
            host.start()
        host.wait_until_up()
        away.append(time.monotonic() - began)
    return away


def kill_after_an_answer(host: Host, crowd: Crowd) -> None:
    """Kill all as soon as somebody was told yes, while most is at stake, and start anew."""
    known = len(crowd.book.entries)
    while len(crowd.book.entries) == known and crowd.is_busy():
        time.sleep(0.002)
    host.kill()
    host.start()
    host.wait_until_up()
