"""The assistant: a question in one's own words, and the clause that answers it.

What people type travels in bodies only, never in an address or a log line.
"""

from typing import NamedTuple

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from portal.domain.assistant import Outcome
from portal.domain.identity import TooManyTries
from portal.domain.questions import Kept
from portal.services import assistant, questions
from portal.services.assistant import Answered
from portal.services.work import ANONYMOUS
from portal.web.access import Access, open_to
from portal.web.address import address_of_request
from portal.web.forms import PublicForm
from portal.web.reopened_pages import render_to_reopen, reopen
from portal.web.work import actor, house, reading, today, unit_of_work

pages = Blueprint("assistant", __name__, url_prefix="/ask")

LONGEST_QUESTION = 10_000
LONGEST_KEPT = 100
"""Longer questions are nobody else's, and their pages are not kept."""


class Question(NamedTuple):
    """What is asked, about which place, and the entry it follows on."""

    words: str
    region: str | None
    context: str | None


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
    question = _read_question()
    opened = reopen(today(), *question)
    if opened is not None:
        return opened
    answered = assistant.ask(house(), *question)
    if answered.outcome is Outcome.ANSWER:
        return _show_answer(question, answered)
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
    answered = _answer()
    if not answered.words.strip():
        return redirect(url_for("home.show"))
    number = _keep(answered, Kept.UNHELPFUL)
    return render_template("citizen/assistant/unclear.html", answered=answered, number=number)


@pages.post("/staff")
@open_to(Access.ANYONE)
def ask_staff() -> ResponseReturnValue:
    """Leave the question for staff, under a number."""
    answered = _answer()
    if not answered.words.strip():
        return redirect(url_for("home.show"))
    with unit_of_work() as work:
        number = questions.keep_question(work, answered, Kept.FOR_STAFF, address_of_request())
    return render_template("citizen/assistant/left.html", answered=answered, number=number)


@pages.post("/clear")
@open_to(Access.ANYONE)
def say_clear() -> ResponseReturnValue:
    """Thank whoever says that an answer helped."""
    return render_template("citizen/assistant/clear.html", answered=_answer())


def _show_answer(question: Question, answered: Answered) -> ResponseReturnValue:
    """Show an answer; one that says nothing of whoever asks is kept for the next who asks the same."""
    template = "citizen/assistant/answer.html"
    if actor() is ANONYMOUS and len(question.words) <= LONGEST_KEPT:
        return render_to_reopen(today(), *question, template=template, answered=answered, own=None)
    with reading() as work:
        own = assistant.find_own_years(work, answered)
    return render_template(template, answered=answered, own=own)


def _keep(answered: Answered, why: Kept) -> str | None:
    """Keep a question for the curators; somebody who asks very often is answered all the same."""
    try:
        with unit_of_work() as work:
            return questions.keep_question(work, answered, why, address_of_request())
    except TooManyTries:
        return None


def _answer() -> Answered:
    return assistant.ask(house(), *_read_question())


def _read_question() -> Question:
    form = QuestionForm()
    return Question(
        (form.question.data or "")[:LONGEST_QUESTION], form.region.data or None, form.context.data or None
    )
