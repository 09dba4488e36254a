"""Accounts at the desk: add, confirm, disable, reset, and the yearly review of rights."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import PasswordField, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from portal.domain.citizen_id import CitizenId, CitizenIdUnsound
from portal.domain.errors import Refusal
from portal.domain.identity import TooManyTries
from portal.domain.staff import (
    JobNumberTaken,
    JobNumberUnsound,
    KnownOtherwise,
    LoginTaken,
    LoginUnsound,
    PasswordTooWeak,
    Role,
    RoleOfWholeCounty,
    SignInRefused,
    StaffNameUnsound,
    is_review_due,
)
from portal.services import staff
from portal.services.staff import NewAccount
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.forms import SignedInForm
from portal.web.wording.staff import role_name
from portal.web.work import actor, house, reading, unit_of_work

pages = Blueprint("desk_staff", __name__, url_prefix="/desk/staff")


# Which field of the form a refusal speaks of.
_FIELDS: dict[type[Refusal], str] = {
    StaffNameUnsound: "name",
    KnownOtherwise: "number",
    JobNumberUnsound: "job_no",
    JobNumberTaken: "job_no",
    LoginUnsound: "login",
    LoginTaken: "login",
    RoleOfWholeCounty: "town",
}


class RolesForm(SignedInForm):
    """Which roles an account holds."""

    roles = SelectMultipleField(lazy_gettext("角色"), [InputRequired(lazy_gettext("请至少选一个角色。"))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the roles in the reader's language."""
        super().__init__(*args, **kwargs)
        self.roles.choices = [(str(role), role_name(role)) for role in Role]

    def role_set(self) -> frozenset[Role]:
        """The chosen roles."""
        return frozenset(Role(role) for role in self.roles.data)


class AccountForm(RolesForm):
    """A new account of a natural person."""

    name = StringField(lazy_gettext("姓名"), [InputRequired(lazy_gettext("请填姓名。")), Length(max=50)])
    number = StringField(
        lazy_gettext("公民身份号码"),
        [InputRequired(lazy_gettext("请填身份证号码，用来认定是不是同一个人。")), Length(max=60)],
    )
    job_no = StringField(lazy_gettext("工号"), [InputRequired(lazy_gettext("请填工号。")), Length(max=20)])
    login = StringField(lazy_gettext("登录名"), [InputRequired(lazy_gettext("请填登录名。")), Length(max=60)])
    town = SelectField(lazy_gettext("只管哪个乡镇"), choices=())

    def validate_number(self, field: StringField) -> None:
        """A number that cannot be one is told before anybody is looked up."""
        try:
            self.citizen_id = CitizenId.parse(field.data)
        except CitizenIdUnsound as error:
            raise ValidationError(wording.refusal(error)) from error


class PasswordForm(SignedInForm):
    """The old password and a new one."""

    old = PasswordField(lazy_gettext("现在的密码"), [InputRequired(lazy_gettext("请填现在的密码。"))])
    new = PasswordField(
        lazy_gettext("新密码"), [InputRequired(lazy_gettext("请填新密码。")), Length(max=200)]
    )


@pages.get("/")
@open_to(Access.STAFF, Role.ADMINISTRATOR)
def list_accounts() -> ResponseReturnValue:
    """The accounts of the region; those that wait to be confirmed come marked, and those due for a look."""
    with reading() as work:
        accounts = staff.list_accounts(work)
        standings = staff.list_standings(work, accounts)
        due = {
            account.id
            for account in accounts
            if account.disabled_at is None and is_review_due(account.rights_reviewed_at, work.now)
        }
    return render_template("desk/staff/list.html", accounts=accounts, standings=standings, due=due)


@pages.get("/new")
@open_to(Access.STAFF, Role.ADMINISTRATOR)
def show_form() -> ResponseReturnValue:
    """Ask who gets an account."""
    return render_template("desk/staff/new.html", form=_account_form(empty=True))


