"""Reminds people, some days ahead, of what lapses on a day."""

import hashlib

from portal.domain.reminders import band_of
from portal.services.work import Work
from portal.storage import messages as stored_messages
from portal.storage import reminders as stored_reminders

QUOTA_ENDS = "quota_ends"


def remind_of_quotas(work: Work) -> int:
    """Remind each household whose quota lapses soon and that has not chosen (taizhou-2019#3.4).

    Each person is told once in each band of days, however often this runs and whenever it was last run.
    Returns how many were told.
    """
    told = 0
    for ending in stored_reminders.list_ending_quotas(work.session, work.today):
        band = band_of((ending.last_day - work.today).days)
        key = hashlib.sha256(
            f"{QUOTA_ENDS} {ending.letter_id} {ending.person_id} {band}".encode()
        ).hexdigest()
        if band is None or stored_messages.has_text(work.session, key):
            continue
        facts = {"last_day": ending.last_day.isoformat()}
        stored_messages.add_text(
            work.session, person_id=ending.person_id, wording=QUOTA_ENDS, facts=facts, now=work.now, key=key
        )
        stored_messages.add_notice(
            work.session, person_id=ending.person_id, wording=QUOTA_ENDS, facts=facts, now=work.now
        )
        told += 1
    return told
