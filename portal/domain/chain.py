"""Hash chains: each link covers what it records and the link before it."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

FIRST_LINK = bytes(32)


def link(previous: bytes, payload: bytes) -> bytes:
    """The link after ``previous`` for ``payload``; 32 bytes."""
    return sha256(previous + payload).digest()


def canonical(record: Mapping[str, Any]) -> bytes:
    """One spelling for one record, so that equal records hash alike on every machine.

    Raises:
        TypeError: the record holds something that JSON has no word for.
    """
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def head_payload(book: str, sequence: int, last_link: bytes) -> bytes:
    """What a head row's MAC covers; a cut tail changes the sequence, a rehash changes the link."""
    return f"{book}\n{sequence}\n".encode() + last_link
