"""My data: what is held about me, who did what with it, to correct and to take along."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from portal.domain.claim_kinds import ClaimKind
from portal.services import own_data
from portal.services.own_data import OwnData
from portal.web.access import Access, open_to
from portal.web.wording import own_data as words
from portal.web.work import house, reading, unit_of_work

pages = Blueprint("my_data", __name__, url_prefix="/my-data")


@pages.get("/")
@open_to(Access.CITIZEN)
def show() -> ResponseReturnValue:
    """What is on record of me, and the newest acts on it."""
    with reading() as work:
        person, acts = own_data.show_own_person(work)
    return render_template(
        "citizen/my_data/show.html",
        person=person,
        acts=acts,
        words=words,
        may_object=ClaimKind.OBJECTION in house().packs.get(person.region).claims,
    )


@pages.post("/json")
@open_to(Access.CITIZEN)
def export_json() -> ResponseReturnValue:
    """Everything, for programs."""
    return _as_file(words.write_json(_take_along("json")), "application/json", "my-data.json")


@pages.post("/csv")
@open_to(Access.CITIZEN)
def export_csv() -> ResponseReturnValue:
    """Everything in words, for a spreadsheet."""
    taken = _take_along("csv")
    return _as_file(
        b"".join(own_data.write_lines(words.headers(), words.lines(taken))), "text/csv", "my-data.csv"
    )


def _take_along(form: str) -> OwnData:
    with unit_of_work() as work:
        return own_data.export_own_data(work, form)


def _as_file(content: bytes, kind: str, name: str) -> Response:
    answer = Response(content, content_type=f"{kind}; charset=utf-8")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
