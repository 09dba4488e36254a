"""The first page: a box to ask in, three doors, the season's notice, and the office."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.services import seasons
from portal.web.access import Access, open_to
from portal.web.kept_pages import kept_for_the_day
from portal.web.place import region_here
from portal.web.work import house, today

pages = Blueprint("home", __name__)


@pages.get("/")
@pages.get("/at/<region>")
@open_to(Access.PUBLIC)
@kept_for_the_day
def show(region: str | None = None) -> ResponseReturnValue:
    """The first page of a region; without a name, of the first region served."""
    here = region_here()
    return render_template(
        "citizen/home/show.html",
        region=here,
        notice=seasons.find_notice(house(), here, today()),
        others=[house().packs.regions[each] for each in house().regions if each != here],
    )
