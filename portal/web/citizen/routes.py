"""The two routes side by side: where the money goes, what to do each year, what about the old account."""

from flask import Blueprint, render_template
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
    """The routes that a region's texts offer, or that its texts know of no choice."""
    return render_template("citizen/routes/show.html", here=house().packs.get(region_here()))
