"""What the portal asks of whoever carries its text messages."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class TextMessage:
    """One text to one phone. Printing or logging it shows only the key."""

    key: str
    """Made once when the text is queued: the gateway sends a key once, however often it is handed in."""
    phone: str = field(repr=False)
    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError("an idempotency key is 8 to 64 letters, digits, - and _")


class Outcome(StrEnum):
    """What to do with the text now."""

    ACCEPTED = "accepted"
    """The gateway has it; done."""
    RETRY = "retry"
    """Hand it in again later with the same key; nothing is lost and nothing doubled."""
    REFUSED = "refused"
    """The gateway will never send this one, for example to a phone number that is none."""


@dataclass(frozen=True, slots=True)
class SendResult:
    """How handing in one text went."""

    outcome: Outcome
    reason: str = ""
    """A code for the log and the outbox when the text was not accepted; never what the gateway wrote."""
    receipt: str = ""
    """The gateway's own number of an accepted text."""
    retry_after: timedelta | None = None
    """How long the gateway asks to be left alone."""


class Gateway(Protocol):
    """A carrier of texts. Sending never raises for what the network or the gateway did."""

    def send(self, message: TextMessage, now: datetime) -> SendResult:
        """Hand in one text, once; trying again is up to the outbox."""
