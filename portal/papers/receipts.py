"""Reads a receipt that a villager sends: what comes out is new pictures, never the bytes that came in."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from portal.confinement.parent import ChildFailed, ChildOverran, ask_child
from portal.domain import receipts
from portal.papers.sniffing import ReceiptKind, sniff

SECONDS_A_RECEIPT = 10.0
SECONDS_IN_THE_QUEUE = 10.0
_AT_ONCE = 2
_WORKER = "portal.papers.worker"
_CHILD_REFUSALS = (
    receipts.ReceiptLocked,
    receipts.ReceiptTooManyPages,
    receipts.ReceiptTooManyPixels,
    receipts.ReceiptUnreadable,
)
# Each child may take half a gigabyte, so a rush of uploads waits in a short line instead.
_seats = threading.BoundedSemaphore(_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it may be shown: JPEG pictures made here, ``width`` × ``height`` pixels.

    ``likeness`` is for `domain.receipts.find_alike`; a page with nothing on it has none.
    """

    picture: bytes
    thumbnail: bytes
    width: int
    height: int
    likeness: bytes | None


@dataclass(frozen=True, slots=True)
class ReadReceipt:
    """A receipt in pictures; ``digest`` is the SHA-256 of its pixels, the same whatever its EXIF said."""

    kind: ReceiptKind
    pages: tuple[Page, ...]
    digest: bytes


def read_receipt(file: bytes) -> ReadReceipt:
    """Open a JPEG, PNG, HEIC or PDF of at most 10 MB in a confined child process.

    Raises a Refusal of `domain.receipts` that says why the file is not taken.
    """
    if len(file) > receipts.MAX_RECEIPT_BYTES:
        raise receipts.ReceiptTooLarge(size=len(file), limit=receipts.MAX_RECEIPT_BYTES)
    kind = sniff(file)
    with _seat():
        return _read(kind, file)


@contextmanager
def _seat() -> Iterator[None]:
    if not _seats.acquire(timeout=SECONDS_IN_THE_QUEUE):
        raise receipts.ReceiptReaderBusy
    try:
        yield
    finally:
        _seats.release()


def _read(kind: ReceiptKind, file: bytes) -> ReadReceipt:
    frames = ask_child(_WORKER, kind, given=file, seconds=SECONDS_A_RECEIPT, refusals=_CHILD_REFUSALS)
    try:
        about, *pictures = frames
        return _assembled(kind, json.loads(about), pictures)
    except ChildOverran as error:
        raise receipts.ReceiptTooHeavy from error
    except (ChildFailed, ValueError, LookupError, TypeError) as error:  # a taken-over child may say anything
        raise receipts.ReceiptUnreadable from error


def _assembled(kind: ReceiptKind, about: dict[str, Any], pictures: list[bytes]) -> ReadReceipt:
    pages = [
        Page(picture, thumbnail, int(page["width"]), int(page["height"]), _likeness(page["likeness"]))
        for page, picture, thumbnail in zip(about["pages"], pictures[::2], pictures[1::2], strict=True)
    ]
    return ReadReceipt(kind, tuple(pages), bytes.fromhex(about["digest"]))


def _likeness(written: str | None) -> bytes | None:
    return None if written is None else bytes.fromhex(written)
