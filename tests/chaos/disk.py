"""What a disk may hold after the power went, worked out from everything that was written to it.

Nothing is promised but what was synced. A write that was not is there, or not, or there in some of its
sectors; bytes between may be nought or anything. A name that was made or changed since its folder was
synced may not be there; names of one folder come in the order in which they were made, as on every file
system with a journal.
"""

import os
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SECTOR = 512

_HEAD = struct.Struct("<B3xIIIQQQ")


@dataclass(frozen=True)
class Record:
    """One thing that a server did to a file; see ``written.c``. ``end`` is where its record ends."""

    kind: str
    first: bytes
    second: bytes
    sync: tuple[int, int]
    inode: int
    offset: int
    end: int


def read_records(path: Path) -> Iterator[Record]:
    """What was written down, in order."""
    at = 0
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            kind, first, second, sync, inode, offset, process = _HEAD.unpack(head)
            at += _HEAD.size + first + second
            yield Record(chr(kind), file.read(first), file.read(second), (process, sync), inode, offset, at)


@dataclass
class Change:
    """A write, or a cut to a length where there are no bytes; ``number`` is its place among all records."""

    number: int
    offset: int
    data: bytes | None

    def apply(self, content: bytearray, sectors: Random | None = None) -> None:
        """Make the change, or with ``sectors`` only some sectors of it."""
        if self.data is None:
            del content[self.offset :]
            content.extend(bytes(max(0, self.offset - len(content))))
            return
        content.extend(bytes(max(0, self.offset + len(self.data) - len(content))))
        if sectors is None:
            content[self.offset : self.offset + len(self.data)] = self.data
            return
        for start in range(0, len(self.data), SECTOR):
            if sectors.random() < 0.5:
                part = self.data[start : start + SECTOR]
                content[self.offset + start : self.offset + start + len(part)] = part


@dataclass
class Stored:
    """A file: what the disk is sure to hold of it, and what was done since."""

    content: bytearray = field(default_factory=bytearray)
    waiting: list[Change] = field(default_factory=list)

    def sync(self, before: int) -> None:
        """What was done before is sure from now on."""
        for change in self.waiting:
            if change.number < before:
                change.apply(self.content)
        self.waiting = [change for change in self.waiting if change.number >= before]

    def after_cut(self, chance: Random) -> bytes:
        """What it may hold after the power went."""
        content = bytearray(self.content)
        drops_all = chance.random() < 0.3
        for change in self.waiting:
            fate = 1.0 if drops_all else chance.random()
            if fate < 0.4:
                change.apply(content)
            elif fate < 0.7:
                change.apply(content, chance)
        return bytes(content)


@dataclass(frozen=True)
class Naming:
    """A name that was given, moved or taken away; ``inode`` is None for one that was taken away."""

    number: int
    names: tuple[tuple[str, int | None], ...]


class Disk:
    """A folder as the disk holds it, from a moment at which all of it was synced."""

    def __init__(self, folder: Path) -> None:
        """Begin with what stands in the folder now."""
        self._folder = folder
        self._files: dict[int, Stored] = {}
        self._folders: dict[int, str] = {}
        self._names: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._namings: dict[str, list[Naming]] = defaultdict(list)
        self._began: dict[tuple[int, int], int] = {}
        self._number = 0
        for path in (folder, *folder.rglob("*")):
            if path.is_symlink():
                continue
            inode = path.stat().st_ino
            self._names[str(path)] = self._seen[str(path)] = inode
            if path.is_dir():
                self._folders[inode] = str(path)
            else:
                self._files[inode] = Stored(bytearray(path.read_bytes()))

    def take(self, record: Record) -> None:
        """Let a record happen."""
        self._number += 1
        match record.kind:
            case "W":
                self._file(record).waiting.append(Change(self._number, record.offset, record.first))
            case "T":
                self._file(record).waiting.append(Change(self._number, record.offset, None))
            case "B":
                self._began[record.sync] = self._number
            case "E":
                self._sync(record.inode, self._began.pop(record.sync))
            case "C":
                self._files[record.inode] = Stored()
                self._name(record.first, record.inode)
            case "D":
                self._folders[record.inode] = os.fsdecode(record.first)
                self._name(record.first, record.inode)
            case "U":
                self._name(record.first, None)
            case "R":
                inode = self._seen[os.fsdecode(record.first)]
                self._name(record.first, None, (os.fsdecode(record.second), inode))

    def write_after_cut(self, target: Path, chance: Random) -> None:
        """Write what the folder may hold after the power went just now into an empty folder."""
        names = dict(self._names)
        for namings in self._namings.values():
            for naming in namings[: chance.randint(0, len(namings))]:
                _rename(names, naming)
        for name, inode in sorted(names.items()):
            path = target / Path(name).relative_to(self._folder)
            if inode in self._folders:
                path.mkdir(parents=True, exist_ok=True)
            elif path.parent.is_dir():  # a folder that lost its own name has lost what was in it
                path.write_bytes(self._files[inode].after_cut(chance))

    def _file(self, record: Record) -> Stored:
        return self._files.setdefault(record.inode, Stored())

    def _name(self, path: bytes, inode: int | None, *more: tuple[str, int | None]) -> None:
        naming = Naming(self._number, ((os.fsdecode(path), inode), *more))
        self._namings[str(Path(os.fsdecode(path)).parent)].append(naming)
        _rename(self._seen, naming)

    def _sync(self, inode: int, before: int) -> None:
        if inode in self._files:
            self._files[inode].sync(before)
        folder = self._folders.get(inode)
        if folder is not None:
            for naming in self._namings[folder]:
                if naming.number < before:
                    _rename(self._names, naming)
            self._namings[folder] = [each for each in self._namings[folder] if each.number >= before]


def _rename(names: dict[str, int], naming: Naming) -> None:
    for name, inode in naming.names:
        if inode is None:
            names.pop(name, None)
        else:
            names[name] = inode
