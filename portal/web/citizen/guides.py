"""办事指南: for each kind of claim what it takes, who decides, how long, and what it costs: nothing."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.services import guides
from portal.web.access import Access, open_to
from portal.web.kept_pages import kept
from portal.web.place import region_here
from portal.web.work import house

pages = Blueprint("guides", __name__, url_prefix="/at/<region>/guides")


@pages.get("/")
@open_to(Access.PUBLIC)
@kept
def list_guides(region: str) -> ResponseReturnValue:
    """Everything one can have done here."""
    return render_template("citizen/guides/list.html", here=house().packs.get(region_here()))


@pages.get("/<kind>")
@open_to(Access.PUBLIC)
@kept
def show(region: str, kind: str) -> ResponseReturnValue:
    """One guide, on one printed page."""
    guide = guides.get_guide(house(), region_here(), kind)
    start_code = guides.draw_start_code(house(), guide, gettext("扫一扫就开始办的二维码"))
    return render_template("citizen/guides/show.html", guide=guide, here=guide.region, start_code=start_code)
