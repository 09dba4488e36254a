"""Two hosts serve one county from one PostgreSQL and one bucket of receipts; one of them dies under load."""

import time

import pytest

from tests.chaos.conftest import Settle
from tests.chaos.county import County
from tests.chaos.crowd import at_work, gather
from tests.chaos.errands import Book
from tests.chaos.hosts import Host
from tests.chaos.scale import Figures, Scale
from tests.chaos.truth import Verdict, judge

pytestmark = pytest.mark.chaos

UNDER_WAY = 20
"""Steps acknowledged before one host dies."""


def test_the_other_host_serves_on_and_nothing_is_lost(settle_on_server: Settle, bucket: str, scale: Scale):
    def kill_one(_: int) -> Figures:
        with settle_on_server(scale.pick(8, 100)) as county:
            county.receipts_url = bucket
            verdict, stuck, statuses = run(county)
        assert stuck == []
        assert verdict.is_sound, verdict
        assert set(statuses) <= {200, 302}
        return {
            "acknowledged": verdict.acknowledged,
            "lost": len(verdict.lost),
            "doubled": len(verdict.doubled),
            "half": len(verdict.half),
        }

    total = scale.run("two-hosts", scale.pick(1, 5), kill_one)

    assert total["acknowledged"] >= scale.pick(60, 5000)


def test_hosts_that_keep_receipts_to_themselves_are_found_out(settle_on_server: Settle):
    with settle_on_server(4) as county:
        verdict, _, _ = run(county, keep_apart=True)

    assert verdict.half


def run(county: County, *, keep_apart: bool = False) -> tuple[Verdict, list[str], dict[int, int]]:
    """Everybody goes about their claims; on the way one host is killed, and nobody starts it again."""
    book = Book()
    apart = {}
    if keep_apart:
        other = county.folder / "other"
        other.mkdir()
        (other / "cache").symlink_to((county.folder / "cache").resolve())
        apart = {"PORTAL_DATA": str(other), "PORTAL_KEYS": str(county.folder / "keys.json")}
    with Host(county) as one, Host(county, **apart) as two:
        crowd = gather(county, [one.port, two.port], book)
        with at_work(crowd):
            while len(book.entries) < UNDER_WAY and crowd.is_busy():
                time.sleep(0.05)
            one.kill()
    with county.open_house() as house:
        return judge(house, book.entries), crowd.stuck, crowd.portal.statuses
