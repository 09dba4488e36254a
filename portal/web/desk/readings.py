"""How the texts are read where they are silent or unclear, for everybody who decides by them."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.services import readings
from portal.web.access import Access, open_to
from portal.web.wording.citations import quoted
from portal.web.work import actor, house

pages = Blueprint("desk_readings", __name__, url_prefix="/desk/readings")


@pages.get("/")
@open_to(Access.STAFF)
def list_readings() -> ResponseReturnValue:
    """Every reading of the region, with its clause."""
    return render_template(
        "desk/readings/list.html",
        readings=[
            (each, [quoted(citation) for citation in each.because])
            for each in readings.list_all(house(), str(actor().region))
        ],
    )
