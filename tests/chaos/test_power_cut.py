"""The power goes while claims are filed, decided and paid: what was not synced is dropped or torn."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from tests.chaos.conftest import Settle
from tests.chaos.county import County
from tests.chaos.crowd import at_work, gather
from tests.chaos.disk import Disk, read_records
from tests.chaos.errands import Book
from tests.chaos.hosts import Host
from tests.chaos.preload import build_library
from tests.chaos.scale import Figures, Scale
from tests.chaos.truth import Verdict, judge

pytestmark = pytest.mark.chaos


def test_nothing_acknowledged_is_lost_when_the_power_goes(
    settle_on_file: Settle, scale: Scale, tmp_path: Path
):
    def cut_some(number: int) -> Figures:
        with settle_on_file(scale.pick(6, 140)) as county:
            verdicts = list(cut(county, tmp_path, cuts=scale.pick(25, 50), chance=Random(number)))
        unsound = [verdict for verdict in verdicts if not verdict.is_sound]
        assert unsound == []
        return {
            "cuts": len(verdicts),
            "acknowledged": max(verdict.acknowledged for verdict in verdicts),
            "lost": sum(len(verdict.lost) for verdict in verdicts),
            "doubled": sum(len(verdict.doubled) for verdict in verdicts),
            "half": sum(len(verdict.half) for verdict in verdicts),
        }

    total = scale.run("power-cut", scale.pick(1, 20), cut_some)

    assert total["cuts"] >= scale.pick(25, 1000)
    assert total["acknowledged"] >= scale.pick(60, 30_000)


def test_a_database_that_syncs_only_at_checkpoints_is_found_out(settle_on_file: Settle, tmp_path: Path):
    with settle_on_file(6) as county:
        verdicts = list(cut(county, tmp_path, cuts=10, chance=Random(1), broken="careless-sync"))

    assert any(verdict.lost for verdict in verdicts)


def cut(
    county: County, around: Path, *, cuts: int, chance: Random, broken: str | None = None
) -> Iterator[Verdict]:
    """Let a county go about its claims once, then see what each of many cuts would have left."""
    written = around / "written"
    written.write_bytes(b"")
    watched = {
        "LD_PRELOAD": str(build_library("written")),
        "WRITTEN_UNDER": str(county.folder),
        "WRITTEN_TO": str(written),
    }
    host = Host(county, broken=broken, log=around / "host.log", **watched)
    book = Book(read_mark=lambda: written.stat().st_size)
    crowd = gather(county, [host.port], book)
    shutil.rmtree(county.folder / "receipts")  # the server makes it, and is watched at that, too
    disk = Disk(county.folder)
    with host:
        with at_work(crowd):
            pass
        host.kill()
    assert crowd.stuck == []
    moments = sorted(choose_moments(book, written.stat().st_size, cuts, chance))
    for record in read_records(written):
        while moments[0] < record.end:
            yield look_after_cut(county, disk, around / "after-cut", book, moments.pop(0), chance)
        disk.take(record)
    for moment in moments:
        yield look_after_cut(county, disk, around / "after-cut", book, moment, chance)


def choose_moments(book: Book, end: int, cuts: int, chance: Random) -> Iterator[int]:
    """Half of the cuts come right after an answer, when most is at stake, and half at any moment."""
    for number in range(cuts - 1):
        yield chance.choice(book.entries).mark if number % 2 else chance.randrange(1, end)
    yield end


def look_after_cut(
    county: County, disk: Disk, folder: Path, book: Book, moment: int, chance: Random
) -> Verdict:
    """What stands after a cut, held against what was acknowledged before it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    disk.write_after_cut(folder, chance)
    before = [each for each in book.entries if each.mark <= moment]
    with county.moved_to(folder).open_house() as house:
        with house.database.engine.connect() as connection:
            damage = connection.execute(text("PRAGMA integrity_check")).scalars().all()
        verdict = judge(house, before)
    return verdict + Verdict(half=[] if damage == ["ok"] else list(damage))
