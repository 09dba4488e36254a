"""Tip-offs by people who do not say who they are; whoever signs in files one like any other claim."""

from portal.domain.assistant import mask_numbers
from portal.domain.claim_kinds import ClaimKind
from portal.domain.identity import TooManyTries
from portal.domain.questions import LEFT_BY_ADDRESS, LONGEST_STORED, Kept, Question
from portal.services.claim_conditions import KindNotOffered
from portal.services.work import Work
from portal.storage import identity as stored_attempts
from portal.storage import questions as stored_questions

_PREFIX = "J"


def leave_tip_off(work: Work, region: str, words: str, address: str) -> str:
    """Keep a tip-off for the desk of a region, long numbers hidden; returns the number to ask under.

    It waits with the questions for staff, and its answer is found as theirs are. Nothing tells who left it.

    Raises:
        KindNotOffered: the region takes no tip-offs.
        TooManyTries: this address has left too many.
    """
    if ClaimKind.TIP_OFF not in work.packs.get(region).claims:
        raise KindNotOffered(kind=ClaimKind.TIP_OFF)
    key = work.keys.token_hash(LEFT_BY_ADDRESS.subject, address)
    window = LEFT_BY_ADDRESS.window_of(work.now)
    if (
        stored_attempts.count_attempt(work.session, LEFT_BY_ADDRESS.subject, key, window)
        > LEFT_BY_ADDRESS.most
    ):
        raise TooManyTries
    return stored_questions.add_question(
        work.session,
        prefix=_PREFIX,
        region=region,
        words=mask_numbers(words)[:LONGEST_STORED],
        outcome=str(Kept.FOR_STAFF),
        entry=None,
        now=work.now,
    )


def list_waiting(work: Work) -> list[Question]:
    """Tip-offs without a name that wait for an answer in the desk's region, the oldest first."""
    waiting = stored_questions.list_waiting(work.session, work.actor.region)
    return [each for each in waiting if each.number.startswith(_PREFIX)]
