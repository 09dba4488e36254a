"""The knowledge to read instead of asking: by region, searchable, each entry at its own address."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length

from portal.services import assistant
from portal.web.access import Access, open_to
from portal.web.forms import PublicForm
from portal.web.kept_pages import kept
from portal.web.place import region_here
from portal.web.work import house

pages = Blueprint("topics", __name__)


class SearchForm(PublicForm):
    """Words to look for."""

    words = StringField(validators=[Length(max=200)])


@pages.get("/at/<region>/topics")
@open_to(Access.PUBLIC)
@kept
def list_topics(region: str) -> ResponseReturnValue:
    """All entries that people of a region may be answered from, by errand."""
    here = region_here()
    return render_template(
        "citizen/topics/list.html",
        here=house().packs.get(here),
        groups=assistant.list_entries(house(), here),
        words="",
    )


@pages.post("/at/<region>/topics")
@open_to(Access.PUBLIC)
def search(region: str) -> ResponseReturnValue:
    """The entries nearest to some words."""
    form = SearchForm()
    words = (form.words.data or "").strip()[:200]
    if not words:
        return redirect(url_for("topics.list_topics", region=region))
    here = region_here()
    return render_template(
        "citizen/topics/list.html",
        here=house().packs.get(here),
        groups=[assistant.search_entries(house(), here, words)],
        words=words,
    )


@pages.get("/topics/<entry_id>")
@open_to(Access.PUBLIC)
@kept
def show(entry_id: str) -> ResponseReturnValue:
    """One entry."""
    entry, office = assistant.show_entry(house(), entry_id)
    return render_template("citizen/topics/show.html", entry=entry, office=office)
