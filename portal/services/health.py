"""Whether this host may serve, and the figures that somebody watches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.services import clock, key_fit
from portal.services.work import Work
from portal.storage import health as stored_health
from portal.storage import schema


class Trouble(StrEnum):
    """Why a host may not serve."""

    SCHEMA_OLD = "schema_old"
    CLOCK_BEHIND = "clock_behind"
    KEYS_DO_NOT_FIT = "keys_do_not_fit"
    DATABASE_NOT_WRITABLE = "database_not_writable"
    RECEIPTS_NOT_WRITABLE = "receipts_not_writable"


@dataclass(frozen=True)
class Figures:
    """What a dashboard shows: the outbox, and claims as (region, state, count)."""

    texts_waiting: int
    oldest_text_seconds: float
    claims: Sequence[tuple[str, str, int]]


def list_troubles(work: Work) -> list[Trouble]:
    """Everything that keeps this host from serving; nothing when it is ready."""
    troubles = []
    if not schema.is_current(work.session.connection()):
        troubles.append(Trouble.SCHEMA_OLD)
    else:
        if clock.list_acts_ahead(work.session, work.now):
            troubles.append(Trouble.CLOCK_BEHIND)
        if key_fit.list_unfit(work.session, work.keys):
            troubles.append(Trouble.KEYS_DO_NOT_FIT)
    if not work.house.database.may_write(work.session):
        troubles.append(Trouble.DATABASE_NOT_WRITABLE)
    if not work.house.blobs.is_writable():
        troubles.append(Trouble.RECEIPTS_NOT_WRITABLE)
    return troubles


def measure(work: Work) -> Figures:
    """The figures as they stand."""
    waiting, since = stored_health.count_waiting_texts(work.session)
    return Figures(waiting, _age(since, work.now), stored_health.count_claims(work.session))


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else (now - since).total_seconds()
