"""The tables, one module for each subject."""

from portal.storage.models import (
    assistant,
    audit,
    citizens,
    claims,
    ledger,
    messages,
    rosters,
    sessions,
    staff,
    statements,
)
from portal.storage.models.base import Base

__all__ = [
    "Base",
    "assistant",
    "audit",
    "citizens",
    "claims",
    "ledger",
    "messages",
    "rosters",
    "sessions",
    "staff",
    "statements",
]
