"""The desk's door: password and second factor."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from portal.domain.identity import TooManyTries
from portal.domain.staff import (
    AccountUnconfirmed,
    FirstPasswordLapsed,
    FirstPasswordStands,
    PasswordTooWeak,
    SignInRefused,
)
from portal.services import identity, staff
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.address import address_of_request
from portal.web.desk.frame import doors
from portal.web.forms import PublicForm
from portal.web.sessions import sign_in_with
from portal.web.sessions import sign_out as drop_cookie
from portal.web.work import unit_of_work

pages = Blueprint("desk_sign_in", __name__, url_prefix="/desk")


class SignInForm(PublicForm):
    """Login, password and the code that the phone shows."""

    login = StringField(lazy_gettext("登录名"), [InputRequired(lazy_gettext("请填登录名。")), Length(max=60)])
    password = PasswordField(
        lazy_gettext("密码"), [InputRequired(lazy_gettext("请填密码。")), Length(max=200)]
    )
    code = StringField(
        lazy_gettext("动态码"), [InputRequired(lazy_gettext("请填手机上的6位动态码。")), Length(max=20)]
    )
    new_password = PasswordField(lazy_gettext("您自己的新密码"), [Length(max=200)])


@pages.get("/sign-in")
@open_to(Access.PUBLIC)
def show_form() -> ResponseReturnValue:
    """Ask who is there."""
    return render_template("desk/sign_in/form.html", form=SignInForm(formdata=None))


@pages.post("/sign-in")
@open_to(Access.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """Let in whoever has both."""
    form = SignInForm()
    if not form.validate():
        return render_template("desk/sign_in/form.html", form=form), 422
    with unit_of_work() as work:
        may_go_on = staff.count_sign_in(work, form.login.data, address_of_request())
    if not may_go_on:
        raise TooManyTries
    try:
        with unit_of_work() as work:
            token = staff.sign_in(
                work, form.login.data, form.password.data, form.code.data, form.new_password.data or ""
            )
    except (SignInRefused, AccountUnconfirmed, FirstPasswordLapsed) as error:
        form.form_errors.append(wording.refusal(error))
        return render_template("desk/sign_in/form.html", form=form), 422
    except (FirstPasswordStands, PasswordTooWeak) as error:
        form.new_password.errors = [wording.refusal(error)]
        return render_template("desk/sign_in/form.html", form=form, asks_new_password=True), 422
    sign_in_with(token)
    return redirect(url_for("desk_sign_in.enter"))


@pages.get("/")
@open_to(Access.STAFF)
def enter() -> ResponseReturnValue:
    """Lead to the first part of the desk that one's roles open."""
    endpoint, _ = doors(current_app)[0]
    return redirect(url_for(endpoint, done=request.args.get("done")))


@pages.post("/sign-out")
@open_to(Access.STAFF)
def sign_out() -> ResponseReturnValue:
    """End the session here and on the server."""
    with unit_of_work() as work:
        identity.sign_out(work)
    drop_cookie()
    return redirect(url_for("desk_sign_in.show_form"))
