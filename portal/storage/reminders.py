"""Who is to be reminded of what."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ClaimState
from portal.domain.reminders import DAYS_AHEAD
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import ClaimRecord
from portal.storage.models.rosters import QuotaLetterRecord

_CHOICES = (ClaimKind.MEMBER_CHOICE, ClaimKind.WAIVER)
_IN_VAIN = (ClaimState.REJECTED, ClaimState.CANCELLED)


@dataclass(frozen=True)
class EndingQuota:
    """A living member of a household whose quota lapses after ``last_day``."""

    letter_id: int
    person_id: int
    last_day: date


def list_ending_quotas(session: Session, today: date) -> list[EndingQuota]:
    """Members of households whose quota lapses soon and that have neither chosen nor waived."""
    last_day = func.coalesce(QuotaLetterRecord.enrol_by, QuotaLetterRecord.valid_until)
    chooser = aliased(PersonRecord)
    has_chosen = exists(
        select(ClaimRecord.id)
        .join(chooser, chooser.id == ClaimRecord.person_id)
        .where(
            chooser.region == QuotaLetterRecord.region,
            chooser.household == QuotaLetterRecord.household,
            ClaimRecord.kind.in_(_CHOICES),
            ClaimRecord.state.not_in(_IN_VAIN),
        )
        .correlate(QuotaLetterRecord)
    )
    rows = session.execute(
        select(QuotaLetterRecord.id, PersonRecord.id, last_day)
        .join(
            PersonRecord,
            and_(
                PersonRecord.region == QuotaLetterRecord.region,
                PersonRecord.household == QuotaLetterRecord.household,
            ),
        )
        .where(
            last_day.between(today, today + timedelta(days=max(DAYS_AHEAD))),
            PersonRecord.died_on.is_(None),
            ~has_chosen,
        )
        .order_by(QuotaLetterRecord.id, PersonRecord.id)
    )
    return [EndingQuota(*row) for row in rows]
