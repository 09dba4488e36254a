"""What is due again and again, done by one machine at a time."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import structlog

from portal.domain.chain import Head
from portal.domain.errors import StorageBusy
from portal.domain.sessions import CITIZEN_LIFETIME, STAFF_LIFETIME
from portal.messages.gateway import Gateway
from portal.services import drafts, outbox, receipts, reminders, rosters
from portal.services.backups import RECEIPTS_LEASE
from portal.services.outbox import Render
from portal.services.work import SYSTEM, Clock, House, Work, begin_reading, begin_work
from portal.storage import audit as stored_audit
from portal.storage import identity as stored_identity
from portal.storage import ledger as stored_ledger
from portal.storage import messages as stored_messages
from portal.storage import sessions as stored_sessions
from portal.storage.leases import give_lease_back, is_leased_to_another, take_lease

LEASE = "rounds"
LEASE_LIFETIME = timedelta(seconds=60)

EVERY_HALF_LEASE = LEASE_LIFETIME / 2
EVERY_MINUTE = timedelta(minutes=1)
EVERY_HOUR = timedelta(hours=1)
EVERY_DAY = timedelta(days=1)

# Windows are an hour at most, codes live three days at most; a day later nobody asks for them.
_KEPT_AFTER_USE = timedelta(days=1)

Job = Callable[[], None]

_log = structlog.get_logger()


class Rounds:
    """One process that does what is due, and what it remembers between its rounds."""

    def __init__(self, house: House, holder: str, gateway: Gateway, render: Render, clock: Clock) -> None:
        """``holder`` is this process's name in the lease; ``render`` makes the words of texts."""
        self._house, self._holder, self._clock = house, holder, clock
        self._gateway, self._render = gateway, render
        self._jobs: tuple[tuple[timedelta, Job], ...] = (
            (EVERY_HALF_LEASE, self._stay_in_charge),
            (EVERY_MINUTE, self._forget_what_is_over),
            (EVERY_HOUR, self._remind),
            (EVERY_HOUR, self._sweep_receipts),
            (EVERY_DAY, self._note_heads),
        )
        self._done_at: dict[Job, datetime] = {}
        self._orphans: frozenset[str] = frozenset()
        self.sent: Counter[str] = Counter()
        """How many texts came to which end in the last round."""
        self.heads: list[tuple[str, Head]] = []
        """Where the chains ended, when the last round noted it; to be kept outside the database."""

    def do_round(self) -> bool:
        """Do what is due; False while another machine has the lease.

        Where nothing is due, a round only looks. A job that fails is logged, is due again after its
        time, and keeps none of the others waiting.

        Raises:
            StorageBusy: the database takes nothing just now; what is left stays due.
        """
        self.sent, self.heads = Counter(), []
        with begin_reading(self._house, SYSTEM, self._clock) as work:
            if is_leased_to_another(work.session, LEASE, self._holder, work.now):
                return False
            due = self._list_due(work)
        for job in due:
            now = self._take_lease()
            if now is None:
                return False
            try:
                job()
            except StorageBusy:
                raise
            except Exception as error:
                _log.exception("job failed", job=job.__name__.strip("_"), exc_info=error)
            self._done_at[job] = now
        return True

    def end(self) -> None:
        """Let another machine take over at once."""
        with begin_work(self._house, SYSTEM, self._clock) as work:
            give_lease_back(work.session, LEASE, self._holder)

    def _list_due(self, work: Work) -> list[Job]:
        due = [
            job
            for every, job in self._jobs
            if job not in self._done_at or work.now - self._done_at[job] >= every
        ]
        return [self._send_texts, *due] if stored_messages.has_due_text(work.session, work.now) else due

    def _take_lease(self) -> datetime | None:
        """Take or renew the lease before each job, since one may take long; None if another has it."""
        with begin_work(self._house, SYSTEM, self._clock) as work:
            if take_lease(work.session, LEASE, self._holder, work.now, work.now + LEASE_LIFETIME):
                return work.now
        return None

    def _stay_in_charge(self) -> None:
        """Nothing more: the lease was renewed for it, so that an idle machine does not lose its turn."""

    def _send_texts(self) -> None:
        self.sent = outbox.send_due(self._house, self._gateway, self._render, self._clock)

    def _forget_what_is_over(self) -> None:
        with begin_work(self._house, SYSTEM, self._clock) as work:
            now = work.now
            stored_messages.forget_expired_secrets(work.session, now)
            stored_identity.forget_attempts_before(work.session, now - _KEPT_AFTER_USE)
            stored_identity.forget_codes_before(work.session, now - _KEPT_AFTER_USE)
            stored_sessions.forget_sessions(
                work.session, citizens=now - CITIZEN_LIFETIME.whole, staff=now - STAFF_LIFETIME.whole
            )
        with begin_work(self._house, SYSTEM, self._clock) as work:
            drafts.remove_over(work)
        with begin_work(self._house, SYSTEM, self._clock) as work:
            rosters.forget_expired_previews(work)

    def _remind(self) -> None:
        with begin_work(self._house, SYSTEM, self._clock) as work:
            reminders.remind_of_quotas(work)

    def _sweep_receipts(self) -> None:
        """Remove files without a row, unless a backup copies receipts just now."""
        with begin_work(self._house, SYSTEM, self._clock) as work:
            if not take_lease(work.session, RECEIPTS_LEASE, self._holder, work.now, work.now + EVERY_HOUR):
                return
        try:
            with begin_work(self._house, SYSTEM, self._clock) as work:
                self._orphans = receipts.sweep_orphans(work, self._orphans)
        finally:
            with begin_work(self._house, SYSTEM, self._clock) as work:
                give_lease_back(work.session, RECEIPTS_LEASE, self._holder)

    def _note_heads(self) -> None:
        self.heads = list(list_heads(self._house, self._clock))


def list_heads(house: House, clock: Clock) -> Iterator[tuple[str, Head]]:
    """Where every chain ends: the audit log's as ``jinning``, the ledger's as ``jinning:main``."""
    with begin_reading(house, SYSTEM, clock) as work:
        yield from stored_audit.list_heads(work.session)
        for book, head in stored_ledger.list_heads(work.session):
            yield ":".join(book), head
