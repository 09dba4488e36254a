"""The outbox: texts kept in the transaction that caused them, and sent afterwards."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.storage.models.messages import NoticeRecord, TextMessageRecord


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
    session.execute(
        insert(TextMessageRecord).values(
            idempotency_key=key,
            person_id=person_id,
            phone_sealed=phone_sealed,
            wording=wording,
            facts=dict(facts),
            secret_sealed=secret_sealed,
            state=state,
            queued_at=now,
            next_try_at=now,
            expires_at=expires_at,
        )
    )
    return key


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
