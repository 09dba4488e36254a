"""What a reviewer should know about a claim and no rule decides."""

from portal.domain.citizens import Person
from portal.domain.claim_forms import MONTHS_OF_A_YEAR
from portal.domain.claims import course_of
from portal.services.work import Work, legal_day
from portal.storage.claims import Claim
from portal.storage.reviews import Queued


def list_remarks(work: Work, claim: Claim, person: Person) -> tuple[str, ...]:
    """What a reviewer should know and no rule decides."""
    found = {
        "past_year": is_of_past_year(claim),
        "few_months": int(claim.answers.get("months", MONTHS_OF_A_YEAR)) < MONTHS_OF_A_YEAR,
        "payee_held": person.payee_held_until is not None and person.payee_held_until > work.now,
        "no_payee": course_of(claim.kind).pays and not person.has_payee(),
        "deceased": not person.is_alive,
    }
    return tuple(code for code, holds in found.items() if holds)


def is_of_past_year(claim: Claim | Queued) -> bool:
    """Whether a claim is for a contribution year before the one it was filed in (reading A-JN-3)."""
    return claim.claim_year is not None and claim.claim_year < legal_day(claim.filed_at).year
