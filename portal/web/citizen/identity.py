"""The ID check: who are you, and the code that proves it."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from portal.domain.citizen_id import CitizenId, CitizenIdUnsound
from portal.domain.identity import CodeNotRight, CodeOver, TooManyTries
from portal.services import identity
from portal.web import way_back, wording
from portal.web.access import Access, open_to
from portal.web.address import address_of_request
from portal.web.forms import PublicForm
from portal.web.place import place_here
from portal.web.reopened_pages import render_to_reopen, reopen, set_this_time
from portal.web.sessions import find_session_end, sign_in_with
from portal.web.sessions import sign_out as drop_cookie
from portal.web.work import unit_of_work

pages = Blueprint("identity", __name__, url_prefix="/identity")

_CODE_PAGE = "citizen/identity/code.html"


class IdentityForm(PublicForm):
    """Name and citizen number."""

    name = StringField(
        lazy_gettext("您的名字"),
        [
            InputRequired(lazy_gettext("请填您的名字，和身份证上一样。")),
            Length(max=50, message=lazy_gettext("名字太长了，请照着身份证填。")),
        ],
    )
    then = HiddenField()
    number = StringField(
        lazy_gettext("身份证号码"), [InputRequired(lazy_gettext("请填身份证号码，18位。")), Length(max=60)]
    )

    def validate_number(self, field: StringField) -> None:
        """A number that cannot be one is told before anything is counted or looked up."""
        try:
            self.citizen_id = CitizenId.parse(field.data)
        except CitizenIdUnsound as error:
            raise ValidationError(wording.refusal(error)) from error

    def hide_sound_number(self) -> None:
        """Before the form is shown again: a number with a slip in it stays to be mended, a sound one goes."""
        if not self.number.errors:
            self.number.data = ""
            self.number.errors = [gettext("身份证号没有错，请再填一遍。为了您的安全，这里不显示它。")]


class CodeForm(PublicForm):
    """The code from the text message or from the slip of paper."""

    challenge = HiddenField(validators=[InputRequired(), Length(max=100)])
    then = HiddenField()
    only_paper = HiddenField(validators=[Length(max=1)])
    code = StringField(
        lazy_gettext("短信里的6个数字"),
        [
            InputRequired(lazy_gettext("请填短信里的6个数字，或纸条上的字。")),
            Length(max=40, message=lazy_gettext("太长了，请照着短信再填一遍。")),
        ],
    )
    helper = StringField(
        lazy_gettext("替家里人办的，写您是谁（可不填）"),
        [Length(max=20, message=lazy_gettext("太长了，写“女儿王芳”这样就行。"))],
    )


class AgainForm(PublicForm):
    """Asks for another code."""

    challenge = HiddenField(validators=[InputRequired(), Length(max=100)])
    then = HiddenField()


@pages.get("/")
@open_to(Access.PUBLIC)
def show_question() -> ResponseReturnValue:
    """Ask who is there."""
    return render_template(
        "citizen/identity/question.html",
        form=IdentityForm(formdata=None, then=way_back.read(request.args.get("then"))),
        ended="ended" in request.args,
    )


@pages.post("/")
@open_to(Access.PUBLIC)
def check() -> ResponseReturnValue:
    """Send a code if name and number belong together, and show the same page if they do not."""
    form = IdentityForm()
    if not form.validate():
        form.hide_sound_number()
        return render_template("citizen/identity/question.html", form=form), 422
    with unit_of_work() as work:
        challenge = identity.check(work, form.name.data, form.citizen_id, address_of_request())
    ask_on = _ask_for_code if challenge.is_texted else _ask_for_paper_code
    return ask_on(challenge.token, form.then.data)


@pages.post("/again")
@open_to(Access.PUBLIC)
def send_again() -> ResponseReturnValue:
    """Send another code."""
    form = AgainForm()
    if not form.validate():
        raise CodeOver
    with unit_of_work() as work:
        may_go_on = identity.count_code_try(work, address_of_request())
    if not may_go_on:
        raise TooManyTries
    with unit_of_work() as work:
        challenge = identity.send_code_again(work, form.challenge.data)
    if challenge is None:
        return _ask_for_paper_code(form.challenge.data, form.then.data)
    return _ask_for_code(challenge, form.then.data)


@pages.get("/code")
@pages.get("/again")
@open_to(Access.PUBLIC)
def begin_again() -> ResponseReturnValue:
    """A code page cannot be opened by its address: the check begins anew."""
    return redirect(url_for("identity.show_question"))


@pages.post("/code")
@open_to(Access.PUBLIC)
def prove() -> ResponseReturnValue:
    """Let in whoever holds the code."""
    form = CodeForm()
    if not form.challenge.data:
        raise CodeOver
    if not form.validate():
        return _show_code_page(form), 422
    with unit_of_work() as work:
        may_go_on = identity.count_code_try(work, address_of_request(), form.code.data)
    if not may_go_on:
        raise TooManyTries
    with unit_of_work() as work:
        proven = identity.prove(work, form.challenge.data, form.code.data, _helper(form))
    if isinstance(proven, CodeNotRight):
        form.code.errors = [
            wording.refusal(proven)
            if proven.facts["tries_left"] or not form.only_paper.data
            else gettext("纸条上的字不对，试的次数用完了。请返回去，重新核对一次身份。")
        ]
        return _show_code_page(form), 422
    sign_in_with(proven.token)
    if proven.claim_id is not None:
        return redirect(url_for("claimant.show_claim"))
    return redirect(way_back.read(form.then.data) or url_for("record.show"))


@pages.post("/out")
@open_to(Access.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """End the session here and on the server."""
    with unit_of_work() as work:
        identity.sign_out(work)
    drop_cookie()
    return redirect(url_for("home.show"))


@pages.get("/last-words")
@open_to(Access.PUBLIC)
def last_words() -> ResponseReturnValue:
    """What a page says when its session is about to end; few need it, so that no page carries it."""
    return {
        "soon": gettext("再过2分钟，就替您退出来了。存下的都在。"),
        "over": gettext("时间长了没动，替您退出来了。存下的都在，再认一下就能接着办。"),
        "calm": gettext("好，接着用。"),
        "stay": gettext("我还在，接着用"),
    }


@pages.get("/stay")
@open_to(Access.SIGNED_IN)
def stay() -> ResponseReturnValue:
    """Keep the session, since somebody pressed that they are still there; say for how many seconds."""
    end = find_session_end()
    return Response(str(end.seconds if end else 0), mimetype="text/plain")


def _helper(form: CodeForm) -> str | None:
    """Who fills in for the person, as they call themselves; what they do is shown under this name."""
    return (form.helper.data or "").strip() or None


def _ask_for_code(challenge: str, then: str | None) -> ResponseReturnValue:
    """The page is the same for all but for the challenge and the way back, and made once."""
    way = way_back.read(then)
    set_this_time(challenge=challenge, then=way)
    what = (place_here().region, way is not None)
    opened = reopen(None, *what)
    if opened is not None:
        return opened
    form = CodeForm(formdata=None, challenge=challenge, then=way)
    return render_to_reopen(None, *what, template=_CODE_PAGE, form=form)


def _ask_for_paper_code(challenge: str, then: str | None) -> ResponseReturnValue:
    """Asked for too often, so that no text goes out; the desk's slip still opens the door."""
    return _show_code_page(CodeForm(formdata=None, challenge=challenge, then=then, only_paper="1")), 429


def _show_code_page(form: CodeForm) -> str:
    form.then.data = way_back.read(form.then.data)
    set_this_time(challenge=form.challenge.data, then=form.then.data)
    if form.only_paper.data:
        form.code.label.text = gettext("登录纸条上的字")
    return render_template(_CODE_PAGE, form=form)
