"""Claims as their owner sees them: what one takes, what was handed in, how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.domain.claim_kinds import VOICES, ClaimKind
from portal.domain.claims import ENDED, ActNotOpen, ClaimAct, ClaimEvent, course_of, list_states
from portal.domain.receipts import ReceiptState
from portal.domain.review import ConditionsNotMet
from portal.services import claim_payees, claims, drafts, filing, ratings, receipts
from portal.services.claim_conditions import KindNotOffered, explain_amount
from portal.services.claims import ClaimCourse
from portal.services.work import ActorKind, Work
from portal.web.access import Access, open_to
from portal.web.citizen.draft_forms import AccountForm
from portal.web.citizen.drafts import page_left_at
from portal.web.forms import SignedInForm
from portal.web.wording import claim_courses as words
from portal.web.wording import claims as claim_words
from portal.web.wording import papers as paper_words
from portal.web.work import actor, reading, unit_of_work

pages = Blueprint("claims", __name__, url_prefix="/claims")


class RatingForm(SignedInForm):
    """How it was handled."""

    score = RadioField(
        lazy_gettext("这件事办得怎么样？"),
        [InputRequired(lazy_gettext("请点一个。"))],
        choices=[
            SelectChoice("3", lazy_gettext("办得好")),
            SelectChoice("2", lazy_gettext("一般")),
            SelectChoice("1", lazy_gettext("不满意，请给我打电话")),
        ],
    )
    words = TextAreaField(
        lazy_gettext("还想说什么（可不填）"),
        [Length(max=500, message=lazy_gettext("太长了，请写短一些，500个字以内。"))],
    )


@dataclass(frozen=True)
class Line:
    """One thing that happened, in words, and what the officer said to it, if anything."""

    words: str
    at: datetime
    job_no: str | None
    said: str


@pages.get("/")
@open_to(Access.CITIZEN)
def list_claims() -> ResponseReturnValue:
    """What I have handed in, and what I have begun."""
    with reading() as work:
        mine, begun = claims.list_own_claims(work), drafts.list_own_drafts(work)
        offers = claims.list_offers(work)
    return render_template(
        "citizen/claims/list.html",
        claims=mine,
        drafts=begun,
        offers=offers,
        words=claim_words,
        region=actor().region,
    )


@pages.get("/new/<kind>")
@open_to(Access.CITIZEN)
def begin(kind: str) -> ResponseReturnValue:
    """Each condition as it stands, before the first question is asked."""
    return _show_standing(_kind(kind))


@pages.post("/new/<kind>")
@open_to(Access.CITIZEN)
def begin_draft(kind: str) -> ResponseReturnValue:
    """Begin to answer, or go on with what was begun; what speaks against it is shown instead."""
    try:
        with unit_of_work() as work:
            begun = drafts.show_draft(work, drafts.begin_draft(work, _kind(kind)))
    except ConditionsNotMet:
        return _show_standing(_kind(kind)), 409
    return redirect(page_left_at(begun))


@pages.get("/<number>/slip")
@open_to(Access.SIGNED_IN)
def show_slip(number: str) -> ResponseReturnValue:
    """The slip that says it was received, and what comes next."""
    with reading() as work:
        course = _course(work, number)
    return render_template("citizen/claims/slip.html", course=course, words=words)


@pages.get("/<number>")
@open_to(Access.SIGNED_IN)
def show(number: str) -> ResponseReturnValue:
    """How far a claim has come, step by step."""
    return _show(number, RatingForm(formdata=None))


@pages.get("/<number>/cancel")
@open_to(Access.SIGNED_IN)
def ask_before_cancelling(number: str) -> ResponseReturnValue:
    """Ask once more before a claim is taken back."""
    with reading() as work:
        course = _course(work, number)
    if not course.may_cancel:
        raise ActNotOpen(state=course.claim.state, act=ClaimAct.CANCEL)
    return render_template("citizen/claims/cancel.html", course=course)


@pages.post("/<number>/cancel")
@open_to(Access.SIGNED_IN)
def cancel(number: str) -> ResponseReturnValue:
    """Take a claim back."""
    with unit_of_work() as work:
        claims.cancel_claim(work, number)
    return redirect(url_for("claims.show", number=number))


@pages.post("/<number>/mend")
@open_to(Access.SIGNED_IN)
def mend(number: str) -> ResponseReturnValue:
    """Begin from the old answers: what was returned is mended, what ended unpaid is filed anew."""
    with unit_of_work() as work:
        mended = drafts.show_draft(work, drafts.mend_claim(work, number))
    return redirect(page_left_at(mended))


@pages.post("/<number>/payee")
@open_to(Access.SIGNED_IN)
def fix_payee(number: str) -> ResponseReturnValue:
    """Let a refused payment go out once more, to the account on record."""
    with unit_of_work() as work:
        claims.fix_payee(work, number)
    return redirect(url_for("claims.show", number=number))


@pages.get("/<number>/payees/<int:payee_id>")
@open_to(Access.SIGNED_IN)
def ask_for_account(number: str, payee_id: int) -> ResponseReturnValue:
    """Ask for another account of somebody whom the bank could not pay."""
    return _account_page(number, payee_id, AccountForm(formdata=None))


@pages.post("/<number>/payees/<int:payee_id>")
@open_to(Access.SIGNED_IN)
def change_account(number: str, payee_id: int) -> ResponseReturnValue:
    """Keep another account of somebody whom the bank could not pay; it is approved anew."""
    form = AccountForm()
    if not form.validate():
        return _account_page(number, payee_id, form), 422
    with unit_of_work() as work:
        claims.change_account(work, number, payee_id, account=form.digits, bank_name=form.bank_name.data)
    return redirect(url_for("claims.show", number=number))


@pages.post("/<number>/rating")
@open_to(Access.SIGNED_IN)
def rate(number: str) -> ResponseReturnValue:
    """Say how it was handled."""
    form = RatingForm()
    if not form.validate():
        return _show(number, form), 422
    with unit_of_work() as work:
        ratings.rate_claim(work, number, int(form.score.data), form.words.data or None)
    return redirect(url_for("claims.show", number=number))


def _show_standing(kind: ClaimKind) -> str:
    with reading() as work:
        standing = filing.look_before_filing(work, _own_id(), kind)
    return render_template(
        "citizen/claims/begin.html",
        standing=standing,
        refusals=claim_words.refusals_of(actor().region),
        region=actor().region,
    )


def _account_page(number: str, payee_id: int, form: AccountForm) -> str:
    with reading() as work:
        claim = claims.get_own_claim(work, number)
        payee = claims.get_unpaid_payee(work, claim, payee_id)
    if not course_of(claim.kind).may(claim.state, ClaimAct.CHANGE_PAYEE):
        raise ActNotOpen(state=claim.state, act=ClaimAct.CHANGE_PAYEE)
    return render_template("citizen/claims/account.html", claim=claim, payee=payee, form=form)


def _show(number: str, rating: RatingForm) -> str:
    with reading() as work:
        course = _course(work, number)
        papers = receipts.list_of_claim(work, course.claim.id)
        payee = claims.get_payee(work, course.claim)
        amount = course.claim.amount
        figure = explain_amount(work, course.claim)
        shares = [] if amount is None else claim_payees.list_shares(work, course.claim.id, amount)
        unpaid = claim_payees.list_unpaid(work, course.claim.id)
        sharing = claim_payees.explain_shares(work, course.claim, shares)
    return render_template(
        "citizen/claims/show.html",
        course=course,
        lines=_lines(course, course.events),
        papers=[paper for paper in papers if paper.state is not ReceiptState.REPLACED],
        payee=payee,
        figure=figure,
        shares=shares,
        sharing=sharing,
        unpaid=unpaid,
        over=ENDED,
        voices=VOICES,
        paper_words=paper_words,
        payee_on_record=claim_words.payee_on_record,
        rating=rating if course.claim.state in ratings.RATED and course.rating is None else None,
        words=words,
    )


def _lines(course: ClaimCourse, events: Sequence[ClaimEvent]) -> list[Line]:
    before = [None, *list_states(course_of(course.claim.kind), events)]
    return [
        Line(
            words.event_line(course, event, stood), event.at, event.job_no, str(event.facts.get("words", ""))
        )
        for event, stood in zip(events, before, strict=False)
    ]


def _course(work: Work, number: str) -> ClaimCourse:
    return claims.show_course(work, claims.get_own_claim(work, number))


def _kind(kind: str) -> ClaimKind:
    try:
        return ClaimKind(kind)
    except ValueError:
        raise KindNotOffered(kind=kind) from None


def _own_id() -> int:
    me = actor()
    assert me.kind is ActorKind.CITIZEN  # noqa: S101  the guard let nobody else in
    assert me.person_id is not None  # noqa: S101  every villager has a record
    return me.person_id
