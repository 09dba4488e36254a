"""Questions that people leave for staff, and those that nobody could answer yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from portal.domain.audit import Act
from portal.domain.errors import Refusal
from portal.domain.identity import Limit

LONGEST_STORED = 500
LONGEST_ANSWER = 1000

LOOK_UPS_BY_ADDRESS = Limit("question_address", 60, timedelta(hours=1))
# A village office sits behind one address; a program that leaves questions by the thousand does too.
LEFT_BY_ADDRESS = Limit("question_left_address", 120, timedelta(hours=1))


class Kept(StrEnum):
    """Why a question was kept."""

    HANDED_OVER = "handed_over"
    UNHELPFUL = "unhelpful"
    FOR_STAFF = "for_staff"


@dataclass(frozen=True)
class Question:
    """A question as it was left, its numbers hidden, with the answer of staff once there is one.

    ``outcome`` says why it was kept, ``entry`` what was shown; ``person_id`` is set only where somebody
    signed in left it for staff.
    """

    id: int
    number: str
    region: str | None
    words: str
    outcome: str
    person_id: int | None
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None
    entry: str | None


class NoSuchQuestion(Refusal):
    """There is no question of this number within reach."""

    code: ClassVar[str] = "no_such_question"


class AlreadyAnswered(Refusal):
    """Somebody else has answered this question meanwhile."""

    code: ClassVar[str] = "question_already_answered"


@dataclass(frozen=True)
class QuestionAnswered(Act):
    """Staff answered a question."""

    subject: ClassVar[str] = "question"
    question_id: int


@dataclass(frozen=True)
class QuestionsCurated(Act):
    """A curator dealt with questions that had not been answered well."""

    count: int
