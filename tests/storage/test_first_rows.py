from pathlib import Path

import pytest

from portal.domain.errors import StorageFull
from portal.storage import first_rows
from portal.storage.first_rows import FirstRowsOnDisk

COUNT = 120_000  # more than is held in memory


def test_the_first_row_of_each_value_is_found_among_more_than_memory_holds():
    with FirstRowsOnDisk() as seen:
        assert [seen.first_row("number", f"n{row}", row) for row in range(COUNT)] == list(range(COUNT))
        assert [seen.first_row("number", f"n{row}", COUNT) for row in (0, 17, COUNT - 1)] == [
            0,
            17,
            COUNT - 1,
        ]


def test_two_columns_may_hold_the_same_value():
    with FirstRowsOnDisk() as seen:
        assert [seen.first_row(field, "1", row) for field, row in (("code", 2), ("number", 3))] == [2, 3]


def test_nothing_is_left_lying_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(first_rows.tempfile, "tempdir", str(tmp_path))

    with FirstRowsOnDisk() as seen:
        seen.first_row("number", "1", 2)
        assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_as_one():
    with FirstRowsOnDisk() as seen:
        seen._ask("PRAGMA max_page_count = 20")

        with pytest.raises(StorageFull):
            _ = [seen.first_row("number", f"n{row}", row) for row in range(COUNT)]
