"""Questions that wait for a curator or for staff; whatever is stored here was masked before."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.storage.models.assistant import QuestionRecord


@dataclass(frozen=True)
class StoredQuestion:
    """A question as it was left, with the answer of staff once there is one."""

    id: int
    number: str
    region: str | None
    words: str
    outcome: str
    person_id: int | None
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None


def add_question(
    session: Session,
    *,
    prefix: str,
    region: str | None,
    words: str,
    outcome: str,
    entry: str | None,
    now: datetime,
    person_id: int | None = None,
    helpful: bool | None = None,
) -> str:
    """Keep a question under the next number, such as W2026-0081."""
    while True:
        number = _next_number(session, f"{prefix}{now.year}-")
        try:
            with session.begin_nested():
                session.execute(
                    insert(QuestionRecord).values(
                        number=number,
                        region=region,
                        words=words,
                        outcome=outcome,
                        entry=entry,
                        helpful=helpful,
                        person_id=person_id,
                        asked_at=now,
                    )
                )
            return number
        except IntegrityError:
            continue  # somebody else took this number a moment before


def find_question(session: Session, number: str) -> StoredQuestion | None:
    """The question with this number."""
    row = session.execute(
        select(
            QuestionRecord.id,
            QuestionRecord.number,
            QuestionRecord.region,
            QuestionRecord.words,
            QuestionRecord.outcome,
            QuestionRecord.person_id,
            QuestionRecord.asked_at,
            QuestionRecord.answer,
            QuestionRecord.answered_at,
        ).where(QuestionRecord.number == number)
    ).one_or_none()
    return None if row is None else StoredQuestion(*row)


def answer_question(
    session: Session, question_id: int, answer: str, staff_person_id: int, now: datetime
) -> None:
    """What staff said."""
    session.execute(
        update(QuestionRecord)
        .where(QuestionRecord.id == question_id)
        .values(answer=answer, answered_at=now, answered_by=staff_person_id)
    )


def _next_number(session: Session, beginning: str) -> str:
    newest = session.execute(
        select(QuestionRecord.number)
        .where(QuestionRecord.number.startswith(beginning, autoescape=True))
        .order_by(func.length(QuestionRecord.number).desc(), QuestionRecord.number.desc())
        .limit(1)
    ).scalar_one_or_none()
    return f"{beginning}{int(newest.removeprefix(beginning)) + 1 if newest else 1:04}"
