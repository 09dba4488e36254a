"""Where to go and whom to call."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.web.access import Access, open_to
from portal.web.kept_pages import kept
from portal.web.place import region_here
from portal.web.work import house

pages = Blueprint("offices", __name__)


@pages.get("/offices")
@pages.get("/at/<region>/offices")
@open_to(Access.PUBLIC)
@kept
def show(region: str | None = None) -> ResponseReturnValue:
    """Every office of a region, the responsible one first."""
    here = house().packs.regions[region_here()]
    main = here.office(here.main_office)
    return render_template(
        "citizen/offices/show.html",
        here=here,
        main=main,
        offices=[office for office in here.offices if office != main],
    )
