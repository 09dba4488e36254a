"""Messages for a villager, which stand here whether or not a text reached the phone."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField
from wtforms.validators import InputRequired, Regexp

from portal.services import notices
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.forms import SignedInForm
from portal.web.work import reading, unit_of_work

pages = Blueprint("notices", __name__, url_prefix="/notices")


class ReadForm(SignedInForm):
    """Up to which message everything was read."""

    newest = HiddenField(validators=[InputRequired(), Regexp(r"^[0-9]{1,18}$")])


@pages.get("/")
@open_to(Access.CITIZEN)
def show_list() -> ResponseReturnValue:
    """All messages, newest first."""
    with reading() as work:
        own = notices.list_own_notices(work)
    form = ReadForm(formdata=None)
    form.newest.data = str(own[0].id) if own else ""
    return render_template(
        "citizen/notices/list.html",
        notices=own,
        unread=sum(notice.read_at is None for notice in own),
        words=wording.text,
        form=form,
    )


@pages.post("/read")
@open_to(Access.CITIZEN)
def mark_read() -> ResponseReturnValue:
    """Note that the messages shown were read."""
    form = ReadForm()
    if form.validate():
        with unit_of_work() as work:
            notices.mark_read(work, int(form.newest.data))
    return redirect(url_for("notices.show_list"))
