"""Makes what old keys made anew with the key in use, while everybody goes on working."""

from collections.abc import Callable

from portal.crypto.key_ring import Purpose
from portal.domain.key_rotation import OldKeysStillNeeded, ValuesRenewed
from portal.services import audit
from portal.services.work import SYSTEM, Clock, House, begin_reading, begin_work
from portal.storage import key_rotation as stored
from portal.storage.key_rotation import KeyedTable

OnRows = Callable[[int], None]

AT_ONCE = 500


def count_renewable(house: House, purpose: Purpose, clock: Clock) -> int:
    """How many rows are still to be made anew; the others lapse by themselves."""
    with begin_reading(house, SYSTEM, clock) as work:
        return sum(table.count_old(work.session, house.keys) for table in _renewable(purpose))


def renew_values(
    house: House, purpose: Purpose, clock: Clock, on_rows: OnRows, at_once: int = AT_ONCE
) -> int:
    """Make every value of a purpose anew; returns how many rows that took.

    Each step is a transaction of its own, so that nobody waits long and a kill loses nothing: what
    was made anew is known by its first bytes, and the next run goes on with the rest.

    Raises:
        CannotOpen: a value does not open; the message names its row. What came before it is kept.
    """
    rows = sum(_renew_table(house, table, clock, on_rows, at_once) for table in _renewable(purpose))
    with begin_work(house, SYSTEM, clock) as work:
        audit.record(work, ValuesRenewed(str(purpose), rows))
    return rows


def check_old_keys_may_go(house: House, purpose: Purpose, clock: Clock) -> None:
    """Refuse to let the old keys of a purpose go while something needs them.

    Raises:
        OldKeysStillNeeded: with how many rows in which table.
    """
    with begin_reading(house, SYSTEM, clock) as work:
        left = {
            table.table.name: table.count_old(work.session, house.keys)
            for table in stored.list_keyed_tables(purpose)
        }
    if any(left.values()):
        raise OldKeysStillNeeded(**{name: rows for name, rows in left.items() if rows})


def _renewable(purpose: Purpose) -> list[KeyedTable]:
    return [table for table in stored.list_keyed_tables(purpose) if table.renew]


def _renew_table(house: House, table: KeyedTable, clock: Clock, on_rows: OnRows, at_once: int) -> int:
    renewed, after = 0, None
    while True:
        with begin_work(house, SYSTEM, clock) as work:
            rows, after = table.renew_some(work.session, house.keys, after, at_once)
            # A pass may end with rows left that somebody held, or wrote on a host that has not restarted.
            if rows == 0 and table.count_old(work.session, house.keys) == 0:
                return renewed
        renewed += rows
        on_rows(rows)
