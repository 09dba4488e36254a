"""The disk runs full under the database, the receipts and the log in turn, and is cleared again."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.scale import Figures, Scale

pytestmark = pytest.mark.chaos

PLACES = ("database", "receipts", "logs")
REFUSALS = {"503", "507"}


@pytest.mark.parametrize("what", PLACES)
def test_a_full_disk_loses_nothing_and_is_got_over(scale: Scale, tmp_path: Path, what: str):
    def fill(number: int) -> Figures:
        report = run_on_small_disk(what, scale.pick(4, 40), tmp_path / str(number))
        assert set(report["statuses"]) <= {"200", "302", *REFUSALS}
        assert set(report["looked_at"]) == {"200"}
        assert report["wrong"] == []
        return {
            "acknowledged": report["acknowledged"],
            "acknowledged while full": report["acknowledged_in_need"],
            "refused": sum(times for status, times in report["statuses"].items() if status in REFUSALS),
        }

    total = scale.run(f"disk-full-{what}", scale.pick(1, 5), fill)

    assert total["acknowledged"] >= scale.pick(40, 2000)
    assert (total["refused"] > 0) == (what != "logs")


def test_a_portal_that_passes_the_drivers_words_on_is_found_out(tmp_path: Path):
    report = run_on_small_disk("database", 2, tmp_path / "broken", "drivers-words")

    assert "500" in report["statuses"]


def apart() -> list[str]:
    """What lets a program mount a disk that only it sees.

    Anybody may as root of a name space of their own. Root itself needs none, and in a changed root could
    neither have one nor part what is mounted later from the rest.
    """
    if os.geteuid() != 0:
        return ["unshare", "--map-root-user", "--mount"]
    parted = ["unshare", "--mount"]
    is_parted = subprocess.run([*parted, "true"], check=False, capture_output=True).returncode == 0
    return parted if is_parted else [*parted, "--propagation", "unchanged"]


def run_on_small_disk(what: str, people: int, folder: Path, *broken: str) -> dict[str, Any]:
    """Run the program in a mount namespace of its own; returns its report."""
    program = [sys.executable, "-m", "tests.chaos.small_disk", what, str(people), str(folder), *broken]
    done = subprocess.run([*apart(), *program], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report
