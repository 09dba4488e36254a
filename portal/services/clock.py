"""A clock against the record: whether it is behind, and what to do when it is right and an act ran ahead."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.crypto.key_ring import KeyRing
from portal.domain.clock import ClockAccepted
from portal.services.backups import LONGEST
from portal.services.work import ActorKind
from portal.storage import audit as stored_audit
from portal.storage import clock as stored
from portal.storage.audit import RecordedActor
from portal.storage.clock import NewestAct

# Clocks of hosts differ a little, and an act's moment is read before it is written.
_TOLERANCE = timedelta(seconds=5)


def list_acts_ahead(session: Session, now: datetime) -> list[NewestAct]:
    """The newest acts of regions that a clock says are still to come; lifetimes would be stretched by it."""
    return stored.list_newest_after(session, now + _TOLERANCE)


def accept_clock(session: Session, keys: KeyRing, now: datetime) -> list[NewestAct]:
    """Go on from a clock that was checked: the acts that ran ahead are answered by one that has the time.

    They stay on record as they are. A chain goes by its numbers, so a later act may have an earlier time.
    What was opened while the clock ran ahead, and would last until then, is over. Returns those acts.
    """
    ahead = list_acts_ahead(session, now)
    if ahead:
        stored.forget_after(session, now, LONGEST)
        stored_audit.write(
            session,
            keys,
            [(act.region, ClockAccepted(act.sequence, act.at)) for act in ahead],
            actor=RecordedActor(ActorKind.SYSTEM, None, None),
            at=now,
            request_id=None,
        )
    return ahead
