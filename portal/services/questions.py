"""Questions left for staff: found by number, answered at the desk, told to whoever signed in."""

from datetime import timedelta

from portal.domain.identity import Limit
from portal.services.work import Work
from portal.storage import identity as stored_attempts
from portal.storage import questions as stored_questions
from portal.storage.questions import StoredQuestion

LOOK_UPS_BY_ADDRESS = Limit("question_address", 60, timedelta(hours=1))


def count_look_up(work: Work, address: str) -> bool:
    """Count a look at a question, and say whether it may go on; work of its own, done first."""
    limit = LOOK_UPS_BY_ADDRESS
    made = stored_attempts.count_attempt(
        work.session, limit.subject, work.keys.token_hash(limit.subject, address), limit.window_of(work.now)
    )
    return made <= limit.most


def find_question(work: Work, number: str) -> StoredQuestion | None:
    """The question with this number, however it was typed."""
    return stored_questions.find_question(work.session, "".join(number.split()).upper())
