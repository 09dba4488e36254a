"""Whether a key ring is the one that a database was written with."""

from sqlalchemy.orm import Session

from portal.crypto.key_ring import KeyRing, Purpose
from portal.storage import key_rotation as stored


def list_unfit(session: Session, keys: KeyRing) -> list[Purpose]:
    """The purposes whose keys made nothing of what stands in the database; none where the ring fits.

    A few of the oldest rows are tried, so that it takes a millisecond or two however many there are. A
    purpose fits when one of them is its own, since the others may have been damaged, and when there is
    none yet. Tokens and the web framework leave nothing that could be tried.
    """
    return [purpose for purpose in Purpose if not _fits(session, keys, purpose)]


def _fits(session: Session, keys: KeyRing, purpose: Purpose) -> bool:
    tried = [
        is_own for table in stored.list_keyed_tables(purpose) for is_own in table.try_some(session, keys)
    ]
    return any(tried) or not tried
