"""Questions that villagers left for staff: the queue, and answering one."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from portal.domain.questions import LONGEST_ANSWER, AlreadyAnswered
from portal.domain.staff import Role
from portal.services import questions
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.forms import SignedInForm
from portal.web.work import reading, unit_of_work

pages = Blueprint("desk_questions", __name__, url_prefix="/desk/questions")


class AnswerForm(SignedInForm):
    """What staff say."""

    words = TextAreaField(
        lazy_gettext("答复"),
        [
            DataRequired(lazy_gettext("请写答复。")),
            Length(max=LONGEST_ANSWER, message=lazy_gettext("写得太长了，1000字以内。")),
        ],
    )


@pages.get("/")
@open_to(Access.STAFF, Role.CLERK, Role.CURATOR)
def list_questions() -> ResponseReturnValue:
    """What waits for an answer, the oldest first."""
    with reading() as work:
        waiting = questions.list_waiting(work)
        today = work.today
    return render_template("desk/questions/list.html", waiting=waiting, today=today)


@pages.get("/<number>")
@open_to(Access.STAFF, Role.CLERK, Role.CURATOR)
def show(number: str) -> ResponseReturnValue:
    """One question, with the place for its answer."""
    return _show(number, AnswerForm(formdata=None))


@pages.post("/<number>")
@open_to(Access.STAFF, Role.CLERK, Role.CURATOR)
def answer(number: str) -> ResponseReturnValue:
    """Answer it; whoever signed in to ask gets a text."""
    form = AnswerForm()
    if not form.validate():
        return _show(number, form), 422
    try:
        with unit_of_work() as work:
            questions.answer_question(work, number, form.words.data.strip())
    except AlreadyAnswered as error:
        form.form_errors.append(wording.refusal(error))
        return _show(number, form), 409
    return redirect(url_for("desk_questions.list_questions", done="question_answered"))


def _show(number: str, form: AnswerForm) -> str:
    with reading() as work:
        question = questions.get_waiting(work, number)
    return render_template("desk/questions/show.html", question=question, form=form)
