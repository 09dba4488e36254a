"""Where sealed files are kept: a folder of our own, unless ``object_store`` takes its place."""

import errno
import os
import secrets
import tempfile
from pathlib import Path
from typing import Protocol

from portal.domain.errors import StorageFull

# What a file system says when there is no room, on the disk or in our share of it.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class BlobMissing(Exception):
    """The file that a row speaks of is not there."""


class BlobStore(Protocol):
    """Keeps sealed bytes under names that say nothing."""

    def add(self, content: bytes) -> str:
        """Keep the bytes durably and return their name; only then may a row speak of them."""

    def put(self, name: str, content: bytes) -> None:
        """Keep the bytes durably under a name that they had before, as when a backup comes back."""

    def get(self, name: str) -> bytes:
        """The bytes kept under a name; raises ``BlobMissing``."""

    def remove(self, name: str) -> None:
        """Forget the bytes; a name that is not there is no error."""

    def list_names(self) -> list[str]:
        """All names, so that files without a row can be swept."""

    def is_writable(self) -> bool:
        """Whether something can be kept just now."""


class FolderStore:
    """Blobs in a folder: written aside, synced, renamed, and the folder synced, so a power cut tears none."""

    def __init__(self, folder: Path) -> None:
        """Keep blobs under ``folder``, which is made when it is not there."""
        self._folder = folder
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)

    def add(self, content: bytes) -> str:
        """Keep the bytes durably and return their name."""
        name = secrets.token_hex(16)
        self.put(name, content)
        return name

    def put(self, name: str, content: bytes) -> None:
        """Keep the bytes durably under a name."""
        aside = self._path(name).with_name(f".{name}")
        try:
            self._write(aside, content)
        except OSError as error:
            aside.unlink(missing_ok=True)
            if error.errno in _NO_ROOM:
                raise StorageFull from error
            raise

    def _write(self, aside: Path, content: bytes) -> None:
        shelf = aside.parent
        shelf.mkdir(exist_ok=True)
        with aside.open("wb") as file:  # over what a killed process may have left there
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(shelf / aside.name.removeprefix("."))
        sync_folder(shelf)
        sync_folder(self._folder)  # the shelf may be new, made by us or by somebody who was then killed

    def get(self, name: str) -> bytes:
        """The bytes kept under a name."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise BlobMissing(name) from error

    def remove(self, name: str) -> None:
        """Forget the bytes."""
        self._path(name).unlink(missing_ok=True)

    def list_names(self) -> list[str]:
        """All names, in order."""
        return sorted(path.name for path in self._folder.glob("??/*") if not path.name.startswith("."))

    def is_writable(self) -> bool:
        """Whether something can be kept just now."""
        try:
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(b"?")
                file.flush()
        except OSError:
            return False
        return True

    def _path(self, name: str) -> Path:
        if not (name.isalnum() and name.isascii()):
            raise BlobMissing(name)
        return self._folder / name[:2] / name


def sync_folder(folder: Path) -> None:
    """Make the names in a folder as durable as the files they name."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
