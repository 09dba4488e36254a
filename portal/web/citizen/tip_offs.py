"""Reporting a wrong without saying who one is."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from portal.services import tip_offs
from portal.web.access import Access, open_to
from portal.web.address import address_of_request
from portal.web.forms import PublicForm
from portal.web.place import region_here
from portal.web.work import house, unit_of_work

pages = Blueprint("tip_offs", __name__, url_prefix="/at/<region>/tip-off")


class TipOffForm(PublicForm):
    """What happened; nobody is asked for a name."""

    what = TextAreaField(
        lazy_gettext("谁、什么时候、做了什么"),
        [
            DataRequired(lazy_gettext("请写几个字，说说是什么事。")),
            Length(max=500, message=lazy_gettext("太长了，请写短一些，500个字以内。")),
        ],
    )


@pages.get("/")
@open_to(Access.PUBLIC)
def show_form(region: str) -> ResponseReturnValue:
    """Ask what happened."""
    return _ask(TipOffForm(formdata=None))


@pages.post("/")
@open_to(Access.PUBLIC)
def leave(region: str) -> ResponseReturnValue:
    """Keep it for the desk, and give a number to ask under."""
    form = TipOffForm()
    if not form.validate():
        return _ask(form), 422
    with unit_of_work() as work:
        number = tip_offs.leave_tip_off(work, region_here(), form.what.data, address_of_request())
    return render_template("citizen/tip_offs/left.html", number=number, region=region)


def _ask(form: TipOffForm) -> str:
    return render_template("citizen/tip_offs/form.html", form=form, here=house().packs.get(region_here()))
