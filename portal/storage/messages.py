"""The outbox: texts kept in the transaction that caused them, and sent afterwards."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.storage.models.base import Base
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.messages import NoticeRecord, TextMessageRecord

_ADD_TEXT = insert(Base.metadata.tables[TextMessageRecord.__tablename__]).inline()


@dataclass(frozen=True)
class QueuedText:
    """A text in the outbox. Its phone is the sealed one it was queued for, else the person's own."""

    id: int
    key: str
    wording: str
    facts: Mapping[str, Any]
    secret_sealed: bytes | None
    phone_sealed: bytes | None
    person_uid: str | None
    person_phone_sealed: bytes | None
    phone_tail: str | None
    tries: int
    queued_at: datetime
    expires_at: datetime | None


def add_text(
    session: Session,
    *,
    person_id: int | None,
    wording: str,
    facts: Mapping[str, Any],
    now: datetime,
    state: str = "queued",
    secret_sealed: bytes | None = None,
    phone_sealed: bytes | None = None,
    expires_at: datetime | None = None,
    key: str | None = None,
) -> str:
    """Put one text into the outbox; returns the key under which the gateway sends it once.

    It goes to the phone on record when it is sent, unless ``phone_sealed`` names another.
    """
    key = key or secrets.token_hex(16)
    session.connection().execute(
        _ADD_TEXT,
        {
            "idempotency_key": key,
            "person_id": person_id,
            "phone_sealed": phone_sealed,
            "wording": wording,
            "facts": dict(facts),
            "secret_sealed": secret_sealed,
            "state": state,
            "queued_at": now,
            "next_try_at": now,
            "expires_at": expires_at,
        },
    )
    return key


def has_text(session: Session, key: str) -> bool:
    """Whether a text of this key was ever put into the outbox."""
    query = select(TextMessageRecord.id).where(TextMessageRecord.idempotency_key == key)
    return session.execute(query).first() is not None


def add_notice(
    session: Session,
    *,
    person_id: int,
    wording: str,
    facts: Mapping[str, Any],
    now: datetime,
    claim_id: int | None = None,
) -> None:
    """Leave a message inside the portal for one person."""
    session.execute(
        insert(NoticeRecord).values(
            person_id=person_id, wording=wording, facts=dict(facts), claim_id=claim_id, at=now
        )
    )


_TEXTS: Select[Any] = select(
    TextMessageRecord.id,
    TextMessageRecord.idempotency_key.label("key"),
    TextMessageRecord.wording,
    TextMessageRecord.facts,
    TextMessageRecord.secret_sealed,
    TextMessageRecord.phone_sealed,
    PersonRecord.uid.label("person_uid"),
    PersonRecord.phone_sealed.label("person_phone_sealed"),
    PersonRecord.phone_tail,
    TextMessageRecord.tries,
    TextMessageRecord.queued_at,
    TextMessageRecord.expires_at,
).outerjoin(PersonRecord, PersonRecord.id == TextMessageRecord.person_id)


def list_due_texts(session: Session, now: datetime, limit: int) -> list[QueuedText]:
    """Texts that wait to be sent, the longest waiting first."""
    rows = session.execute(
        _TEXTS.where(TextMessageRecord.state == "queued", TextMessageRecord.next_try_at <= now)
        .order_by(TextMessageRecord.next_try_at, TextMessageRecord.id)
        .limit(limit)
    )
    return [QueuedText(*row) for row in rows]


def has_due_text(session: Session, now: datetime) -> bool:
    """Whether any text is to be sent just now."""
    query = select(TextMessageRecord.id).where(
        TextMessageRecord.state == "queued", TextMessageRecord.next_try_at <= now
    )
    return session.execute(query.limit(1)).first() is not None


def list_latest_texts(session: Session, now: datetime, limit: int) -> list[QueuedText]:
    """The newest texts to a phone, sent or not; no decoys, and none whose time is over."""
    has_phone = or_(TextMessageRecord.phone_sealed.is_not(None), PersonRecord.phone_sealed.is_not(None))
    holds = or_(TextMessageRecord.expires_at.is_(None), TextMessageRecord.expires_at > now)
    rows = session.execute(
        _TEXTS.where(TextMessageRecord.state != "decoy", has_phone, holds)
        .order_by(TextMessageRecord.id.desc())
        .limit(limit)
    )
    return [QueuedText(*row) for row in rows]


def settle_text(session: Session, text_id: int, state: str, now: datetime) -> None:
    """A text is done with: ``sent`` or ``refused``."""
    session.execute(
        update(TextMessageRecord)
        .where(TextMessageRecord.id == text_id)
        .values(state=state, sent_at=now if state == "sent" else None)
    )


def try_text_again(session: Session, text_id: int, at: datetime) -> None:
    """A text could not be sent; it waits until ``at``."""
    session.execute(
        update(TextMessageRecord)
        .where(TextMessageRecord.id == text_id)
        .values(tries=TextMessageRecord.tries + 1, next_try_at=at)
    )


def forget_expired_secrets(session: Session, now: datetime) -> None:
    """Drop the codes of texts whose time is over."""
    session.execute(
        update(TextMessageRecord)
        .where(TextMessageRecord.secret_sealed.is_not(None), TextMessageRecord.expires_at <= now)
        .values(secret_sealed=None)
    )
