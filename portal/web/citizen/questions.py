"""Questions left for staff, found again by their number."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from portal.domain.identity import TooManyTries
from portal.domain.questions import Question
from portal.services import questions
from portal.web.access import Access, open_to
from portal.web.address import address_of_request
from portal.web.forms import PublicForm
from portal.web.work import reading, unit_of_work

pages = Blueprint("questions", __name__, url_prefix="/questions")


class NumberForm(PublicForm):
    """The number that was given when the question was left."""

    number = StringField(
        lazy_gettext("问题的编号"), [InputRequired(lazy_gettext("请填编号，像 W2026-0081。")), Length(max=30)]
    )


@pages.get("/")
@open_to(Access.ANYONE)
def begin() -> ResponseReturnValue:
    """Ask for the number; whoever is signed in sees their own questions as well."""
    return _show(NumberForm(formdata=None))


@pages.post("/")
@open_to(Access.ANYONE)
def find() -> ResponseReturnValue:
    """Show the answer, if there is one; the question itself is not shown, since numbers can be guessed."""
    form = NumberForm()
    if not form.validate():
        return _show(form), 422
    with unit_of_work() as work:
        may_go_on = questions.count_look_up(work, address_of_request())
    if not may_go_on:
        raise TooManyTries
    with reading() as work:
        question = questions.find_question(work, form.number.data)
    if question is None:
        form.number.errors = [
            gettext("没有这个编号。请照着记下的再看一遍。核对过身份才留下的问题，要先核对身份才能看。")
        ]
        return _show(form), 422
    return _show(form, question)


def _show(form: NumberForm, found: Question | None = None) -> str:
    with reading() as work:
        own = questions.list_own_questions(work)
    return render_template("citizen/questions/find.html", form=form, question=found, own=own)
