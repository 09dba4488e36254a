"""Hash chains: each link covers what it records and the link before it."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

FIRST_LINK = bytes(32)


class Fault(StrEnum):
    """How a chain does not hold at a row."""

    MISSING = "missing"
    """The row is gone."""
    CHANGED = "changed"
    """The row, or its link, is not what was written."""
    TAIL = "tail"
    """The chain ends elsewhere than its head or a logged head says: rows were cut off or added."""
    HEAD = "head"
    """The head is missing or was not signed with our key: the chain was made anew."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: the number of its last row, counted from 1, and that row's link."""

    sequence: int
    last_link: bytes

    def __str__(self) -> str:
        """The one spelling in which heads are noted outside the database, behind the name of their chain."""
        return f"{self.sequence}:{self.last_link.hex()}"


START = Head(0, FIRST_LINK)


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


def list_faults(
    rows: Iterable[tuple[int, bytes, bytes]],
    head: Head | None,
    is_signed: Callable[[Head], bool],
    *,
    start: Head = START,
    noted: Collection[Head] = (),
) -> Iterator[tuple[int, Fault]]:
    """Follow a chain that ought to be there, and name every row where it does not hold.

    ``rows`` are sequence, payload and stored link, in order. ``start`` is where an archived part ended.
    ``noted`` are heads noted outside the database, each of which must still stand: an older head that was
    put back together with an older table is signed well enough, and only such a note betrays it.
    """
    noted_links = defaultdict(set)
    for each in noted:
        noted_links[each.sequence].add(each.last_link)
    last = start.sequence
    candidates: tuple[bytes, ...] = (start.last_link,)
    for sequence, payload, stored in rows:
        links = [link(previous, payload) for previous in candidates]
        if sequence != last + 1:
            yield last + 1, Fault.MISSING
        elif stored not in links:
            yield sequence, Fault.CHANGED
        if sequence in noted_links and not noted_links[sequence] <= {stored, *links}:
            yield sequence, Fault.HEAD
        # After a wrong row the next one may follow what is stored or what should be, so that one
        # wrong row is named once and those after it are not blamed.
        candidates = (stored,) if stored in links else (stored, links[0])
        last = sequence
    if head is None:
        yield last, Fault.HEAD
        return
    if head.sequence != last:
        yield min(last, head.sequence) + 1, Fault.TAIL
    elif head.last_link not in candidates:
        yield last, Fault.TAIL
    elif max(noted_links, default=0) > last:
        yield last + 1, Fault.TAIL
    if not is_signed(head):
        yield head.sequence, Fault.HEAD
