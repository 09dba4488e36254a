"""What a receipt picture may be, and when two of them look like the same paper."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from portal.domain.audit import Act
from portal.domain.errors import Refusal

MAX_RECEIPT_BYTES = 10 * 1024 * 1024
MAX_RECEIPT_PAGES = 10
MAX_RECEIPT_PIXELS = 65_000_000
"""What the best phones take; a picture of more pixels is made to fill memory, not to be read."""

MOST_RECEIPTS = 20
"""Of one material of one claim."""

LIKENESS_BYTES = 128
_LIKE_BITS = 46
"""Of 1,024. Measured: a page shrunk to half, brightened or badly re-encoded differs in up to 44 bits, another
receipt of the very same form in 52 and more, another form in 280 and more."""


class ReceiptState(StrEnum):
    """What became of a paper that was handed in."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    TO_REPLACE = "to_replace"
    REPLACED = "replaced"


class NoSuchReceipt(Refusal):
    """There is no such receipt, or it is not this person's."""

    code: ClassVar[str] = "no_such_receipt"


class TooManyReceipts(Refusal):
    """One material has ``facts["limit"]`` receipts already."""

    code: ClassVar[str] = "too_many_receipts"


class ReceiptEmpty(Refusal):
    """The file has no content: most often the upload was cut off."""

    code: ClassVar[str] = "receipt_empty"


class ReceiptTooLarge(Refusal):
    """The file has more than ``facts["limit"]`` bytes; it has ``facts["size"]``."""

    code = "receipt_too_large"


class ReceiptNotAnImage(Refusal):
    """Neither a picture nor a PDF.

    ``facts["found"]`` is ``svg``, ``html``, ``office``, ``zip``, ``text`` or ``unknown``.
    """

    code = "receipt_not_an_image"


class ReceiptKindNotTaken(Refusal):
    """A picture of a kind that is not taken; a screenshot of it is.

    ``facts["found"]`` is ``gif``, ``webp``, ``bmp``, ``tiff`` or ``avif``.
    """

    code = "receipt_kind_not_taken"


class ReceiptIsOfd(Refusal):
    """An OFD document (GB/T 33190), as tax offices send it; a screenshot of it is taken instead."""

    code = "receipt_is_ofd"


class ReceiptUnreadable(Refusal):
    """It begins like a picture or a PDF and cannot be opened: damaged, cut off or made up."""

    code = "receipt_unreadable"


class ReceiptLocked(Refusal):
    """A PDF that opens only with a password."""

    code = "receipt_locked"


class ReceiptTooManyPages(Refusal):
    """A PDF of ``facts["pages"]`` pages, over ``facts["limit"]``."""

    code = "receipt_too_many_pages"


class ReceiptTooManyPixels(Refusal):
    """A picture of more than ``facts["limit"]`` pixels."""

    code = "receipt_too_many_pixels"


class ReceiptTooHeavy(Refusal):
    """Opening it would take more memory or time than one picture may have."""

    code = "receipt_too_heavy"


class ReceiptReaderBusy(Refusal):
    """Too many receipts are being opened at this moment; the same file can be sent again shortly."""

    code = "receipt_reader_busy"


def find_alike(papers: Iterable[bytes], others: Iterable[tuple[str, bytes]]) -> set[str]:
    """The names of those others of which any page looks like any page of these papers.

    All as stored, one page's likeness after the other; many others are compared with few papers. To be alike
    is worth a second look as the same paper: a warning to staff, never a decision.
    """
    mine = [page for paper in papers for page in _pages(paper)]
    return {
        name
        for name, other in others
        if any((page ^ own).bit_count() <= _LIKE_BITS for page in _pages(other) for own in mine)
    }


def _pages(likenesses: bytes) -> Iterator[int]:
    for at in range(0, len(likenesses), LIKENESS_BYTES):
        yield int.from_bytes(likenesses[at : at + LIKENESS_BYTES])


@dataclass(frozen=True)
class ReceiptAdded(Act):
    """A photographed paper was put with a draft."""

    subject: ClassVar[str] = "receipt"
    receipt_id: int
    material: str
    pages: int


@dataclass(frozen=True)
class ReceiptRemoved(Act):
    """A photographed paper was taken out of a draft, or replaced by another."""

    subject: ClassVar[str] = "receipt"
    receipt_id: int


@dataclass(frozen=True)
class ReceiptOriginalReleased(Act):
    """The file that a villager sent, as it was, was handed out at the desk."""

    subject: ClassVar[str] = "receipt"
    receipt_id: int
