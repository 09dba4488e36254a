"""What am I entitled to, without signing in. Answers travel in the form; nothing is kept."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.services import entitlement
from portal.services.entitlement import Asked
from portal.web.access import Access, open_to
from portal.web.place import region_here
from portal.web.work import house

pages = Blueprint("entitlement", __name__, url_prefix="/at/<region>/entitlement")


@pages.get("/")
@open_to(Access.PUBLIC)
def begin(region: str) -> ResponseReturnValue:
    """The first question."""
    return _show({}, None)


@pages.post("/")
@open_to(Access.PUBLIC)
def answer(region: str) -> ResponseReturnValue:
    """The next question, or what follows from the answers."""
    answers = entitlement.known_facts(house().packs.get(region_here()), request.form)
    asked = request.form.get("asked", "")
    if "back" in request.form:
        return _show(dict(list(answers.items())[:-1]), None)
    missed = gettext("请点一个。") if asked and asked not in answers else None
    return _show(answers, missed)


def _show(answers: dict[str, str], error: str | None) -> ResponseReturnValue:
    here = house().packs.get(region_here())
    if not entitlement.has_table(here):
        return render_template("citizen/entitlement/silent.html", here=here)
    step = entitlement.next_step(house(), here.id, answers)
    if isinstance(step, Asked):
        page = render_template(
            "citizen/entitlement/question.html", here=here, asked=step, answers=answers, error=error
        )
        return (page, 422) if error else page
    return render_template(
        "citizen/entitlement/result.html",
        here=here,
        found=step,
        answers=answers,
        offer=here.claims.get(step.claim) if step.claim else None,
    )
