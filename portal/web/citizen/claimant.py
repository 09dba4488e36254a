"""The way in for heirs and beneficiaries, whose paper code opens one claim and nothing else."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.domain.claims import ClaimState
from portal.services import claims
from portal.web.access import Access, open_to
from portal.web.work import actor, reading

pages = Blueprint("claimant", __name__, url_prefix="/claimant")


@pages.get("/")
@open_to(Access.CLAIMANT)
def show_claim() -> ResponseReturnValue:
    """The one claim: its papers are asked for, or it is followed like any other."""
    claim_id = actor().claim_id
    assert claim_id is not None  # noqa: S101  the guard let nobody else in
    with reading() as work:
        claim = claims.get_claim(work, claim_id)
        course = claims.show_course(work, claim)
    if claim.state is not ClaimState.CORRECTION_NEEDED:
        return redirect(url_for("claims.show", number=claim.number))
    return render_template("citizen/claimant/show.html", course=course)
