"""How much longer a roster takes than writing its sealed rows, and whether a CSV is read in flat memory."""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from results import keep

from portal.content.packs import load_packs
from portal.crypto.key_ring import KeyRing
from portal.domain.citizen_id import demo_area, demo_citizen_number
from portal.domain.roster import ROSTER
from portal.services import rosters
from portal.services.work import SYSTEM, House, begin_work
from portal.spreadsheets.writing import Cell, write_csv, write_xlsx
from portal.storage import schema
from portal.storage.blobs import FolderStore
from portal.storage.database import Database

KB = Path(__file__).parent.parent / "kb"
COUNTY = 31_800
TIMES = 3
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
FIELDS = (
    "name",
    "citizen_id",
    "phone",
    "county",
    "town",
    "village",
    "category",
    "identity_confirmed_on",
    "scheme",
    "benefit_status",
    "insurance_no",
    "card",
    "account",
    "bank_name",
    "opening_used_years",
)
HEADERS = [next(column.zh for column in ROSTER.columns if column.field == name) for name in FIELDS]


def make_rows(count: int) -> Iterator[list[Cell]]:
    """A county of made-up people."""
    first = date(1940, 1, 1)
    for number in range(count):
        born = first + timedelta(days=number % 20_000)
        citizen_id = demo_citizen_number(demo_area(number // 20_000 // 1000), born, number // 20_000 % 1000)
        yield [
            "张三丰",
            citizen_id.digits,
            f"139{number:08}",
            "晋宁区",
            "昆阳街道",
            "田心村",
            "现有",
            "2020-06-11",
            "居民",
            "未领取",
            f"JN{number:08}",
            f"62231{number:014}",
            f"62284{number:014}",
            "农村信用社",
            "3",
        ]


def open_house(folder: Path) -> House:
    """A house on an empty database."""
    folder.mkdir()
    database = Database(f"sqlite:///{folder / 'portal.sqlite'}")
    schema.upgrade(database)
    packs = load_packs(KB)
    return House(
        database=database,
        packs=packs,
        matcher=None,  # type: ignore[arg-type]  # nobody asks a question here
        keys=KeyRing.generate(),
        blobs=FolderStore(folder / "receipts"),
        regions=tuple(packs.regions),
        is_demo=True,
        public_url="",
    )


def take_in(house: House, file: Path) -> None:
    """Import a file."""
    with file.open("rb") as stream, begin_work(house, SYSTEM, lambda _: NOW) as work:
        rosters.accept(work, rosters.PEOPLE, "jinning", stream)


def write_raw(source: House, target: House) -> float:
    """Write the rows of one house into another with the driver alone; returns the seconds."""
    with source.database.reading() as session:
        rows = [tuple(row) for row in session.connection().exec_driver_sql("SELECT * FROM person")]
    marks = ", ".join("?" * len(rows[0]))
    connection = target.database.engine.raw_connection()
    began = time.perf_counter()
    cursor = connection.cursor()
    cursor.execute("BEGIN IMMEDIATE")
    cursor.executemany(f"INSERT INTO person VALUES ({marks})", rows)
    cursor.execute("COMMIT")
    return time.perf_counter() - began


def seconds(act: Callable[[], None]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def measure_ratio(folder: Path) -> float:
    """Import a county from Excel, as often as it takes to trust the figure, beside the raw writing."""
    file = folder / "county.xlsx"
    file.write_bytes(write_xlsx("花名册", HEADERS, make_rows(COUNTY)))
    imported, raw = [], []
    for turn in range(TIMES):
        house = open_house(folder / f"import{turn}")
        imported.append(seconds(lambda: take_in(house, file)))  # noqa: B023  called at once
        raw.append(write_raw(house, open_house(folder / f"raw{turn}")))
    print(f"{COUNTY} rows of Excel: {min(imported):.2f} s, the driver alone: {min(raw):.2f} s")
    return min(imported) / min(raw)


def measure_growth(count: int, folder: Path) -> float:
    """By how many MB more a process grows over a CSV of so many rows than over a tenth of them."""
    peaks = []
    for rows in (count // 10, count):
        told = subprocess.run(
            [sys.executable, __file__, "--examine", str(rows), "--folder", str(folder)],
            check=True,
            capture_output=True,
            text=True,
        )
        peaks.append(int(told.stdout))
    return (peaks[1] - peaks[0]) / 1024


def examine(count: int, folder: Path) -> int:
    """Examine a CSV of so many rows; returns the greatest memory of this process in KB."""
    house = open_house(folder / f"examine{count}")
    file = folder / f"{count}.csv"
    with file.open("wb") as stream:
        stream.writelines(write_csv(HEADERS, make_rows(count)))
    with file.open("rb") as stream, begin_work(house, SYSTEM, lambda _: NOW) as work:
        findings = rosters.examine(work, rosters.PEOPLE, "jinning", stream)
    if findings.new != count:
        raise SystemExit(f"{findings.counts} instead of {count} new people")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Measure, and print ratios."""
    options = argparse.ArgumentParser()
    options.add_argument(
        "--rows", type=int, default=200_000, help="how many rows the CSV has (1000000 by night)"
    )
    options.add_argument("--examine", type=int, help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.examine:
        print(examine(chosen.examine, chosen.folder))
        return
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        ratio, growth = measure_ratio(folder), measure_growth(chosen.rows, folder)
        print(f"a CSV of {chosen.rows} rows takes {growth:.0f} MB more than a tenth of it")
        keep("roster", {"import ÷ raw rows": ratio, "MB more for ten times the rows": growth})
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
