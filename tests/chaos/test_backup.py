"""A backup while people are at work, brought back elsewhere: every row and receipt as it was."""

import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from sqlalchemy import select

from portal.services.work import House
from portal.storage.backups import list_shapes
from portal.storage.models import Base
from portal.storage.schema import APPEND_ONLY
from tests.chaos.conftest import Settle
from tests.chaos.county import County
from tests.chaos.crowd import at_work, gather
from tests.chaos.errands import Book
from tests.chaos.hosts import Host, run_portal
from tests.chaos.scale import Figures, Scale
from tests.chaos.truth import Verdict, judge

pytestmark = pytest.mark.chaos

UNDER_WAY = 15
"""Steps acknowledged before the backup begins."""

CROWD = 40
"""Enough to be at work still when a quick machine begins the backup."""

CANARY_TRIES = 5
"""Between two tables nothing may happen to be done; five times over, it is."""

FULL_SIZE = 31_800
LONGEST_RESTORE_SECONDS = 60.0

Rows = dict[str, Counter[str]]


class NotDone(Exception):
    """A command refused or failed."""


def test_a_backup_under_load_brings_everything_back(
    settle: Settle, scale: Scale, engine_name: str, tmp_path: Path
):
    def back_up(number: int) -> Figures:
        with settle(scale.pick(6, 60)) as county:
            verdict, gone = back_up_under_load(county, tmp_path / str(number))
        assert verdict.is_sound, verdict
        assert gone == 0
        return {"backups": 1, "acknowledged before": verdict.acknowledged, "rows that differ": gone}

    total = scale.run(f"backup-{engine_name}", scale.pick(1, 10), back_up)

    assert total["acknowledged before"] >= scale.pick(UNDER_WAY, 10 * UNDER_WAY)


def test_a_backup_of_many_moments_is_found_out(settle_on_file: Settle, tmp_path: Path):
    assert any(is_found_out(settle_on_file, tmp_path / str(number)) for number in range(CANARY_TRIES))


def is_found_out(settle: Settle, folder: Path) -> bool:
    """Whether a backup whose tables are of different moments is told from a sound one."""
    with settle(CROWD) as county:
        try:
            verdict, gone = back_up_under_load(county, folder, broken="many-moments")
        except NotDone:
            return True  # the rows refer to others that did not come back
    return not verdict.is_sound or gone > 0


def test_the_whole_demo_county_comes_back_in_a_minute(scale: Scale, tmp_path: Path):
    here = County.at(tmp_path / "here")
    here.furnish()
    people = str(scale.pick(100, FULL_SIZE))
    expect_done(run_portal(here, "demo", "build", "--people", people))
    expect_done(run_portal(here, "backup", str(tmp_path / "backup")))

    there = here.moved_to(tmp_path / "there")
    began = time.monotonic()
    bring_back(there, tmp_path / "backup")
    seconds = time.monotonic() - began

    with here.open_house() as house, there.open_house() as other:
        assert read_rows(other) == read_rows(house)
        assert read_receipts(other) == read_receipts(house)
    figures = {"people": int(people), "longest seconds to restore": round(seconds, 1)}
    total = scale.run("restore", 1, lambda _: figures)
    assert not scale.is_long or total["longest seconds to restore"] <= LONGEST_RESTORE_SECONDS


def back_up_under_load(county: County, around: Path, broken: str | None = None) -> tuple[Verdict, int]:
    """Back up while everybody is at work, and bring it back elsewhere.

    Returns the verdict on what came back, held against what was acknowledged before the backup began, and
    how many rows of what is never changed came back otherwise than they stand in the county.
    """
    book = Book()
    with Host(county) as host:
        crowd = gather(county, [host.port], book)
        with at_work(crowd):
            while len(book.entries) < UNDER_WAY:
                time.sleep(0.05)
            before = list(book.entries)
            expect_done(run_portal(county, "backup", str(around / "backup"), broken=broken))
    assert crowd.stuck == []
    there = county.moved_to(around / "there")
    bring_back(there, around / "backup")
    with county.open_house() as house, there.open_house() as other:
        rows, back = read_rows(house), read_rows(other)
        verdict = judge(other, before)
    return verdict, sum((back[table] - rows[table]).total() for table in APPEND_ONLY)


def bring_back(there: County, backup: Path) -> None:
    """Restore a backup into a folder that was not there, with the keys that are kept elsewhere."""
    there.furnish()
    expect_done(run_portal(there, "restore", str(backup)))


def expect_done(answer: CompletedProcess[str]) -> None:
    """A command did what it was asked to; raises ``NotDone`` with its words."""
    if answer.returncode:
        raise NotDone(answer.stderr)


def read_rows(house: House) -> Rows:
    """Every row of every table that a backup keeps."""
    with house.database.reading() as session:
        return {
            shape.name: Counter(map(repr, session.execute(select(Base.metadata.tables[shape.name]))))
            for shape in list_shapes()
        }


def read_receipts(house: House) -> dict[str, str]:
    """How each receipt hashes."""
    return {name: sha256(house.blobs.get(name)).hexdigest() for name in house.blobs.list_names()}
