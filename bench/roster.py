"""How much longer a roster takes than reading its file and writing its sealed rows; and its memory.

Beside the import stand the quickest ways there are: the workbook read whole without a look at what is in it,
and the very rows that the import wrote, sealed already, in one ``executemany`` of the driver.
"""

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from python_calamine import CalamineWorkbook
from results import Measured, expect_misses, keep

from portal.app import settle
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
MOST_KEPT = 200_000
"""Rows that the canary keeps all at once: more might take all that the machine has."""
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
    settle()  # as the server and the command do
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


def read_raw(file: Path) -> None:
    """Read every cell of a workbook, and nothing else."""
    rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    if len(rows) != COUNTY + 1:
        raise SystemExit(f"{len(rows)} rows instead of {COUNTY + 1}")


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
    read_raw(file)
    for turn in range(TIMES):
        house = open_house(folder / f"import{turn}")
        imported.append(seconds(lambda: take_in(house, file)))  # noqa: B023  called at once
        read = seconds(lambda: read_raw(file))
        written = write_raw(house, open_house(folder / f"raw{turn}"))
        raw.append(read + written)
        print(
            f"  imported in {imported[-1]:.2f} s; read bare in {read:.2f} s, written bare in {written:.2f} s"
        )
    return statistics.median(took / bare for took, bare in zip(imported, raw, strict=True))


def measure_growth(count: int, folder: Path) -> float:
    """By how many MB more a process grows over a CSV of so many rows than over a tenth of them."""
    peaks = []
    for rows in (count // 10, count):
        told = subprocess.run(
            [sys.executable, __file__, "--examine", str(rows), "--folder", str(folder), *sys.argv[1:]],
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
    options.add_argument("--rows", type=int, default=1_000_000, help="how many rows the CSV has")
    options.add_argument("--canary", action="store_true", help="write row by row, and keep every row read")
    options.add_argument("--examine", type=int, help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.examine:
        if chosen.canary:
            rosters.ROWS_AT_ONCE = 10**9
        print(examine(chosen.examine, chosen.folder))
        return
    if chosen.canary:
        rosters.ROWS_AT_ONCE = 1
        chosen.rows = min(chosen.rows, MOST_KEPT)
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        ratio, growth = measure_ratio(folder), measure_growth(chosen.rows, folder)
    finally:
        shutil.rmtree(folder)
    figures = {
        f"roster of {COUNTY:,} rows from Excel ÷ bare reading and writing": Measured(ratio, at_most=3),
        f"memory for a CSV of {chosen.rows:,} rows beyond that for a tenth": Measured(
            growth, "MB", at_most=8
        ),
    }
    (expect_misses if chosen.canary else lambda each: keep("roster", each))(figures)


if __name__ == "__main__":
    main()
