"""The assistant: a question in one's own words, and the clause that answers it.

What people type travels in bodies only, never in an address or a log line.
"""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from portal.domain.assistant import Outcome, Reason
from portal.services import assistant
from portal.services.assistant import Answered, Kept
from portal.web.access import Access, open_to
from portal.web.forms import PublicForm
from portal.web.work import house, unit_of_work

pages = Blueprint("assistant", __name__, url_prefix="/ask")

LONGEST_QUESTION = 10_000


class QuestionForm(PublicForm):
    """A question, the place it is about, and the entry that was shown before."""

    question = StringField(validators=[Length(max=LONGEST_QUESTION)])
    region = HiddenField()
    context = HiddenField()


@pages.get("/")
@open_to(Access.PUBLIC)
def begin() -> ResponseReturnValue:
    """A question cannot be opened by its address: one is asked on the first page."""
    return redirect(url_for("home.show"))


@pages.post("/")
@open_to(Access.ANYONE)
def ask() -> ResponseReturnValue:
    """Answer, ask back, or hand over."""
    answered = _read_question()
    number = None
    if answered.outcome is Outcome.HANDOFF and answered.reason is not Reason.NOTHING_ASKED:
        with unit_of_work() as work:
            number = assistant.keep_question(work, answered, Kept.HANDED_OVER)
    template = {
        Outcome.ANSWER: "citizen/assistant/answer.html",
        Outcome.CLARIFY: "citizen/assistant/clarify.html",
        Outcome.HANDOFF: "citizen/assistant/handover.html",
    }[answered.outcome]
    return render_template(template, answered=answered, number=number)


@pages.post("/unclear")
@open_to(Access.ANYONE)
def say_unclear() -> ResponseReturnValue:
    """Note that an answer did not help, and say whom to call."""
    answered = _read_question()
    with unit_of_work() as work:
        number = assistant.keep_question(work, answered, Kept.UNHELPFUL)
    return render_template("citizen/assistant/unclear.html", answered=answered, number=number)


@pages.post("/staff")
@open_to(Access.ANYONE)
def ask_staff() -> ResponseReturnValue:
    """Leave the question for staff, under a number."""
    answered = _read_question()
    with unit_of_work() as work:
        number = assistant.keep_question(work, answered, Kept.FOR_STAFF)
    return render_template("citizen/assistant/left.html", answered=answered, number=number)


@pages.post("/clear")
@open_to(Access.ANYONE)
def say_clear() -> ResponseReturnValue:
    """Thank whoever says that an answer helped."""
    return render_template("citizen/assistant/clear.html", answered=_read_question())


def _read_question() -> Answered:
    form = QuestionForm()
    return assistant.ask(
        house(),
        (form.question.data or "")[:LONGEST_QUESTION],
        form.region.data or None,
        form.context.data or None,
    )
