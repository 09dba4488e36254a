"""Heirs and beneficiaries at the desk: who may claim for somebody who died, and the slip to let them in."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from portal.domain.citizen_id import CitizenId, CitizenIdUnsound
from portal.domain.claimants import ProofSeen, Relation
from portal.domain.identity import PAPER_LIFETIME, group_paper_code
from portal.domain.staff import Role
from portal.services import claimants
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.desk.claims import HANDLERS
from portal.web.desk.people import VerdictForm
from portal.web.forms import SignedInForm, check_name
from portal.web.wording import claimants as words
from portal.web.work import actor, house, reading, unit_of_work

pages = Blueprint("desk_claimants", __name__, url_prefix="/desk/claimants")

SERVERS = (Role.CLERK, Role.ADMINISTRATOR)
"""Who lets claimants in: those who take none of the four steps anyway."""


class ClaimantForm(SignedInForm):
    """Who claims, by what right, and which paper was seen."""

    name = StringField(
        lazy_gettext("申领人的姓名"),
        [
            DataRequired(lazy_gettext("请填姓名，和身份证上一样。")),
            Length(max=50, message=lazy_gettext("名字太长了，请照着身份证填。")),
            check_name,
        ],
    )
    number = StringField(
        lazy_gettext("申领人的身份证号"),
        [InputRequired(lazy_gettext("请填身份证号，18位。")), Length(max=40)],
    )
    relation = RadioField(lazy_gettext("什么身份"), [InputRequired(lazy_gettext("请选一个。"))])
    proof = SelectField(lazy_gettext("看过哪样证明（事由）"), [InputRequired(lazy_gettext("请选一个。"))])

    def __init__(self, *, empty: bool = False) -> None:
        """Name the choices in the reader's language."""
        super().__init__(**({"formdata": None} if empty else {}))
        self.relation.choices = [(str(each), words.relation_name(each)) for each in Relation]
        self.proof.choices = [
            ("", gettext("请选")),
            *((str(each), words.proof_name(each)) for each in ProofSeen),
        ]

    def validate_number(self, field: StringField) -> None:
        """The number opens the claim later, so it has to be sound."""
        try:
            self.citizen_id = CitizenId.parse(field.data)
        except CitizenIdUnsound as error:
            raise ValidationError(wording.refusal(error)) from error

    def hide_number(self) -> None:
        """Before the form is shown again: no page repeats a whole number."""
        self.number.data = ""
        if not self.number.errors:
            self.number.errors = [gettext("请再填一遍身份证号，这里不显示它。")]


@pages.get("/of/<int:person_id>")
@open_to(Access.STAFF, *HANDLERS)
def show_estate(person_id: int) -> ResponseReturnValue:
    """Who may claim for a person who died, and who waits."""
    return _estate_page(person_id, ClaimantForm(empty=True))


@pages.post("/of/<int:person_id>")
@open_to(Access.STAFF, *SERVERS)
def propose_claimant(person_id: int) -> ResponseReturnValue:
    """Record an heir whose papers were seen; a second person agrees."""
    form = ClaimantForm()
    if not form.validate():
        form.hide_number()
        return _estate_page(person_id, form), 422
    with unit_of_work() as work:
        claimants.propose_claimant(
            work,
            person_id,
            form.name.data.strip(),
            form.citizen_id,
            Relation(form.relation.data),
            ProofSeen(form.proof.data),
        )
    return redirect(url_for("desk_claimants.show_estate", person_id=person_id, done="proposed"))


@pages.post("/<int:claimant_id>")
@open_to(Access.STAFF, *SERVERS)
def decide_claimant(claimant_id: int) -> ResponseReturnValue:
    """Let one in, or not."""
    form = VerdictForm()
    if not form.validate():
        return redirect(url_for("desk_people.list_held_changes"))
    accepted = form.accepted.data == "yes"
    with unit_of_work() as work:
        claimants.decide_claimant(work, claimant_id, accepted=accepted)
    done = "claimant_let_in" if accepted else "claimant_denied"
    return redirect(url_for("desk_people.list_held_changes", done=done))


@pages.post("/<int:claimant_id>/slip")
@open_to(Access.STAFF, *SERVERS)
def issue_slip(claimant_id: int) -> ResponseReturnValue:
    """Print a paper code for a claimant whose identity card has been seen."""
    with unit_of_work() as work:
        slip = claimants.issue_slip(work, claimant_id)
        valid_until = work.now + PAPER_LIFETIME
    return render_template(
        "desk/claimants/slip.html", slip=slip, code=group_paper_code(slip.code), valid_until=valid_until
    )


def _estate_page(person_id: int, form: ClaimantForm) -> str:
    with reading() as work:
        estate = claimants.show_estate(work, person_id)
    return render_template(
        "desk/claimants/estate.html",
        it=estate,
        form=form,
        words=words,
        offers=house().packs.regions[estate.person.region].claims,
        may_serve=actor().has_role(*SERVERS),
    )
