"""Backups: every row and every receipt as they stood at one moment, without a single key.

A backup is a folder: ``rows/<table>.jsonl.gz``, ``receipts/<name>`` (sealed, as they are stored), and
``manifest.json``, which says how each file hashes and is signed with the chain's key. So a backup can
only be brought back with the ring that it was made with, and a changed byte is told by its file. A receipt
that was gone already is named in the manifest, and everything else is kept.
"""

import gzip
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from portal.domain.backups import (
    BackupChanged,
    BackupFolderInUse,
    BackupOfLaterRelease,
    DatabaseNotEmpty,
    ReceiptsHeld,
    ReceiptsInTheWay,
)
from portal.domain.errors import StorageBusy
from portal.services.work import SYSTEM, Clock, House, Work, begin_reading, begin_work
from portal.storage import backups as stored
from portal.storage import receipts as stored_receipts
from portal.storage import schema
from portal.storage.backups import TableShape
from portal.storage.blobs import BlobMissing, sync_folder
from portal.storage.leases import find_lease_end, give_lease_back, take_lease
from portal.storage.receipts import ReceiptFile

# Whoever removes receipts takes this first, so that none goes while it is copied or before its row is back.
RECEIPTS_LEASE = "receipts"

_FORMAT = 1
_MANIFEST, _SIGNATURE = "manifest.json", "manifest.mac"
_RECEIPTS = "receipts/"
LONGEST = timedelta(hours=12)
"""How long a lease may last; nobody takes one for longer."""

OnFile = Callable[[str], None]


@dataclass(frozen=True)
class Backup:
    """What a manifest says: when, by which schema, which tables, how each file hashes, and what was lost."""

    taken_at: datetime
    schema: str
    tables: tuple[TableShape, ...]
    files: dict[str, str]
    lost: tuple[ReceiptFile, ...] = ()


def make_backup(house: House, folder: Path, clock: Clock, on_file: OnFile) -> Backup:
    """Write a backup into a new folder, under load; it has its name only once it is whole.

    What a killed run left beside it is written anew; a run that fails leaves nothing.

    Raises:
        BackupFolderInUse: something stands there already.
        ReceiptsHeld: another backup, or the sweeping of receipts, is going on.
        OSError: the folder cannot be written, or a receipt not be read.
    """
    if folder.exists():
        raise BackupFolderInUse
    with _receipts_held(house, clock), _written_whole(folder) as aside:
        with begin_reading(house, SYSTEM, clock) as work:
            backup = _write_rows(work, aside, on_file)
            receipts = stored_receipts.list_files(work.session)
        gone = _copy_receipts(house, backup, {each.blob for each in receipts}, aside, on_file)
        backup = replace(backup, lost=tuple(each for each in receipts if each.blob in gone))
        manifest = _spell(backup)
        _write(aside / _MANIFEST, manifest)
        _write(aside / _SIGNATURE, house.keys.mac(_signed(manifest)).hex().encode())
    return backup


def restore_backup(house: House, folder: Path, clock: Clock, on_file: OnFile) -> Backup:
    """Bring a backup back into an empty database, and its receipts to where receipts are kept.

    Every file is held against the manifest before anything is written; the rows come in one
    transaction, and then the schema is brought to the newest.

    Raises:
        BackupChanged: a file is missing or changed, or the manifest was not signed with our ring.
        BackupOfLaterRelease: our migrations do not lead to its schema.
        ReceiptsInTheWay: receipts of somebody else stand where its own would go; they would be swept.
        DatabaseNotEmpty: something stands in the database, or its tables are of another schema.
        ReceiptsHeld: another command brings receipts back just now, or copies or sweeps them.
    """
    backup = read_backup(house, folder)
    if backup.schema > schema.newest_revision():
        raise BackupOfLaterRelease(schema=backup.schema)
    _check_place_of_receipts(house, backup)
    with house.database.reading() as session:
        if schema.find_revision(session.connection()) not in (None, backup.schema):
            raise DatabaseNotEmpty  # rows brought into newer tables would miss what migrations do to them
    schema.upgrade(house.database, to=backup.schema)
    with begin_work(house, SYSTEM, clock) as work:
        session, holder = work.session, _take_receipts(work)
        if stored.has_rows(session, backup.tables):
            raise DatabaseNotEmpty
        for file in _list_receipts(backup):
            house.blobs.put(file.removeprefix(_RECEIPTS), _read_sound(folder, backup, file))
            on_file(file)
        for shape in backup.tables:
            # Read once more: between the first look and this one somebody might have changed it.
            with gzip.open(BytesIO(_read_sound(folder, backup, _rows_of(shape)))) as lines:
                stored.add_lines(session, shape, lines)
            on_file(_rows_of(shape))
        stored.continue_numbering(session, backup.tables)
        give_lease_back(session, RECEIPTS_LEASE, holder)
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
    for file in backup.files:
        _read_sound(folder, backup, file)
    return backup


