"""Finding a villager, looking at their record, and what the desk does for them in person."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.domain.cells import read_account, read_phone, read_words
from portal.domain.citizens import Person
from portal.domain.disclosure import SealedField, UncoverReason
from portal.domain.errors import Refusal
from portal.domain.identity import PAPER_LIFETIME, group_paper_code
from portal.domain.staff import Role
from portal.services import claimants, people
from portal.web.access import Access, open_to
from portal.web.desk.claims import HANDLERS
from portal.web.forms import SignedInForm, WholeNumberField
from portal.web.wording import claimants as claimant_words
from portal.web.wording import people as words
from portal.web.wording import reviews as claim_words
from portal.web.wording.rosters import column_name
from portal.web.work import actor, house, reading, unit_of_work

pages = Blueprint("desk_people", __name__, url_prefix="/desk/people")

_LONGEST_BANK_NAME = 60
_KEYED_AT_DESK = (SealedField.PHONE, SealedField.ACCOUNT, SealedField.CARD)


class SearchForm(SignedInForm):
    """One mark that is one person's, or a name with village and birth year."""

    mark = StringField(lazy_gettext("受理编号、保险编号或18位身份证号"), [Length(max=40)])
    name = StringField(lazy_gettext("姓名"), [Length(max=50)])
    village = StringField(lazy_gettext("村"), [Length(max=60)])
    birth_year = WholeNumberField(
        lazy_gettext("出生年"),
        [Optional(), NumberRange(1900, 2100, lazy_gettext("出生年是四位数字，比如1962。"))],
    )

    def validate_mark(self, field: StringField) -> None:
        """Something must be given, and of a name the whole."""
        by_name = (self.name.data, self.village.data, self.birth_year.data)
        if not field.data and not all(by_name):
            raise ValidationError(gettext("请填一个编号，或者把姓名、村、出生年都填上。"))


class UncoverForm(SignedInForm):
    """Which number is wanted whole, and why."""

    field = RadioField(lazy_gettext("看哪个号码"), [InputRequired(lazy_gettext("请选一个号码。"))])
    reason = SelectField(lazy_gettext("事由"), [InputRequired(lazy_gettext("请选事由。"))])

    def __init__(self) -> None:
        """Name the choices in the reader's language."""
        super().__init__()
        self.field.choices = [(str(each), words.field_name(each)) for each in SealedField]
        # No reason stands there by itself: whoever opens a number says why.
        self.reason.choices = [
            ("", gettext("请选")),
            *((str(each), words.reason_name(each)) for each in UncoverReason),
        ]


class ChangeForm(SignedInForm):
    """A new phone, card or account that a villager brought."""

    field = RadioField(lazy_gettext("改哪一样"), [InputRequired(lazy_gettext("请选改哪一样。"))])
    value = StringField(
        lazy_gettext("新的号码"), [InputRequired(lazy_gettext("请填新的号码。")), Length(max=60)]
    )
    bank_name = StringField(lazy_gettext("开户行（改收款账号时填）"), [Length(max=_LONGEST_BANK_NAME)])

    def __init__(self) -> None:
        """Name the choices in the reader's language."""
        super().__init__()
        self.field.choices = [(str(each), words.field_name(each)) for each in _KEYED_AT_DESK]

    def validate_value(self, field: StringField) -> None:
        """Read the number as a roster's would be."""
        read = read_phone if self.field.data == SealedField.PHONE else read_account
        try:
            self.sound_value = read(field.data)
        except Refusal as error:
            raise ValidationError(gettext("号码不对，请照着卡或手机再看一遍。")) from error

    def validate_bank_name(self, field: StringField) -> None:
        """An account without its bank reaches nobody."""
        if self.field.data == SealedField.ACCOUNT and not field.data:
            raise ValidationError(gettext("请填开户行。"))
        self.sound_bank_name = read_words(_LONGEST_BANK_NAME)(field.data or "") or None


class VerdictForm(SignedInForm):
    """Whether a change that waits takes effect."""

    accepted = RadioField(choices=("yes", "no"), validators=[InputRequired(lazy_gettext("请选一个。"))])


@pages.get("/")
@open_to(Access.STAFF, *HANDLERS)
def show_search() -> ResponseReturnValue:
    """Ask whom to look for."""
    return render_template("desk/people/search.html", form=SearchForm(formdata=None), found=None)


