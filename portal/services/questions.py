"""Questions that are kept: for staff, who answer them, and for curators, who mend what they were answered."""

from portal.domain.assistant import mask_people
from portal.domain.identity import Limit, TooManyTries
from portal.domain.questions import (
    LEFT_BY_ADDRESS,
    LONGEST_STORED,
    LOOK_UPS_BY_ADDRESS,
    AlreadyAnswered,
    Kept,
    NoSuchQuestion,
    Question,
    QuestionAnswered,
)
from portal.services import audit
from portal.services.assistant import Answered
from portal.services.work import Work
from portal.storage import citizens as stored_citizens
from portal.storage import identity as stored_attempts
from portal.storage import messages as stored_messages
from portal.storage import questions as stored_questions

QUESTION_PREFIX = "W"


def keep_question(work: Work, answered: Answered, why: Kept, address: str) -> str:
    """Keep a question, its numbers hidden; returns its own number.

    Only one that is left for staff is kept with whoever signed in; the others belong to nobody.

    Raises:
        TooManyTries: this address has left too many.
    """
    if not _count(work, LEFT_BY_ADDRESS, address):
        raise TooManyTries
    return stored_questions.add_question(
        work.session,
        prefix=QUESTION_PREFIX,
        region=answered.region or (work.actor.region if why is Kept.FOR_STAFF else None),
        words=answered.words[:LONGEST_STORED],
        outcome=str(why),
        entry=answered.entry.id if answered.entry is not None else None,
        now=work.now,
        person_id=work.actor.person_id if why is Kept.FOR_STAFF else None,
        helpful=False if why is Kept.UNHELPFUL else None,
    )


def count_look_up(work: Work, address: str) -> bool:
    """Count a look at a question, and say whether it may go on; work of its own, done first."""
    return _count(work, LOOK_UPS_BY_ADDRESS, address)


def find_question(work: Work, number: str) -> Question | None:
    """The question with this number, however it was typed; one of a person on record is theirs alone."""
    found = stored_questions.find_question(work.session, "".join(number.split()).replace("\x00", "").upper())
    if found is None or found.outcome != Kept.FOR_STAFF:
        return None
    return found if found.person_id in (None, work.actor.person_id) else None


def list_own_questions(work: Work) -> list[Question]:
    """What whoever signed in has asked of staff, the newest first; nothing for a stranger."""
    if work.actor.person_id is None:
        return []
    return stored_questions.list_for_person(work.session, work.actor.person_id)


# -- At the desk --------------------------------------------------------------------------------------------


def list_waiting(work: Work) -> list[Question]:
    """The questions of the desk's region, and of nobody's, that wait for an answer; the oldest first."""
    return stored_questions.list_waiting(work.session, work.actor.region)


def get_waiting(work: Work, number: str) -> Question:
    """One question within the desk's reach; raises ``NoSuchQuestion``."""
    found = stored_questions.find_question(work.session, number)
    if found is None or found.outcome != Kept.FOR_STAFF or found.region not in (None, work.actor.region):
        raise NoSuchQuestion
    return found


def answer_question(work: Work, number: str, words: str) -> None:
    """Answer a question; whoever signed in to ask it finds the answer in the portal and gets a text.

    Raises:
        NoSuchQuestion: it is not within reach.
        AlreadyAnswered: somebody else was first; their answer stands.
    """
    question = get_waiting(work, number)
    words = mask_people(words)
    answered = work.actor.staff_person_id is not None and stored_questions.answer_question(
        work.session, question.id, words, work.actor.staff_person_id, work.now
    )
    if not answered:
        raise AlreadyAnswered
    audit.record(work, QuestionAnswered(question.id))
    if question.person_id is not None:
        _tell(work, question.person_id, question.number, words)


def _tell(work: Work, person_id: int, number: str, words: str) -> None:
    stored_messages.add_notice(
        work.session,
        person_id=person_id,
        wording="question_answer",
        facts={"number": number, "answer": words},
        now=work.now,
    )
    person = stored_citizens.get_person(work.session, person_id)
    if person.is_alive and person.phone_tail is not None:
        stored_messages.add_text(
            work.session,
            person_id=person_id,
            wording="question_answered",
            facts={"number": number},
            now=work.now,
        )


def _count(work: Work, limit: Limit, address: str) -> bool:
    made = stored_attempts.count_attempt(
        work.session, limit.subject, work.keys.token_hash(limit.subject, address), limit.window_of(work.now)
    )
    return made <= limit.most