def _list_receipts(backup: Backup) -> list[str]:
    return [file for file in backup.files if file.startswith(_RECEIPTS)]


def _check_place_of_receipts(house: House, backup: Backup) -> None:
    """Refuse a place that somebody else uses: no row here would speak of those files, and they be swept."""
    ours = {file.removeprefix(_RECEIPTS) for file in _list_receipts(backup)}
    for name in house.blobs.list_names():
        if name not in ours:
            raise ReceiptsInTheWay(name=name)


def _take_receipts(work: Work) -> str:
    """Let nobody else copy, bring back or remove receipts from now on; returns in whose name."""
    holder = secrets.token_hex(8)
    if not take_lease(work.session, RECEIPTS_LEASE, holder, work.now, work.now + LONGEST):
        raise ReceiptsHeld(until=find_lease_end(work.session, RECEIPTS_LEASE) or work.now)
    return holder


@contextmanager
def _receipts_held(house: House, clock: Clock) -> Iterator[None]:
    """Keep receipts to ourselves meanwhile, for all to see."""
    with begin_work(house, SYSTEM, clock) as work:
        holder = _take_receipts(work)
    try:
        yield
    finally:
        with suppress(StorageBusy), begin_work(house, SYSTEM, clock) as work:  # else it runs out by itself
            give_lease_back(work.session, RECEIPTS_LEASE, holder)


@contextmanager
def _written_whole(folder: Path) -> Iterator[Path]:
    """A folder beside it to write into, which gets the name when all is done, and goes when that fails."""
    aside = folder.with_name(f"{folder.name}.part")
    if aside.exists():
        shutil.rmtree(aside)  # of a killed run, since nobody else holds the receipts
    aside.mkdir(mode=0o700, parents=True)
    try:
        yield aside
        for each in (aside / "rows", aside / _RECEIPTS, aside):
            sync_folder(each)
        aside.rename(folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    sync_folder(folder.parent)


def _copy_receipts(house: House, backup: Backup, names: set[str], folder: Path, on_file: OnFile) -> set[str]:
    """Copy the files of these names and note how each hashes; returns the names without a file."""
    (folder / _RECEIPTS).mkdir()
    gone = set()
    for name in sorted(names):
        file = f"{_RECEIPTS}{name}"
        try:
            content = house.blobs.get(name)
        except BlobMissing:
            gone.add(name)
            continue
        backup.files[file] = _write(folder / file, content)
        on_file(file)
    return gone


def _write_rows(work: Work, folder: Path, on_file: OnFile) -> Backup:
    (folder / "rows").mkdir()
    known = schema.newest_revision()
    backup = Backup(
        taken_at=work.now,
        # Of a later release's schema we read, and so can bring back, only what our own has.
        schema=min(schema.find_revision(work.session.connection()) or known, known),
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


def _read_sound(folder: Path, backup: Backup, file: str) -> bytes:
    content = _read(folder, file)
    if hashlib.sha256(content).hexdigest() != backup.files[file]:
        raise BackupChanged(file=file)
    return content


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
        "lost": [asdict(each) for each in backup.lost],
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
        lost=tuple(ReceiptFile(**each) for each in content.get("lost", ())),  # none in our first backups
    )
