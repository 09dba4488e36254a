"""Sends the texts that wait in the outbox: each at least once, and shown once.

A text is handed to the gateway outside of any transaction, and settled in one of its own. Whoever
dies in between leaves it waiting; the next try carries the same key, and the gateway sends a key once.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from portal.crypto.errors import CryptoError
from portal.messages.gateway import Gateway, Outcome, SendResult, TextMessage
from portal.services.work import SYSTEM, Clock, House, Work, begin_reading, begin_work
from portal.storage import messages as stored_messages
from portal.storage.messages import QueuedText

Render = Callable[[str, Mapping[str, Any]], str]
"""Makes the words of a text from its wording code and facts."""

AT_ONCE = 50
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)
_MOST_DOUBLINGS = 9  # by then the pause is longer than the longest; forty more and no date could hold it

_log = structlog.get_logger()


@dataclass(frozen=True)
class ShownText:
    """A text as the demo's outbox shows it."""

    words: str
    phone_tail: str | None
    queued_at: datetime


def send_due(house: House, gateway: Gateway, render: Render, clock: Clock) -> Counter[str]:
    """Send what is due; returns how many texts came to which end."""
    with begin_reading(house, SYSTEM, clock) as work:
        due = stored_messages.list_due_texts(work.session, work.now, AT_ONCE)
    return Counter(_send_one(house, gateway, render, clock, text) for text in due)


def list_latest(work: Work, render: Render, limit: int = 20) -> list[ShownText]:
    """The newest texts, for the demo, whose people have no phones."""
    return [
        ShownText(_words(work, render, text), text.phone_tail, text.queued_at)
        for text in stored_messages.list_latest_texts(work.session, work.now, limit)
    ]


def _send_one(house: House, gateway: Gateway, render: Render, clock: Clock, text: QueuedText) -> str:
    with begin_reading(house, SYSTEM, clock) as work:
        now = work.now
        message = _compose(work, render, text)
    result = message if isinstance(message, SendResult) else gateway.send(message, now)
    with begin_work(house, SYSTEM, clock) as work:
        if result.outcome is Outcome.RETRY:
            doubled = min(text.tries, _MOST_DOUBLINGS)
            pause = result.retry_after or min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**doubled)
            stored_messages.try_text_again(work.session, text.id, work.now + pause)
        else:
            state = "sent" if result.outcome is Outcome.ACCEPTED else "refused"
            stored_messages.settle_text(work.session, text.id, state, work.now)
    return result.outcome.value


def _compose(work: Work, render: Render, text: QueuedText) -> TextMessage | SendResult:
    """The message, or why there is none; a text that cannot be read must not hold up those behind it."""
    if text.expires_at is not None and text.expires_at <= work.now:
        return SendResult(Outcome.REFUSED, reason="expired")
    try:
        phone = _phone(work, text)
        words = _words(work, render, text)
    except CryptoError:  # the ring may be the wrong one, and the right one may come back
        _log.warning("text does not open", text=text.id)
        return SendResult(Outcome.RETRY, reason="does_not_open")
    except LookupError:
        return SendResult(Outcome.REFUSED, reason="unreadable")
    if phone is None:
        return SendResult(Outcome.REFUSED, reason="no_phone")
    return TextMessage(text.key, phone, words)


def _phone(work: Work, text: QueuedText) -> str | None:
    if text.phone_sealed is not None:
        return work.keys.open_sealed(text.phone_sealed, f"text_message.phone {text.key}")
    if text.person_phone_sealed is None:
        return None
    return work.keys.open_sealed(text.person_phone_sealed, f"person.phone {text.person_uid}")


def _words(work: Work, render: Render, text: QueuedText) -> str:
    secret = text.secret_sealed
    if secret is None:
        return render(text.wording, text.facts)
    opened = work.keys.open_sealed(secret, f"text_message.secret {text.key}")
    return render(text.wording, {**text.facts, "secret": opened})
