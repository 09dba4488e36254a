"""Reads the whole corpus and prints what came of it: ``python -m tests.papers.read_corpus``.

A process of its own, so that what its children used can be told from what other tests' children used.
"""

import gc
import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

from PIL import Image

from portal.domain.errors import Refusal
from portal.papers.receipts import ReadReceipt, read_receipt
from tests.papers.corpus import READ, SCRIPT, Specimen, specimens

LONG_SIDE = 1600
FOREIGN = (SCRIPT, b"canary", b"<?php", b"PK\x03\x04", b"%PDF", b"Exif", b"ICC_PROFILE", b"http")


def main():
    with ThreadPoolExecutor(2) as readers:
        results = dict(readers.map(examine, specimens()))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    gc.collect()
    json.dump(
        {
            "results": results,
            "largest_child_bytes": used.ru_maxrss * 1024,
            "children_left": Path(f"/proc/self/task/{os.getpid()}/children").read_text().split(),
        },
        sys.stdout,
    )


def examine(specimen: Specimen):
    file = specimen.make()
    start = time.monotonic()
    try:
        receipt = read_receipt(file)
        outcome, harm = READ, harm_in(receipt)
    except Refusal as refusal:
        outcome, harm = refusal.code, []
    return specimen.name, {"outcome": outcome, "harm": harm, "seconds": time.monotonic() - start}


def harm_in(receipt: ReadReceipt):
    """Name everything in what would be shown that is not simply a picture of ours."""
    found = [] if 1 <= len(receipt.pages) <= 10 else [f"{len(receipt.pages)} pages"]
    for page in receipt.pages:
        for kind, file, longest in (("page", page.picture, LONG_SIDE), ("thumbnail", page.thumbnail, 320)):
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
