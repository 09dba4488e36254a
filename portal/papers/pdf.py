"""PDF pages as pictures. This PDFium has neither a script engine nor XFA, so nothing in a file runs."""

from collections.abc import Iterator

import pypdfium2
from PIL import Image

from portal.domain.receipts import MAX_RECEIPT_PAGES, ReceiptLocked, ReceiptTooManyPages, ReceiptUnreadable

_LARGEST_SCALE = 4.0  # 288 dots an inch: a small slip is enlarged so far and no further
_PASSWORD_NEEDED = "password"  # noqa: S105 - how PDFium names its error


def render_pages(file: bytes, long_side: int) -> Iterator[Image.Image]:
    """Yield each page drawn on white, its longer side at most ``long_side`` pixels."""
    document = _open(file)
    count = len(document)
    if count == 0:
        raise ReceiptUnreadable
    if count > MAX_RECEIPT_PAGES:
        raise ReceiptTooManyPages(pages=count, limit=MAX_RECEIPT_PAGES)
    for page in document:
        longest = max(page.get_size())
        if not 0 < longest < float("inf"):
            raise ReceiptUnreadable
        scale = min(_LARGEST_SCALE, (long_side - 1) / longest)  # PDFium rounds a started pixel up
        yield page.render(scale=scale).to_pil()


def _open(file: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(file)
        document.init_forms()  # the seal of a signed receipt is a form field
    except pypdfium2.PdfiumError as error:
        if _PASSWORD_NEEDED in str(error).lower():
            raise ReceiptLocked from error
        raise ReceiptUnreadable from error
    return document
