"""``python -m tests.chaos.small_disk WHAT PEOPLE FOLDER [BROKEN]``: a county on a disk that runs full.

To be run in a mount namespace of its own (``unshare --mount``), where a small disk in memory can be mounted
that nobody else sees. Prints what happened as one line of JSON.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import update

from portal.domain.sessions import TOUCH_AFTER
from portal.storage.models.sessions import SessionRecord
from tests.chaos.county import County, Pass, found_county, villager
from tests.chaos.crowd import at_work, gather
from tests.chaos.errands import Book
from tests.chaos.hosts import Host
from tests.chaos.truth import judge

ROOM = "16m"
FULL_SECONDS = 3.0
UNDER_WAY = 8
"""Steps acknowledged before the disk runs full."""
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Report:
    """What was seen: every status that was answered, those of a page only looked at, and what is wrong."""

    statuses: dict[int, int]
    looked_at: dict[int, int]
    acknowledged: int
    acknowledged_in_need: int
    wrong: list[str]


def run(what: str, people: int, folder: Path, broken: str | None) -> Report:
    """The disk runs full while people are at work; after a while it is cleared, and nothing else is done."""
    places = {"database": folder / "database", "receipts": folder / "receipts", "logs": folder / "logs"}
    for place in places.values():
        place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", places[what]], check=True)
    county = found_county(folder, f"sqlite:///{places['database'] / 'portal.sqlite'}", people=people)
    book = Book()
    with Host(county, broken=broken, log=places["logs"] / "host.log") as host:
        crowd = gather(county, [host.port], book)
        looker = sign_in_a_while_ago(county)
        looked_at = Counter[int]()
        with at_work(crowd):
            while len(book.entries) < UNDER_WAY:
                time.sleep(LOOK_SECONDS)
            ballast = fill(places[what])
            before = len(book.entries)
            until = time.monotonic() + FULL_SECONDS
            while time.monotonic() < until:
                looked_at[crowd.portal.get("/claims/", looker).status] += 1
                time.sleep(LOOK_SECONDS)
            in_need = len(book.entries) - before
            ballast.unlink()
        crowd.portal.leave()
    with county.open_house() as house:
        verdict = judge(house, book.entries)
    return Report(
        statuses=crowd.portal.statuses,
        looked_at=dict(looked_at),
        acknowledged=verdict.acknowledged,
        acknowledged_in_need=in_need,
        wrong=[*verdict.lost, *verdict.doubled, *verdict.half, *crowd.stuck],
    )


def sign_in_a_while_ago(county: County) -> Pass:
    """Somebody whose next page would note that they are still here."""
    me = villager(county.people[0])
    with county.open_house() as house:
        signed_in = county.sign_in(house, me)[me]
        with house.database.writing() as session:
            session.execute(
                update(SessionRecord)
                .where(SessionRecord.person_id == me.person_id)
                .values(last_used_at=datetime.now(UTC) - 2 * TOUCH_AFTER)
            )
    return signed_in


def fill(folder: Path) -> Path:
    """Leave not a byte of room; returns the file that takes it all."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


if __name__ == "__main__":
    what, people, folder, *broken = sys.argv[1:]
    print(json.dumps(asdict(run(what, int(people), Path(folder), *(broken or [None])))))
