"""What the footer leads to: privacy, complaints, and mistakes on the site."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.web.access import Access, open_to
from portal.web.kept_pages import kept

pages = Blueprint("about", __name__, url_prefix="/about")


@pages.get("/privacy")
@open_to(Access.PUBLIC)
@kept
def show_privacy() -> ResponseReturnValue:
    """What is kept, on which legal basis, and for how long."""
    return render_template("citizen/about/privacy.html")


@pages.get("/complaints")
@open_to(Access.PUBLIC)
@kept
def show_complaints() -> ResponseReturnValue:
    """Where to complain, and how to ask for reconsideration."""
    return render_template("citizen/about/complaints.html")


@pages.get("/corrections")
@open_to(Access.PUBLIC)
@kept
def show_corrections() -> ResponseReturnValue:
    """How to tell us of a mistake."""
    return render_template("citizen/about/corrections.html")
