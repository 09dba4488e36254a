"""What is due again and again, done by one machine at a time."""

from collections import Counter
from datetime import timedelta

from portal.messages.gateway import Gateway
from portal.services import outbox
from portal.services.outbox import Render
from portal.services.work import SYSTEM, Clock, House, begin_work
from portal.storage import identity as stored_identity
from portal.storage import messages as stored_messages
from portal.storage.leases import give_lease_back, take_lease

LEASE = "rounds"
LEASE_LIFETIME = timedelta(seconds=60)

# Windows are an hour at most; a day later nobody asks for them.
_ATTEMPTS_KEPT = timedelta(days=1)


def do_round(
    house: House, holder: str, gateway: Gateway, render: Render, clock: Clock
) -> Counter[str] | None:
    """Do what is due; None while another machine has the lease. Returns how many texts went how."""
    with begin_work(house, SYSTEM, clock) as work:
        if not take_lease(work.session, LEASE, holder, work.now, work.now + LEASE_LIFETIME):
            return None
    sent = outbox.send_due(house, gateway, render, clock)
    with begin_work(house, SYSTEM, clock) as work:
        stored_messages.forget_expired_secrets(work.session, work.now)
        stored_identity.forget_attempts_before(work.session, work.now - _ATTEMPTS_KEPT)
    return sent


def end_rounds(house: House, holder: str, clock: Clock) -> None:
    """Let another machine take over at once."""
    with begin_work(house, SYSTEM, clock) as work:
        give_lease_back(work.session, LEASE, holder)
