"""What villagers say of how a claim was handled, and the calls that follow a bad word."""

from portal.domain.claims import ENDED, ClaimRated, ClaimState, NoSuchClaim
from portal.domain.review import CalledBack
from portal.services import audit, claims
from portal.services.claim_cases import check_reach
from portal.services.work import Work
from portal.storage import claims as stored_claims
from portal.storage import reviews as stored_reviews
from portal.storage.reviews import CallBack

WORST_SCORE, BEST_SCORE = 1, 3
RATED = ENDED - {ClaimState.CANCELLED}
"""Where a claim stands when its owner is asked how it was handled."""


def rate_claim(work: Work, number: str, score: int, words: str | None) -> None:
    """Say how a closed claim was handled, from 1 to 3; a bad rating waits for a call back. Said once.

    Raises:
        NoSuchClaim: it is not the actor's, or it is not over.
    """
    claim = claims.lock_own_claim(work, number)
    if claim.state not in RATED:
        raise NoSuchClaim
    if not WORST_SCORE <= score <= BEST_SCORE:
        raise ValueError(f"a score goes from {WORST_SCORE} to {BEST_SCORE}, not {score}")
    if stored_claims.add_rating(work.session, claim.id, score, words, work.now):
        audit.record(work, ClaimRated(claim.id, score), region=claim.region)


def list_call_backs(work: Work) -> list[CallBack]:
    """Bad ratings within the actor's reach: those nobody has called about first."""
    assert work.actor.region is not None  # noqa: S101  open to staff
    return stored_reviews.list_call_backs(work.session, work.actor.region, work.actor.town, WORST_SCORE)


def get_call_back(work: Work, claim_id: int) -> CallBack:
    """A bad rating that waits for a call; raises ``NoSuchClaim``."""
    for call_back in list_call_backs(work):
        if call_back.claim_id == claim_id and call_back.called_back_at is None:
            return call_back
    raise NoSuchClaim


def note_call_back(work: Work, claim_id: int, words: str) -> None:
    """Note that the actor has called about a bad rating, and what came of it.

    Raises:
        NoSuchClaim: there is none that waits for a call, or it is out of reach.
    """
    claim = check_reach(work, stored_claims.get_claim(work.session, claim_id))
    if not stored_reviews.note_call_back(
        work.session, claim.id, words=words, staff_person_id=work.actor.desk_person_id, now=work.now
    ):
        raise NoSuchClaim
    audit.record(work, CalledBack(claim.id), region=claim.region)
