"""Questions that wait for a curator or for staff; whatever is stored here was masked before."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.questions import Kept, Question
from portal.storage.models.assistant import QuestionRecord

_COLUMNS: tuple[Any, ...] = (
    QuestionRecord.id,
    QuestionRecord.number,
    QuestionRecord.region,
    QuestionRecord.words,
    QuestionRecord.outcome,
    QuestionRecord.person_id,
    QuestionRecord.asked_at,
    QuestionRecord.answer,
    QuestionRecord.answered_at,
    QuestionRecord.entry,
)
_QUESTIONS = select(*_COLUMNS)


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


def find_question(session: Session, number: str) -> Question | None:
    """The question with this number."""
    row = session.execute(_QUESTIONS.where(QuestionRecord.number == number)).one_or_none()
    return None if row is None else Question(**row._mapping)


def list_for_person(session: Session, person_id: int) -> list[Question]:
    """What a person asked of staff, the newest first."""
    rows = session.execute(
        _QUESTIONS.where(QuestionRecord.person_id == person_id).order_by(QuestionRecord.id.desc())
    )
    return [Question(**row._mapping) for row in rows]


def list_waiting(session: Session, region: str | None) -> list[Question]:
    """Questions for staff without an answer, of a region and of none, the oldest first."""
    rows = session.execute(
        _QUESTIONS.where(
            QuestionRecord.outcome == Kept.FOR_STAFF,
            QuestionRecord.answered_at.is_(None),
            _is_of(region),
        ).order_by(QuestionRecord.id)
    )
    return [Question(**row._mapping) for row in rows]


def list_missed(session: Session, region: str | None, limit: int) -> list[Question]:
    """Questions that no curator has dealt with, of a region and of none, the newest first."""
    rows = session.execute(
        _QUESTIONS.where(
            QuestionRecord.outcome.in_((Kept.HANDED_OVER, Kept.UNHELPFUL)),
            QuestionRecord.curated_at.is_(None),
            _is_of(region),
        )
        .order_by(QuestionRecord.id.desc())
        .limit(limit)
    )
    return [Question(**row._mapping) for row in rows]


def answer_question(
    session: Session, question_id: int, answer: str, staff_person_id: int, now: datetime
) -> bool:
    """Put down what staff said; False when there was an answer already."""
    answered = session.execute(
        update(QuestionRecord)
        .where(QuestionRecord.id == question_id, QuestionRecord.answered_at.is_(None))
        .values(answer=answer, answered_at=now, answered_by=staff_person_id)
        .returning(QuestionRecord.id)
    )
    return answered.scalar_one_or_none() is not None


def mark_curated(session: Session, question_ids: Collection[int], now: datetime) -> int:
    """Note that a curator has dealt with these questions; returns how many were open until now."""
    marked = session.execute(
        update(QuestionRecord)
        .where(QuestionRecord.id.in_(question_ids), QuestionRecord.curated_at.is_(None))
        .values(curated_at=now)
        .returning(QuestionRecord.id)
    )
    return len(marked.all())


def _is_of(region: str | None) -> ColumnElement[bool]:
    return or_(QuestionRecord.region.is_(None), QuestionRecord.region == region)


def _next_number(session: Session, beginning: str) -> str:
    newest = session.execute(
        select(QuestionRecord.number)
        .where(QuestionRecord.number.startswith(beginning, autoescape=True))
        .order_by(func.length(QuestionRecord.number).desc(), QuestionRecord.number.desc())
        .limit(1)
    ).scalar_one_or_none()
    return f"{beginning}{int(newest.removeprefix(beginning)) + 1 if newest else 1:04}"
