"""Proving who one is: a name, a citizen number, and a code that only the right person holds."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from portal.domain.audit import Act
from portal.domain.errors import Refusal

TEXTED_DIGITS = 6
TEXTED_LIFETIME = timedelta(minutes=10)
MOST_TRIES = 5

# A paper code is carried home and typed days later. Fifty bits cannot be guessed, so no lock-out
# guards it, and nobody can lock the rightful holder out by guessing.
PAPER_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
PAPER_LENGTH = 10
PAPER_LIFETIME = timedelta(days=3)

_IGNORED_IN_CODES = re.compile(r"[\s\-–—·.]+")
_IGNORED_IN_NAMES = re.compile(r"[\s·•・.．]+")


class CodeKind(StrEnum):
    """How a code reaches a person."""

    TEXTED = "texted"
    PAPER = "paper"
    CLAIM = "claim"


@dataclass(frozen=True)
class Limit:
    """So many tries in a window of time; the next is refused until the window is over."""

    subject: str
    most: int
    window: timedelta

    def window_of(self, now: datetime) -> datetime:
        """When the window began in which ``now`` falls."""
        seconds = int(self.window.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo)


# A family, or a village office, sits behind one address; one number is asked for by one person.
CHECKS_BY_ADDRESS = Limit("identity_check_address", 60, timedelta(hours=1))
CHECKS_BY_NUMBER = Limit("identity_check_number", 5, timedelta(hours=1))
CODES_BY_ADDRESS = Limit("code_try_address", 100, timedelta(hours=1))


class TooManyTries(Refusal):
    """Tried too often; a paper code from the desk still works."""

    code: ClassVar[str] = "too_many_tries"


class CodeNotRight(Refusal):
    """The code is wrong, used or over; ``tries_left`` says how many more this challenge takes."""

    code: ClassVar[str] = "code_not_right"


class CodeOver(Refusal):
    """The challenge is over: its time is up, its tries are used, or it was used."""

    code: ClassVar[str] = "code_over"


@dataclass(frozen=True)
class IdentityProven(Act):
    """A villager proved who they are by a code."""

    subject: ClassVar[str] = "person"
    person_id: int
    by: CodeKind
    assisted: bool


@dataclass(frozen=True)
class ClaimantAdmitted(Act):
    """An heir or beneficiary was let in to one claim by a paper code."""

    subject: ClassVar[str] = "claim"
    claim_id: int


@dataclass(frozen=True)
class SignedOut(Act):
    """Someone ended their session."""


@dataclass(frozen=True)
class PaperCodeIssued(Act):
    """The desk gave a villager a paper code after seeing the identity card."""

    subject: ClassVar[str] = "person"
    person_id: int


def fold_name(name: str) -> str:
    """A name as it is compared: width and separators do not count (买买提·艾力 is typed in many ways)."""
    return _IGNORED_IN_NAMES.sub("", unicodedata.normalize("NFKC", name)).casefold()


def fold_code(typed: str) -> str:
    """A code as it is compared: without spaces and dashes, in capital letters."""
    return _IGNORED_IN_CODES.sub("", unicodedata.normalize("NFKC", typed)).upper()


def is_texted_code(folded: str) -> bool:
    """Whether this has the shape of a code from a text message."""
    return len(folded) == TEXTED_DIGITS and folded.isascii() and folded.isdecimal()


def is_paper_code(folded: str) -> bool:
    """Whether this has the shape of a code from a slip of paper."""
    return len(folded) == PAPER_LENGTH and set(folded) <= set(PAPER_LETTERS)


def group_paper_code(code: str) -> str:
    """A paper code as it is printed, in groups that an eye can hold: ``7K3M-9Q2P-XZ``."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
