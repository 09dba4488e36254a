"""The statement that is printed, and the public page on which anybody can check such a paper."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from wtforms import StringField, ValidationError
from wtforms.validators import InputRequired, Length

from portal.domain.identity import TooManyTries, fold_code
from portal.services import statements
from portal.services.statements import is_code
from portal.web.access import Access, open_to
from portal.web.address import address_of_request
from portal.web.forms import PublicForm
from portal.web.wording import statements as words
from portal.web.work import house, reading, unit_of_work

pages = Blueprint("statements", __name__)


class CheckForm(PublicForm):
    """The code on a paper."""

    code = StringField(
        lazy_gettext("纸上的核对码"),
        [
            InputRequired(lazy_gettext("请填纸上的核对码，8个字。")),
            Length(max=20, message=lazy_gettext("太长了，请照着纸再填一遍。")),
        ],
    )

    def validate_code(self, field: StringField) -> None:
        """What cannot be a code is told before anything is counted."""
        if not is_code(field.data):
            raise ValidationError(gettext("核对码是8个字母和数字，请照着纸再填一遍。"))


@pages.post("/record/statements")
@open_to(Access.CITIZEN)
def print_statement() -> ResponseReturnValue:
    """Keep what is on record today, to be printed."""
    with unit_of_work() as work:
        statement_id = statements.print_statement(work)
    return redirect(url_for("statements.show", statement_id=statement_id))


@pages.get("/record/statements/<int:statement_id>")
@open_to(Access.CITIZEN)
def show(statement_id: int) -> ResponseReturnValue:
    """The statement on one sheet, with its code and a QR code that leads to the check."""
    with reading() as work:
        statement = statements.get_own_statement(work, statement_id)
    drawn = statements.draw_check_code(house(), statement, gettext("核对用的二维码"))
    return render_template(
        "citizen/statements/show.html",
        statement=statement,
        words=words,
        qr=Markup(drawn),  # noqa: S704  our own drawing of our own address  # nosec B704
    )


@pages.get("/verify")
@open_to(Access.PUBLIC)
def ask_for_code() -> ResponseReturnValue:
    """Ask for the code on a paper."""
    return render_template("citizen/statements/ask_for_code.html", form=CheckForm(formdata=None))


@pages.post("/verify")
@open_to(Access.PUBLIC)
def check() -> ResponseReturnValue:
    """Go to what the code stands for."""
    form = CheckForm()
    if not form.validate():
        return render_template("citizen/statements/ask_for_code.html", form=form), 422
    return redirect(url_for("statements.verify", code=fold_code(form.code.data)))


@pages.get("/verify/<code>")
@open_to(Access.PUBLIC)
def verify(code: str) -> ResponseReturnValue:
    """What was printed under a code, and nothing more; or that no such paper was printed."""
    with unit_of_work() as work:
        may_go_on = statements.count_check(work, address_of_request())
    if not may_go_on:
        raise TooManyTries
    with reading() as work:
        statement = statements.find_statement(work, code)
    if statement is None:
        return render_template("citizen/statements/unknown.html"), 404
    return render_template("citizen/statements/verified.html", statement=statement, words=words)
