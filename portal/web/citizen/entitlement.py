"""What am I entitled to: without signing in, nothing is kept; after the ID check, from one's own record.

Answers travel in the form.
"""

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.services import entitlement, filing, records
from portal.services.entitlement import Asked, Found
from portal.web.access import Access, open_to
from portal.web.place import region_here
from portal.web.wording.claims import refusals_of
from portal.web.work import house, reading

pages = Blueprint("entitlement", __name__)


@pages.get("/at/<region>/entitlement/")
@open_to(Access.PUBLIC)
def begin(region: str) -> ResponseReturnValue:
    """The first question."""
    return _show({}, None)


@pages.post("/at/<region>/entitlement/")
@open_to(Access.PUBLIC)
def answer(region: str) -> ResponseReturnValue:
    """The next question, or what follows from the answers."""
    answers, missed = _read_answers(region_here())
    return _show(answers, missed)


@pages.get("/entitlement/mine")
@open_to(Access.CITIZEN)
def show_mine() -> ResponseReturnValue:
    """What follows from one's own record, each condition with its clause."""
    return _show_mine({}, None)


@pages.post("/entitlement/mine")
@open_to(Access.CITIZEN)
def answer_mine() -> ResponseReturnValue:
    """The same, with what the record does not know."""
    answers, missed = _read_answers(region_here())
    return _show_mine(answers, missed)


def _read_answers(region: str) -> tuple[dict[str, str], str | None]:
    """The answers so far, and what to say where the last question was left open."""
    answers = entitlement.known_facts(house().packs.get(region), request.form)
    asked = request.form.get("asked", "")
    if "back" in request.form:
        return dict(list(answers.items())[:-1]), None
    return answers, gettext("请点一个。") if asked and asked not in answers else None


def _show(answers: Mapping[str, str], error: str | None) -> ResponseReturnValue:
    here = house().packs.get(region_here())
    if not entitlement.has_table(here):
        return render_template("citizen/entitlement/silent.html", here=here)
    step = entitlement.next_step(house(), here.id, answers)
    if isinstance(step, Asked):
        return _ask(step, answers, error)
    return _tell(step)


def _show_mine(answers: Mapping[str, str], error: str | None) -> ResponseReturnValue:
    with reading() as work:
        record = records.show_record(work)
        if not entitlement.has_table(record.region):
            return render_template("citizen/entitlement/silent.html", here=record.region)
        step = entitlement.next_step(house(), record.region.id, answers, record.facts)
        if isinstance(step, Asked):
            return _ask(step, answers, error, own=True)
        standing = filing.look_before_filing(work, record.person.id, step.claim) if step.claim else None
    return _tell(step, person=record.person, standing=standing, refusals=refusals_of(record.region.id))


def _ask(
    asked: Asked, answers: Mapping[str, str], error: str | None, *, own: bool = False
) -> ResponseReturnValue:
    page = render_template(
        "citizen/entitlement/question.html",
        here=house().packs.get(region_here()),
        asked=asked,
        answers=answers,
        error=error,
        own=own,
    )
    return (page, 422) if error else page


def _tell(found: Found, **own: object) -> str:
    here = house().packs.get(region_here())
    offer = here.claims.get(found.claim) if found.claim else None
    return render_template("citizen/entitlement/result.html", here=here, found=found, offer=offer, **own)
