"""What was asked and could not be answered, and what staff then said."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.models.base import Base, Key


class QuestionRecord(Base):
    """A question for the curators or for staff; numbers typed into it are masked before it comes here."""

    __tablename__ = "question"

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(unique=True)
    region: Mapped[str | None]
    words: Mapped[str]
    outcome: Mapped[str]
    entry: Mapped[str | None]
    helpful: Mapped[bool | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff_person.id"))
    curated_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_question_open", "region", "outcome", "curated_at"),)
