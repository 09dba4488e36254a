"""What a file is, by its first bytes; its name proves nothing and is never asked for."""

from enum import StrEnum

from portal.domain.receipts import ReceiptEmpty, ReceiptIsOfd, ReceiptKindNotTaken, ReceiptNotAnImage


class ReceiptKind(StrEnum):
    """The kinds of file that are opened."""

    JPEG = "jpeg"
    PNG = "png"
    HEIC = "heic"
    PDF = "pdf"


_TAKEN = (
    (b"\xff\xd8\xff", ReceiptKind.JPEG),
    (b"\x89PNG\r\n\x1a\n", ReceiptKind.PNG),
    (b"%PDF-", ReceiptKind.PDF),
)
_OTHER_PICTURES = (
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (("svg", b"<svg"), ("html", b"<!doctype html"), ("html", b"<html"), ("html", b"<script"))
_SEEN = 4096


def sniff(file: bytes) -> ReceiptKind:
    """Tell the kind of a file, or refuse it by name of what it is instead."""
    if not file:
        raise ReceiptEmpty
    for magic, kind in _TAKEN:
        if file.startswith(magic):
            return kind
    if file[4:8] == b"ftyp":
        return _sniff_brand(file)
    for magic, found in _OTHER_PICTURES:
        if file.startswith(magic):
            raise ReceiptKindNotTaken(found=found)
    if file.startswith(b"RIFF") and file[8:12] == b"WEBP":
        raise ReceiptKindNotTaken(found="webp")
    if file.startswith(b"PK") and b"OFD.xml" in file:
        raise ReceiptIsOfd
    raise ReceiptNotAnImage(found=_sniff_document(file))


def _sniff_brand(file: bytes) -> ReceiptKind:
    """ISO media files say in their first box what they are, and what else they are compatible with."""
    brands = file[8 : min(int.from_bytes(file[:4]), _SEEN)]
    own, *compatible = (brands[at : at + 4] for at in range(0, max(len(brands), 1), 4))
    if own in _AVIF_BRANDS or (own not in _HEIC_BRANDS and set(compatible) & set(_AVIF_BRANDS)):
        raise ReceiptKindNotTaken(found="avif")
    if own in _HEIC_BRANDS:
        return ReceiptKind.HEIC
    raise ReceiptNotAnImage(found="unknown")


def _sniff_document(file: bytes) -> str:
    if file.startswith(_OLD_OFFICE) or (file.startswith(b"PK") and b"[Content_Types].xml" in file):
        return "office"
    if file.startswith(b"PK"):
        return "zip"
    head = file[:_SEEN].lower()
    for found, mark in _MARKUP:
        if mark in head:
            return found
    return "unknown" if b"\0" in head else _text_or_unknown(file[:_SEEN])


def _text_or_unknown(head: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            # A cut character at the end of what was looked at is no fault.
            head[: max(len(head) - 4, 1)].decode(encoding)
        except UnicodeDecodeError:
            continue
        return "text"
    return "unknown"
