"""Reads every file of a folder and prints what came of it: ``python -m tests.papers.read_corpus FOLDER``.

A small process of its own: what the system tells of its children's memory counts the parent's in.
"""

import json
import os
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

from PIL import Image

from portal.domain.errors import Refusal
from portal.papers.receipts import ReadReceipt, read_receipt

LONG_SIDE = 1600
THUMBNAIL_SIDE = 128
READ = "read"
FOREIGN = (b"<script", b"canary", b"<?php", b"PK\x03\x04", b"%PDF", b"Exif", b"ICC_PROFILE", b"http")


def main():
    with ThreadPoolExecutor(2) as readers:
        results = dict(readers.map(examine, sorted(Path(sys.argv[1]).iterdir())))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    json.dump(
        {
            "results": results,
            "largest_child_bytes": used.ru_maxrss * 1024,
            "children_left": Path(f"/proc/self/task/{os.getpid()}/children").read_text().split(),
        },
        sys.stdout,
    )


def examine(path: Path):
    try:
        receipt = read_receipt(path.read_bytes())
        outcome, harm = READ, harm_in(receipt)
    except Refusal as refusal:
        outcome, harm = refusal.code, []
    return path.name, {"outcome": outcome, "harm": harm}


def harm_in(receipt: ReadReceipt):
    """Name everything in what would be shown that is not simply a picture of ours."""
    found = [] if 1 <= len(receipt.pages) <= 10 else [f"{len(receipt.pages)} pages"]
    for page in receipt.pages:
        for kind, file, longest in (
            ("page", page.picture, LONG_SIDE),
            ("thumbnail", page.thumbnail, THUMBNAIL_SIDE),
        ):
            found += [f"{kind} holds {mark!r}" for mark in FOREIGN if mark in file]
            if not (file.startswith(b"\xff\xd8\xff") and file.endswith(b"\xff\xd9")):
                found.append(f"{kind} has something around it")
            with Image.open(BytesIO(file)) as picture:
                picture.load()
                if picture.format != "JPEG" or max(picture.size) > longest or len(picture.getexif()):
                    found.append(f"{kind} is {picture.format} of {picture.size}")
                if kind == "page" and picture.size != (page.width, page.height):
                    found.append("its size is told wrongly")
    return found


if __name__ == "__main__":
    main()
