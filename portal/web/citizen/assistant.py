"""The assistant: a question in one's own words, and the clause that answers it.

What people type travels in bodies only, never in an address or a log line.
"""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from portal.domain.assistant import Outcome
from portal.domain.identity import TooManyTries
from portal.domain.questions import Kept
from portal.services import assistant, questions
from portal.services.assistant import Answered
from portal.web.access import Access, open_to
from portal.web.address import address_of_request
from portal.web.forms import PublicForm
from portal.web.work import house, reading, unit_of_work

pages = Blueprint("assistant", __name__, url_prefix="/ask")

LONGEST_QUESTION = 10_000


class QuestionForm(PublicForm):
    """A question, the place it is about, and the entry that was shown before."""

    question = StringField(validators=[Length(max=LONGEST_QUESTION)])
    region = HiddenField()
    context = HiddenField()


@pages.get("/")
@pages.get("/<page>")
@open_to(Access.PUBLIC)
def begin(page: str = "") -> ResponseReturnValue:
    """An answer cannot be opened by its address: questions are asked on the first page."""
    return redirect(url_for("home.show"))


@pages.post("/")
@open_to(Access.ANYONE)
def ask() -> ResponseReturnValue:
    """Answer, ask back, or hand over; what the texts do not answer is kept for the curators."""
    answered = _read_question()
    if answered.outcome is Outcome.ANSWER:
        with reading() as work:
            own = assistant.find_own_years(work, answered)
        return render_template("citizen/assistant/answer.html", answered=answered, own=own)
    if answered.outcome is Outcome.CLARIFY:
        return render_template("citizen/assistant/clarify.html", answered=answered)
    if answered.is_small_talk:
        return render_template("citizen/assistant/small_talk.html", answered=answered)
    number = _keep(answered, Kept.HANDED_OVER) if answered.is_missed else None
    return render_template("citizen/assistant/handover.html", answered=answered, number=number)


@pages.post("/unclear")
@open_to(Access.ANYONE)
def say_unclear() -> ResponseReturnValue:
    """Note that an answer did not help, and say whom to call."""
    answered = _read_question()
    if not answered.words.strip():
        return redirect(url_for("home.show"))
    number = _keep(answered, Kept.UNHELPFUL)
    return render_template("citizen/assistant/unclear.html", answered=answered, number=number)


@pages.post("/staff")
@open_to(Access.ANYONE)
def ask_staff() -> ResponseReturnValue:
    """Leave the question for staff, under a number."""
    answered = _read_question()
    if not answered.words.strip():
        return redirect(url_for("home.show"))
    with unit_of_work() as work:
        number = questions.keep_question(work, answered, Kept.FOR_STAFF, address_of_request())
    return render_template("citizen/assistant/left.html", answered=answered, number=number)


@pages.post("/clear")
@open_to(Access.ANYONE)
def say_clear() -> ResponseReturnValue:
    """Thank whoever says that an answer helped."""
    return render_template("citizen/assistant/clear.html", answered=_read_question())


def _keep(answered: Answered, why: Kept) -> str | None:
    """Keep a question for the curators; somebody who asks very often is answered all the same."""
    try:
        with unit_of_work() as work:
            return questions.keep_question(work, answered, why, address_of_request())
    except TooManyTries:
        return None


def _read_question() -> Answered:
    form = QuestionForm()
    return assistant.ask(
        house(),
        (form.question.data or "")[:LONGEST_QUESTION],
        form.region.data or None,
        form.context.data or None,
    )
