"""The outbox of the demo county, whose people have no phones. Not there outside demo mode."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.services import outbox
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.work import reading

pages = Blueprint("demo", __name__, url_prefix="/demo")


@pages.get("/outbox")
@open_to(Access.PUBLIC)
def show_outbox() -> ResponseReturnValue:
    """The newest texts as the phones would show them."""
    with reading() as work:
        texts = outbox.list_latest(work, wording.text_message)
    return render_template("citizen/demo/outbox.html", texts=texts)