@pages.post("/")
@open_to(Access.STAFF, *HANDLERS)
def search() -> ResponseReturnValue:
    """Look for a villager; what was typed stays out of addresses and logs."""
    form = SearchForm()
    if not form.validate():
        return render_template("desk/people/search.html", form=form, found=None), 422
    with unit_of_work() as work:
        found = (
            people.find_by_mark(work, form.mark.data)
            if form.mark.data
            else people.find_by_name(work, form.name.data, form.village.data, form.birth_year.data)
        )
    if len(found) == 1:
        return redirect(url_for("desk_people.show_person", person_id=found[0].id))
    form.mark.data = ""  # it may be a whole citizen number, which no page repeats
    return render_template("desk/people/search.html", form=form, found=found)


@pages.get("/<int:person_id>")
@open_to(Access.STAFF, *HANDLERS)
def show_person(person_id: int) -> ResponseReturnValue:
    """One villager."""
    return _person_page(person_id)


@pages.post("/<int:person_id>/uncover")
@open_to(Access.STAFF, *HANDLERS)
def uncover_number(person_id: int) -> ResponseReturnValue:
    """Show one whole number, once."""
    form = UncoverForm()
    if not form.validate():
        return _person_page(person_id, uncover=form), 422
    field = SealedField(form.field.data)
    with unit_of_work() as work:
        number = people.uncover_number(work, person_id, field, UncoverReason(form.reason.data))
    return render_template(
        "desk/people/number.html", person_id=person_id, name=words.field_name(field), groups=_groups(number)
    )


@pages.post("/<int:person_id>/slip")
@open_to(Access.STAFF, Role.CLERK, Role.ADMINISTRATOR)
def issue_slip(person_id: int) -> ResponseReturnValue:
    """Print a paper code for whoever's identity card has been seen."""
    with unit_of_work() as work:
        slip = people.issue_slip(work, person_id)
        valid_until = work.now + PAPER_LIFETIME
    return render_template(
        "desk/people/slip.html", slip=slip, code=group_paper_code(slip.code), valid_until=valid_until
    )


@pages.post("/<int:person_id>/change")
@open_to(Access.STAFF, Role.CLERK, Role.ADMINISTRATOR)
def propose_change(person_id: int) -> ResponseReturnValue:
    """Key a new phone or payee; a second person confirms it."""
    form = ChangeForm()
    if not form.validate():
        return _person_page(person_id, change=form), 422
    with unit_of_work() as work:
        people.propose_change(
            work, person_id, SealedField(form.field.data), form.sound_value, form.sound_bank_name
        )
    return redirect(url_for("desk_people.show_person", person_id=person_id, done="proposed"))


@pages.get("/changes")
@open_to(Access.STAFF, *HANDLERS)
def list_held_changes() -> ResponseReturnValue:
    """Phones and payees that wait for a second person."""
    with reading() as work:
        waiting, proposed = people.list_held_changes(work), claimants.list_waiting(work)
    return render_template(
        "desk/people/changes.html",
        waiting=waiting,
        claimants=proposed,
        field_name=words.field_name,
        claimant_words=claimant_words,
        may_serve=actor().has_role(Role.CLERK, Role.ADMINISTRATOR),
    )


@pages.post("/changes/<int:change_id>")
@open_to(Access.STAFF, Role.CLERK, Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.ADMINISTRATOR)
def decide_held_change(change_id: int) -> ResponseReturnValue:
    """Confirm or deny one."""
    form = VerdictForm()
    if not form.validate():
        return redirect(url_for("desk_people.list_held_changes"))
    accepted = form.accepted.data == "yes"
    with unit_of_work() as work:
        people.decide_held_change(work, change_id, accepted=accepted)
    return redirect(url_for("desk_people.list_held_changes", done="accepted" if accepted else "denied"))


def _person_page(
    person_id: int, *, uncover: UncoverForm | None = None, change: ChangeForm | None = None
) -> str:
    with unit_of_work() as work:
        opened = people.open_person(work, person_id)
    return render_template(
        "desk/people/person.html",
        it=opened,
        sealed=_tails(opened.person),
        uncover=uncover or UncoverForm(),
        change=change or ChangeForm(),
        offers=house().packs.regions[opened.person.region].claims,
        words=words,
        claim_words=claim_words,
        column_name=column_name,
        may_serve=actor().has_role(Role.CLERK, Role.ADMINISTRATOR),
    )


def _tails(person: Person) -> list[tuple[SealedField, str | None]]:
    return [
        (SealedField.PHONE, person.phone_tail),
        (SealedField.ACCOUNT, person.account_tail),
        (SealedField.CARD, person.card_tail),
    ]


def _groups(number: str | None) -> list[str]:
    """A long number in groups of four, as an eye compares it with a card."""
    return [number[start : start + 4] for start in range(0, len(number), 4)] if number else []
