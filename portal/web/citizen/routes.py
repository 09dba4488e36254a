"""The two routes side by side: where the money goes, what to do each year, what about the old account."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal.web.access import Access, open_to
from portal.web.kept_pages import kept
from portal.web.place import region_here
from portal.web.work import house

pages = Blueprint("routes", __name__, url_prefix="/at/<region>/routes")


@pages.get("/")
@open_to(Access.PUBLIC)
@kept
def show(region: str) -> ResponseReturnValue:
    """The routes that a region's texts offer."""
    here = house().packs.get(region_here())
    if not here.routes:
        abort(404)
    return render_template("citizen/routes/show.html", here=here)
