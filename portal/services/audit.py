"""Puts acts on record, and checks that the record is whole."""

from portal.domain.audit import Act
from portal.services.work import Work

# Where an act belongs to no region, as when a machine does its rounds.
HOUSE_BOOK = "house"


def record(work: Work, act: Act, region: str | None = None) -> None:
    """Put an act on record; it is written when the work ends, together with what was done."""
    work.on_record.append((region or work.actor.region or HOUSE_BOOK, act))
