"""Photographed papers: read in a confined child, sealed under a key of their own, shown as new pictures.

The sealed file holds every page as a picture and a thumbnail, and for a PDF the file as it came. It is kept
before its row, so a row never speaks of a file that is not there; files without a row are swept.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from portal.crypto.errors import CannotOpen
from portal.domain.errors import Refusal
from portal.domain.receipts import (
    MOST_RECEIPTS,
    NoSuchReceipt,
    ReceiptAdded,
    ReceiptOriginalReleased,
    ReceiptRemoved,
    ReceiptState,
    TooManyReceipts,
)
from portal.papers.receipts import ReadReceipt, read_receipt
from portal.papers.sniffing import ReceiptKind
from portal.services import audit
from portal.services.work import House, Work
from portal.storage import receipts as stored_receipts
from portal.storage import rosters as stored_rosters
from portal.storage.blobs import BlobMissing
from portal.storage.drafts import Draft
from portal.storage.receipts import Receipt, RefusedPaper

_LENGTH_BYTES = 4


@dataclass(frozen=True)
class KeptReceipt:
    """A paper that was read and whose file is kept; nothing speaks of it yet."""

    person_id: int
    kind: ReceiptKind
    pages: int
    size: int
    blob: str
    key_wrapped: bytes
    digest: bytes
    likeness: bytes


def key_context(person_id: int) -> str:
    """Where a receipt's key belongs; a rotation of keys needs it to wrap the key again."""
    return f"receipt.key of person {person_id}"


def keep_receipt(house: House, person_id: int, file: bytes) -> KeptReceipt:
    """Read a file and keep it sealed; work that takes seconds, so no transaction waits for it.

    Raises:
        Refusal: one of ``portal.domain.receipts`` that says why the file is not taken.
        StorageFull: there is no room.
    """
    read = read_receipt(file)
    wrapped, key = house.keys.new_data_key(key_context(person_id))
    original = file if read.kind is ReceiptKind.PDF else b""
    return KeptReceipt(
        person_id=person_id,
        kind=read.kind,
        pages=len(read.pages),
        size=len(file),
        blob=house.blobs.add(key.seal(_pack(read, original))),
        key_wrapped=wrapped,
        digest=read.digest,
        likeness=b"".join(page.likeness for page in read.pages if page.likeness is not None),
    )


def add_receipt(
    work: Work, draft: Draft, material: str, kept: KeptReceipt, replaces: int | None = None
) -> Receipt:
    """Put a paper with a draft, in place of another one where ``replaces`` names it.

    The same picture is taken once for a material: whoever got no answer sends it again, and the first one
    may have arrived all the same.

    Raises:
        NoSuchReceipt: what it replaces is not of this draft.
        TooManyReceipts: the material has enough of them.
    """
    if replaces is not None:
        remove_receipt(work, draft, replaces)
    of_material = [each for each in list_of_draft(work, draft) if each.material == material]
    same = next((each for each in of_material if each.digest == kept.digest), None)
    if same is not None:
        _forget_newest_refused(work, draft, material)
        return same
    if len(of_material) >= MOST_RECEIPTS:
        raise TooManyReceipts(limit=MOST_RECEIPTS)
    receipt = stored_receipts.add_receipt(
        work.session,
        draft_id=draft.id,
        person_id=kept.person_id,
        material=material,
        kind=kept.kind,
        pages=kept.pages,
        size=kept.size,
        blob=kept.blob,
        key_wrapped=kept.key_wrapped,
        digest=kept.digest,
        likeness=kept.likeness,
        at=work.now,
    )
    audit.record(work, ReceiptAdded(receipt.id, material, kept.pages))
    _forget_newest_refused(work, draft, material)
    return receipt


def note_refused(work: Work, draft: Draft, material: str, refusal: Refusal) -> None:
    """Remember that a file was not taken, and why, until another takes its place."""
    stored_receipts.add_refused(work.session, draft.id, material, refusal.code, refusal.facts, work.now)


def remove_refused(work: Work, draft: Draft, refused_id: int) -> None:
    """Forget a file that was not taken."""
    stored_receipts.remove_refused(work.session, draft.id, refused_id)


def list_refused(work: Work, draft: Draft) -> list[RefusedPaper]:
    """The files of a draft that were not taken and that no other replaced, the oldest first."""
    return stored_receipts.list_refused(work.session, draft.id)


