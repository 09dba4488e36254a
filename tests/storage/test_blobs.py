import errno
import os
from pathlib import Path

import pytest

from portal.domain.errors import StorageBusy, StorageFull
from portal.storage import blobs, object_store
from portal.storage.blobs import BlobMissing, BlobStore, FolderStore
from portal.storage.object_store import ObjectStore


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """Both places where receipts can be kept."""
    if request.param == "folder":
        return FolderStore(tmp_path / "receipts")
    return ObjectStore(request.getfixturevalue("bucket"))


def test_what_was_kept_is_found_by_its_name(store: BlobStore):
    content = bytes(range(256)) * 4096

    name = store.add(content)

    assert store.get(name) == content
    assert store.list_names() == [name]


def test_a_name_says_nothing_and_is_never_given_twice(store: BlobStore):
    names = {store.add(b"the same") for _ in range(5)}

    assert len(names) == 5
    assert all(len(name) == 32 and name.isalnum() for name in names)


def test_a_backup_may_put_a_file_back_twice(store: BlobStore):
    store.put("a" * 32, b"broken off")
    store.put("a" * 32, b"whole")

    assert store.get("a" * 32) == b"whole"


def test_what_is_gone_is_said_to_be_missing(store: BlobStore):
    name = store.add(b"x")

    store.remove(name)
    store.remove(name)

    assert store.list_names() == []
    with pytest.raises(BlobMissing):
        store.get(name)


def test_asking_whether_it_is_writable_leaves_nothing_to_sweep(store: BlobStore):
    assert store.is_writable()
    assert store.list_names() == []


def test_many_files_are_all_listed_in_order(store: BlobStore):
    names = sorted(store.add(b"x") for _ in range(40))

    assert store.list_names() == names


def test_a_bucket_that_is_not_there_takes_nothing_and_says_so(bucket: str):
    store = ObjectStore("s3://nowhere/receipts")

    assert not store.is_writable()
    for ask in (lambda: store.add(b"x"), store.list_names):
        with pytest.raises(StorageBusy):
            ask()


def test_a_server_that_does_not_answer_is_busy(bucket: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(object_store, "TRIES_MORE", 0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    store = ObjectStore(bucket)

    assert not store.is_writable()
    for ask in (lambda: store.add(b"x"), lambda: store.get("a" * 32), lambda: store.remove("a" * 32)):
        with pytest.raises(StorageBusy):
            ask()


@pytest.mark.parametrize("step", ["mkdir", "fsync", "rename"])
def test_a_full_disk_is_told_at_whatever_step_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
):
    store = FolderStore(tmp_path / "receipts")

    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    if step == "fsync":
        monkeypatch.setattr(blobs.os, "fsync", no_room)
    else:
        monkeypatch.setattr(Path, step, no_room)

    with pytest.raises(StorageFull):
        store.add(b"x")

    monkeypatch.undo()
    assert store.list_names() == []
    assert not list(tmp_path.rglob(".*"))


def test_what_a_killed_process_left_aside_is_no_receipt_and_in_nobodys_way(tmp_path: Path):
    store = FolderStore(tmp_path / "receipts")
    (tmp_path / "receipts/aa").mkdir()
    (tmp_path / f"receipts/aa/.{'a' * 32}").write_bytes(b"half")

    assert store.list_names() == []
    store.put("a" * 32, b"whole")

    assert store.get("a" * 32) == b"whole"


def test_a_file_has_its_name_only_once_its_bytes_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = FolderStore(tmp_path / "receipts")
    deeds: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def note_sync(handle: int) -> None:
        deeds.append("folder" if Path(f"/proc/self/fd/{handle}").is_dir() else "file")
        fsync(handle)

    def note_rename(path: Path, to: Path) -> Path:
        deeds.append("name")
        return rename(path, to)

    monkeypatch.setattr(blobs.os, "fsync", note_sync)
    monkeypatch.setattr(Path, "rename", note_rename)
    store.add(b"x")

    assert deeds == ["file", "name", "folder", "folder"]
