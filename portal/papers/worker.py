"""The confined reader of receipts: ``python -m portal.papers.worker KIND``, bytes in, pages out.

Everything here looks at a stranger's bytes, so it runs under the limits of `confinement.child`. The answer
is one JSON frame about the receipt, then for each page its picture and its thumbnail.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import NamedTuple, TypeAlias

from PIL import Image

from portal.confinement.child import Limits, serve
from portal.domain.errors import Refusal
from portal.domain.receipts import ReceiptUnreadable
from portal.papers.likeness import likeness_of
from portal.papers.sniffing import ReceiptKind

LIMITS = Limits(memory=512 * 1024 * 1024, cpu_seconds=9, open_files=32)
LONG_SIDE = 1600
THUMBNAIL_SIDE = 128  # shown 84 wide; the first opening of a page with three of them stays within 15 KB

Opener: TypeAlias = Callable[[bytes], Iterator[Image.Image]]


class _Drawn(NamedTuple):
    about: Mapping[str, object]
    picture: bytes
    thumbnail: bytes


def read_pages(opener: Opener, file: bytes) -> Iterator[bytes]:
    """Yield the frames of the answer; raise a Refusal when the file is none that can be shown."""
    digest = hashlib.sha256()
    drawn = []
    try:
        for page in opener(file):
            digest.update(b"%d %d " % page.size)
            digest.update(page.tobytes())
            drawn.append(_draw(page))
    except (Refusal, MemoryError):
        raise
    except Exception as error:  # crafted bytes can make a decoder raise anything, and it all means one thing
        raise ReceiptUnreadable from error
    about = {"digest": digest.hexdigest(), "pages": [each.about for each in drawn]}
    yield json.dumps(about).encode()
    for each in drawn:
        yield each.picture
        yield each.thumbnail


def _draw(page: Image.Image) -> _Drawn:
    page.info.clear()  # the encoder would copy comments and profiles of the original from here
    likeness = likeness_of(page)
    about = {"width": page.width, "height": page.height, "likeness": likeness.hex() if likeness else None}
    picture = _jpeg(page, quality=80)
    page.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return _Drawn(about, picture, _jpeg(page, quality=30))


def _jpeg(page: Image.Image, quality: int) -> bytes:
    file = BytesIO()
    page.save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


def _opener(kind: ReceiptKind) -> Opener:
    """Load what this kind needs, and no more: starting is most of what a small receipt costs."""
    if kind is ReceiptKind.PDF:
        from portal.papers.pdf import render_pages

        return partial(render_pages, long_side=LONG_SIDE)
    if kind is ReceiptKind.HEIC:
        from pillow_heif import register_heif_opener

        register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    from portal.papers.pictures import open_picture

    return lambda file: iter((open_picture(file, kind, LONG_SIDE),))


if __name__ == "__main__":
    serve(LIMITS, partial(read_pages, _opener(ReceiptKind(sys.argv[1]))))