def remove_receipt(work: Work, draft: Draft, receipt_id: int) -> None:
    """Take a paper out of a draft. One that was handed in before stays on record as replaced.

    Raises:
        NoSuchReceipt: it is not of this draft.
    """
    receipt = get_of_draft(work, draft, receipt_id)
    if receipt.draft_id is None:
        stored_receipts.set_state(work.session, receipt.id, ReceiptState.REPLACED)
    else:
        stored_receipts.remove_receipt(work.session, receipt.id)
    audit.record(work, ReceiptRemoved(receipt.id))


def list_of_draft(work: Work, draft: Draft) -> list[Receipt]:
    """A draft's papers; where it mends a claim, those handed in before that still count come first."""
    return stored_receipts.list_of_draft(work.session, draft.id, draft.resubmits_claim_id)


def get_of_draft(work: Work, draft: Draft, receipt_id: int) -> Receipt:
    """One paper of a draft; raises ``NoSuchReceipt``."""
    for receipt in list_of_draft(work, draft):
        if receipt.id == receipt_id:
            return receipt
    raise NoSuchReceipt


def list_of_claim(work: Work, claim_id: int) -> list[Receipt]:
    """A claim's papers, replaced ones too."""
    return stored_receipts.list_of_claim(work.session, claim_id)


def get_of_claim(work: Work, claim_id: int, receipt_id: int) -> Receipt:
    """One paper of a claim; raises ``NoSuchReceipt``."""
    receipt = stored_receipts.get_receipt(work.session, receipt_id)
    if receipt.claim_id != claim_id:
        raise NoSuchReceipt
    return receipt


def open_page(work: Work, receipt: Receipt, page: int, *, small: bool) -> bytes:
    """One page as a JPEG, at full size or as a thumbnail; pages count from 1.

    Raises:
        NoSuchReceipt: it has no such page.
        BlobMissing, CannotOpen: the file is gone or was tampered with.
    """
    if not 1 <= page <= receipt.pages:
        raise NoSuchReceipt
    return _open(work, receipt)[2 * (page - 1) + small]


def open_thumbnails(work: Work, papers: Iterable[Receipt]) -> dict[int, bytes]:
    """The first page of each paper as a small JPEG, by the paper's row.

    One whose file is gone or was tampered with is left out: its owner can still replace or remove it.
    """
    thumbnails = {}
    for paper in papers:
        with suppress(BlobMissing, CannotOpen):
            thumbnails[paper.id] = open_page(work, paper, 1, small=True)
    return thumbnails


def release_original(work: Work, receipt: Receipt) -> bytes:
    """The PDF as it was sent, to be handed out as an attachment only; goes on record.

    Raises:
        NoSuchReceipt: it was a picture, of which no original is kept.
    """
    original = _open(work, receipt)[-1]
    if not original:
        raise NoSuchReceipt
    audit.record(work, ReceiptOriginalReleased(receipt.id))
    return original


def sweep_orphans(work: Work, seen_before: frozenset[str]) -> frozenset[str]:
    """Remove files that no row speaks of, now and in the round before; returns those seen now.

    A file stands before its row, so one round alone could take a receipt that is just being handed in.
    """
    orphans = frozenset(work.house.blobs.list_names()).difference(
        stored_receipts.iterate_blobs(work.session), stored_rosters.list_preview_blobs(work.session)
    )
    for name in orphans & seen_before:
        work.house.blobs.remove(name)
    return orphans - seen_before


def _forget_newest_refused(work: Work, draft: Draft, material: str) -> None:
    """A paper that is taken replaces the one that was sent in vain just before."""
    refused = [each for each in list_refused(work, draft) if each.material == material]
    if refused:
        remove_refused(work, draft, refused[-1].id)


def _open(work: Work, receipt: Receipt) -> list[bytes]:
    blob, wrapped = stored_receipts.get_sealed(work.session, receipt.id)
    key = work.keys.open_data_key(wrapped, key_context(receipt.person_id))
    return _unpack(key.open_sealed(work.house.blobs.get(blob)))


def _pack(read: ReadReceipt, original: bytes) -> bytes:
    """Picture and thumbnail of each page, then the original, after a list of their lengths."""
    parts = [part for page in read.pages for part in (page.picture, page.thumbnail)] + [original]
    lengths = json.dumps([len(part) for part in parts]).encode()
    return b"".join([len(lengths).to_bytes(_LENGTH_BYTES), lengths, *parts])


def _unpack(packed: bytes) -> list[bytes]:
    at = _LENGTH_BYTES + int.from_bytes(packed[:_LENGTH_BYTES])
    parts = []
    for length in json.loads(packed[_LENGTH_BYTES:at]):
        parts.append(packed[at : at + length])
        at += length
    return parts