@pages.post("/new")
@open_to(Access.STAFF, Role.ADMINISTRATOR)
def add_account() -> ResponseReturnValue:
    """Add an account, and show once what is handed to its owner."""
    form = _account_form()
    if not form.validate():
        return _ask_again(form)
    try:
        with unit_of_work() as work:
            new = staff.add_account(
                work,
                name=form.name.data,
                citizen_id=form.citizen_id,
                job_no=form.job_no.data,
                login=form.login.data,
                roles=form.role_set(),
                region=str(actor().region),
                town=form.town.data or None,
            )
    except tuple(_FIELDS) as error:
        form[_FIELDS[type(error)]].errors = [wording.refusal(error)]
        return _ask_again(form)
    return _hand_over(new)


@pages.post("/<login>/disable")
@open_to(Access.STAFF, Role.ADMINISTRATOR)
def disable_account(login: str) -> ResponseReturnValue:
    """Close an account."""
    with unit_of_work() as work:
        staff.disable_account(work, login)
    return redirect(url_for("desk_staff.list_accounts", done="disabled"))


@pages.post("/<login>/reset")
@open_to(Access.STAFF, Role.ADMINISTRATOR)
def reset_account(login: str) -> ResponseReturnValue:
    """Make password and second factor anew, and show them once."""
    with unit_of_work() as work:
        new = staff.reset_account(work, login)
    return _hand_over(new)


@pages.get("/<login>/rights")
@open_to(Access.STAFF, Role.ADMINISTRATOR)
def show_rights(login: str) -> ResponseReturnValue:
    """Look at an account's rights."""
    return _rights_page(login)


@pages.post("/<login>/rights")
@open_to(Access.STAFF, Role.ADMINISTRATOR)
def review_rights(login: str) -> ResponseReturnValue:
    """Keep or change an account's rights, and note that they were looked at."""
    form = RolesForm()
    if not form.validate():
        return _rights_page(login, form), 422
    try:
        with unit_of_work() as work:
            staff.review_rights(work, login, form.role_set())
    except RoleOfWholeCounty as error:
        form.roles.errors = [wording.refusal(error)]
        return _rights_page(login, form), 422
    return redirect(url_for("desk_staff.list_accounts", done="reviewed"))


@pages.get("/password")
@open_to(Access.STAFF)
def show_password_form() -> ResponseReturnValue:
    """Ask for the old password and a new one."""
    return render_template("desk/staff/password.html", form=PasswordForm(formdata=None))


@pages.post("/password")
@open_to(Access.STAFF)
def change_password() -> ResponseReturnValue:
    """Change one's own password."""
    form = PasswordForm()
    if not form.validate():
        return render_template("desk/staff/password.html", form=form), 422
    with unit_of_work() as work:
        may_go_on = staff.count_password_try(work)
    if not may_go_on:
        raise TooManyTries
    try:
        with unit_of_work() as work:
            staff.change_password(work, form.old.data, form.new.data)
    except SignInRefused:
        form.old.errors = [gettext("现在的密码不对。")]
        return render_template("desk/staff/password.html", form=form), 422
    except PasswordTooWeak as error:
        form.new.errors = [wording.refusal(error)]
        return render_template("desk/staff/password.html", form=form), 422
    return redirect(url_for("desk_sign_in.enter", done="password"))


def _account_form(*, empty: bool = False) -> AccountForm:
    form = AccountForm(formdata=None) if empty else AccountForm()
    towns = house().packs.regions[str(actor().region)].towns
    form.town.choices = [("", gettext("全区")), *((town.name.zh, town.name.zh) for town in towns)]
    return form


def _ask_again(form: AccountForm) -> ResponseReturnValue:
    """Show the form with all that was typed but the citizen number, which no page repeats."""
    form.number.data = ""
    if not form.number.errors:
        form.number.errors = [gettext("为了不在页面上显示，请再填一遍身份证号。")]
    return render_template("desk/staff/new.html", form=form), 422


def _rights_page(login: str, form: RolesForm | None = None) -> str:
    with reading() as work:
        account = staff.get_account(work, login)
        standing = staff.list_standings(work, [account])[account.id]
    form = form or RolesForm(formdata=None, roles=[str(role) for role in account.roles])
    return render_template("desk/staff/rights.html", account=account, standing=standing, form=form)


def _hand_over(new: NewAccount) -> ResponseReturnValue:
    return render_template(
        "desk/staff/handed_over.html", new=new, code=staff.draw_second_factor(new.login, new.totp_secret)
    )
