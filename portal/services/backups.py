"""Backups: every row and every receipt as they stood at one moment, without a single key.

A backup is a folder: ``rows/<table>.jsonl.gz``, ``receipts/<name>`` (sealed, as they are stored), and
``manifest.json``, which says how each file hashes and is signed with the chain's key. So a backup can
only be brought back with the ring that it was made with, and a changed byte is told by its file.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from portal.domain.backups import BackupChanged, BackupFolderInUse, DatabaseNotEmpty
from portal.domain.errors import StorageBusy
from portal.services.work import SYSTEM, Clock, House, Work, begin_reading, begin_work
from portal.storage import backups as stored
from portal.storage import receipts as stored_receipts
from portal.storage import schema
from portal.storage.backups import TableShape
from portal.storage.blobs import sync_folder
from portal.storage.leases import give_lease_back, take_lease

# Whoever removes receipts takes this first, so that none goes while a backup copies it.
RECEIPTS_LEASE = "receipts"

_FORMAT = 1
_MANIFEST, _SIGNATURE = "manifest.json", "manifest.mac"
_HOLDER = "backup"
_LONGEST = timedelta(hours=12)

OnFile = Callable[[str], None]


@dataclass(frozen=True)
class Backup:
    """What a manifest says: when, by which schema, which tables, and how each file hashes."""

    taken_at: datetime
    schema: str
    tables: tuple[TableShape, ...]
    files: dict[str, str]


def make_backup(house: House, folder: Path, clock: Clock, on_file: OnFile) -> Backup:
    """Write a backup into a new folder, under load; it has its name only once it is whole.

    Raises:
        BackupFolderInUse: something stands there already.
        StorageBusy: another backup, or the sweeping of receipts, is going on.
    """
    aside = folder.with_name(f"{folder.name}.part")
    if folder.exists() or aside.exists():
        raise BackupFolderInUse
    aside.mkdir(mode=0o700, parents=True)
    with _receipts_kept(house, clock):
        with begin_reading(house, SYSTEM, clock) as work:
            backup = _write_rows(work, aside, on_file)
            names = sorted(set(stored_receipts.iterate_blobs(work.session)))
        (aside / "receipts").mkdir()
        for name in names:
            file = f"receipts/{name}"
            backup.files[file] = _write(aside / file, house.blobs.get(name))
            on_file(file)
    manifest = _spell(backup)
    _write(aside / _MANIFEST, manifest)
    _write(aside / _SIGNATURE, house.keys.mac(_signed(manifest)).hex().encode())
    for each in (aside / "rows", aside / "receipts", aside):
        sync_folder(each)
    aside.rename(folder)
    sync_folder(folder.parent)
    return backup


def restore_backup(house: House, folder: Path, on_file: OnFile) -> Backup:
    """Bring a backup back into an empty database, and its receipts into the folder of receipts.

    Every file is held against the manifest before the first row is written; the rows come in one
    transaction, and then the schema is brought to the newest.

    Raises:
        BackupChanged: a file is missing or changed, or the manifest was not signed with our ring.
        DatabaseNotEmpty: something stands in the database.
    """
    backup = read_backup(house, folder)
    schema.upgrade(house.database, to=backup.schema)
    with house.database.writing() as session:
        if stored.has_rows(session):
            raise DatabaseNotEmpty
        for file in backup.files:
            if file.startswith("receipts/"):
                house.blobs.put(file.removeprefix("receipts/"), (folder / file).read_bytes())
                on_file(file)
        for shape in backup.tables:
            with gzip.open(folder / _rows_of(shape)) as lines:
                stored.add_lines(session, shape, lines)
            on_file(_rows_of(shape))
        stored.continue_numbering(session)
    schema.upgrade(house.database)
    return backup


def read_backup(house: House, folder: Path) -> Backup:
    """What a backup holds, after every file of it was held against the manifest.

    Raises:
        BackupChanged: naming the first file that is missing or changed.
    """
    manifest = _read(folder, _MANIFEST)
    written = _read(folder, _SIGNATURE)
    try:
        signature = bytes.fromhex(written.decode())
    except ValueError:
        raise BackupChanged(file=_SIGNATURE) from None
    if signature.hex().encode() != written:  # capitals and blanks would be read as if nothing had changed
        raise BackupChanged(file=_SIGNATURE)
    if not house.keys.is_mac_of(signature, _signed(manifest)):
        raise BackupChanged(file=_MANIFEST)
    backup = _parse(manifest)
    for file, digest in backup.files.items():
        if hashlib.sha256(_read(folder, file)).hexdigest() != digest:
            raise BackupChanged(file=file)
    return backup


@contextmanager
def _receipts_kept(house: House, clock: Clock) -> Iterator[None]:
    """Let nobody remove receipts meanwhile."""
    with begin_work(house, SYSTEM, clock) as work:
        if not take_lease(work.session, RECEIPTS_LEASE, _HOLDER, work.now, work.now + _LONGEST):
            raise StorageBusy
    try:
        yield
    finally:
        with begin_work(house, SYSTEM, clock) as work:
            give_lease_back(work.session, RECEIPTS_LEASE, _HOLDER)


def _write_rows(work: Work, folder: Path, on_file: OnFile) -> Backup:
    (folder / "rows").mkdir()
    backup = Backup(
        taken_at=work.now,
        schema=schema.find_revision(work.session.connection()),
        tables=tuple(stored.list_shapes()),
        files={},
    )
    for shape in backup.tables:
        file = _rows_of(shape)
        with (folder / file).open("xb") as raw:
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, mtime=0) as packed:
                packed.writelines(stored.iterate_lines(work.session, shape))
            _make_durable(raw)
        with (folder / file).open("rb") as written:
            backup.files[file] = hashlib.file_digest(written, "sha256").hexdigest()
        on_file(file)
    return backup


def _rows_of(shape: TableShape) -> str:
    return f"rows/{shape.name}.jsonl.gz"


def _write(path: Path, content: bytes) -> str:
    """Write a file durably; returns how it hashes."""
    with path.open("xb") as file:
        file.write(content)
        _make_durable(file)
    return hashlib.sha256(content).hexdigest()


def _make_durable(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _read(folder: Path, file: str) -> bytes:
    try:
        return (folder / file).read_bytes()
    except FileNotFoundError:
        raise BackupChanged(file=file) from None


def _signed(manifest: bytes) -> bytes:
    return b"backup\n" + manifest


def _spell(backup: Backup) -> bytes:
    content = {
        "format": _FORMAT,
        "taken_at": backup.taken_at.isoformat(),
        "schema": backup.schema,
        "tables": [{"name": each.name, "columns": each.columns} for each in backup.tables],
        "files": backup.files,
    }
    return json.dumps(content, indent=1).encode()


def _parse(manifest: bytes) -> Backup:
    """Read a manifest that is known to be ours."""
    content = json.loads(manifest)
    if content["format"] != _FORMAT:
        raise BackupChanged(file=_MANIFEST)
    return Backup(
        taken_at=datetime.fromisoformat(content["taken_at"]),
        schema=content["schema"],
        tables=tuple(
            TableShape(each["name"], tuple((name, kind) for name, kind in each["columns"]))
            for each in content["tables"]
        ),
        files=content["files"],
    )
