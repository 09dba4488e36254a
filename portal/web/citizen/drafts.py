"""The questions of a claim, one to a page, and the page on which all answers are read once more."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain.claim_forms import Asks, Question
from portal.services import draft_access, draft_payees, drafts, receipts
from portal.services.drafts import OpenDraft
from portal.services.filing import Standing
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.citizen.draft_forms import EmptyForm, HeirForm, ResumeForm, make_form
from portal.web.forms import SignedInForm
from portal.web.wording import claim_forms as words
from portal.web.wording import papers as paper_words
from portal.web.wording.claims import payee_on_record, refusals_of
from portal.web.work import actor, reading, unit_of_work

pages = Blueprint("drafts", __name__, url_prefix="/drafts")


@pages.get("/<int:draft_id>")
@open_to(Access.SIGNED_IN)
def go_on(draft_id: int) -> ResponseReturnValue:
    """The page that comes next: the first question without an answer, or all answers once more."""
    with reading() as work:
        opened = drafts.show_draft(work, draft_id)
        if opened.first_open is None:
            return _check_page(opened, drafts.look_at_draft(work, opened))
    return show_question_page(opened, opened.first_open, make_form(opened, opened.first_open, kept=True))


@pages.get("/<int:draft_id>/<name>")
@open_to(Access.SIGNED_IN)
def show_question(draft_id: int, name: str) -> ResponseReturnValue:
    """One question, with the answer given before."""
    with reading() as work:
        opened = drafts.show_draft(work, draft_id)
    question = opened.question(name)
    return show_question_page(opened, question, make_form(opened, question, kept=True))


@pages.post("/<int:draft_id>/<name>")
@open_to(Access.SIGNED_IN)
def answer(draft_id: int, name: str) -> ResponseReturnValue:
    """Keep an answer and go on to the next question."""
    with reading() as work:
        opened = drafts.show_draft(work, draft_id)
    question = opened.question(name)
    form = make_form(opened, question)
    if not form.validate():
        return show_question_page(opened, question, form), 422
    return _KEEP.get(question.asks, _keep_answer)(opened, question, form)


@pages.post("/<int:draft_id>/<name>/add")
@open_to(Access.SIGNED_IN)
def add_heir(draft_id: int, name: str) -> ResponseReturnValue:
    """Keep one more person to pay."""
    with reading() as work:
        opened = drafts.show_draft(work, draft_id)
        draft_payees.check_asks(opened, name, Asks.HEIRS)
    form = HeirForm()
    if not form.validate():
        return show_question_page(opened, opened.question(name), EmptyForm(), heir=form), 422
    with unit_of_work() as work:
        draft_payees.add_heir(work, draft_id, name, form.account(form.name.data, form.weight.data or 1))
    return redirect(url_for("drafts.show_question", draft_id=draft_id, name=name))


@pages.post("/<int:draft_id>/<name>/remove/<int:payee_id>")
@open_to(Access.SIGNED_IN)
def remove_heir(draft_id: int, name: str, payee_id: int) -> ResponseReturnValue:
    """Take one person off the list."""
    with unit_of_work() as work:
        draft_payees.remove_heir(work, draft_id, name, payee_id)
    return redirect(url_for("drafts.show_question", draft_id=draft_id, name=name))


@pages.get("/<int:draft_id>/check")
@open_to(Access.SIGNED_IN)
def check(draft_id: int) -> ResponseReturnValue:
    """Read all answers once more before handing in."""
    with reading() as work:
        opened = drafts.show_draft(work, draft_id)
        if opened.first_open is not None:
            return redirect(page_left_at(opened))
        standing = drafts.look_at_draft(work, opened)
    return _check_page(opened, standing)


@pages.post("/<int:draft_id>/check")
@open_to(Access.SIGNED_IN)
def hand_in(draft_id: int) -> ResponseReturnValue:
    """Hand the claim in."""
    try:
        with unit_of_work() as work:
            claim = drafts.hand_in(work, draft_id)
    except drafts.CANNOT_HAND_IN as refused:
        with reading() as work:
            opened = drafts.show_draft(work, draft_id)
            standing = drafts.look_at_draft(work, opened)
        return _check_page(opened, standing, wording.refusal(refused)), 409
    if actor().person_id == claim.person_id or actor().claim_id == claim.id:
        return redirect(url_for("claims.show_slip", number=claim.number))
    return render_template("citizen/drafts/helped.html", claim=claim)


@pages.post("/<int:draft_id>/slip")
@open_to(Access.CITIZEN)
def print_slip(draft_id: int) -> ResponseReturnValue:
    """A slip with a code, for a helper who goes on with this draft; shown once."""
    with unit_of_work() as work:
        code = draft_access.issue_resume_code(work, draft_id)
        opened = drafts.show_draft(work, draft_id)
    return render_template("citizen/drafts/slip.html", code=code, opened=opened)


@pages.get("/<int:draft_id>/drop")
@open_to(Access.SIGNED_IN)
def ask_before_dropping(draft_id: int) -> ResponseReturnValue:
    """Ask once more before a draft is thrown away."""
    with reading() as work:
        opened = drafts.show_draft(work, draft_id)
        draft_access.check_owner(work, opened.draft)
    return render_template("citizen/drafts/drop.html", opened=opened)


@pages.post("/<int:draft_id>/drop")
@open_to(Access.SIGNED_IN)
def drop(draft_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    with unit_of_work() as work:
        drafts.drop_draft(work, draft_id)
    return redirect(url_for("claims.list_claims"))


@pages.get("/help")
@open_to(Access.SIGNED_IN)
def ask_for_slip() -> ResponseReturnValue:
    """Ask a helper for the code on the slip."""
    return render_template("citizen/drafts/resume.html", form=ResumeForm(formdata=None))


@pages.post("/help")
@open_to(Access.SIGNED_IN)
def resume() -> ResponseReturnValue:
    """Let a helper go on with somebody else's draft."""
    form = ResumeForm()
    if not form.validate():
        return render_template("citizen/drafts/resume.html", form=form), 422
    try:
        with unit_of_work() as work:
            helped = drafts.show_draft(work, draft_access.resume_with_code(work, form.code.data))
    except draft_access.NoSuchResumeCode as error:
        form.code.errors = [wording.refusal(error)]
        return render_template("citizen/drafts/resume.html", form=form), 422
    return redirect(page_left_at(helped))


def page_left_at(opened: OpenDraft) -> str:
    """Where to go on: the first question without an answer, or the page on which all answers are read."""
    return _page_of(opened, opened.first_open)


def show_question_page(opened: OpenDraft, question: Question, form: SignedInForm, **more: object) -> str:
    """The page of one question."""
    asked = words.ask(opened, question)
    if "answer" in form:
        form["answer"].label.text = asked.title
    values: dict[str, object] = {
        "heir": HeirForm(formdata=None) if question.asks is Asks.HEIRS else None,
        "upload_error": None,
        "replaces": None,
        **more,
    }
    return render_template(
        "citizen/drafts/question.html",
        opened=opened,
        question=question,
        asked=asked,
        form=form,
        back_to=_page_before(opened, question),
        papers=[receipt for receipt in opened.receipts if receipt.material == question.name],
        thumbnails=_thumbnails(opened, question.name),
        refused=[
            (each.id, wording.refusal_by_code(each.code, each.facts))
            for each in opened.refused
            if each.material == question.name
        ],
        words=words,
        paper_words=paper_words,
        payee_on_record=payee_on_record,
        **values,
    )


def _thumbnails(opened: OpenDraft, material: str) -> dict[int, str]:
    """Small pictures of a question's papers, each as an address that holds it, so the page asks no more."""
    papers = [receipt for receipt in opened.receipts if receipt.material == material]
    if not papers:
        return {}
    with reading() as work:
        pictures = receipts.open_thumbnails(work, papers)
    return {row: f"data:image/jpeg;base64,{b64encode(picture).decode()}" for row, picture in pictures.items()}


def _keep_answer(opened: OpenDraft, question: Question, form: Any) -> ResponseReturnValue:
    with unit_of_work() as work:
        after = drafts.answer(work, opened.draft.id, question.name, form.value())
    return _go_on_after(after, question)


def _keep_photos(opened: OpenDraft, question: Question, form: Any) -> ResponseReturnValue:
    if not opened.is_answered(question):
        missing = (
            gettext("写着“要换一张”的照片还在。请点它下面的“换一张”。新的已经传好了的，就把旧的删掉。")
            if opened.has_to_replace(question)
            else gettext("还没有照片。请先拍一张，点“把照片传上去”。")
        )
        return show_question_page(opened, question, form, upload_error=missing), 422
    return _go_on_after(opened, question)


def _keep_payee(opened: OpenDraft, question: Question, form: Any) -> ResponseReturnValue:
    if form.answer.data == "own" and opened.person.has_payee():
        return _keep_answer(opened, question, form)
    return render_template("citizen/drafts/payee_elsewhere.html", opened=opened, question=question), 409


def _keep_account(opened: OpenDraft, question: Question, form: Any) -> ResponseReturnValue:
    with unit_of_work() as work:
        after = draft_payees.answer_with_account(
            work, opened.draft.id, question.name, form.account(opened.person.name)
        )
    return _go_on_after(after, question)


def _keep_heirs(opened: OpenDraft, question: Question, form: Any) -> ResponseReturnValue:
    if not opened.is_answered(question):
        heir = HeirForm()
        heir.validate()
        return show_question_page(opened, question, form, heir=heir), 422
    return _go_on_after(opened, question)


_KEEP: Mapping[Asks, Callable[[OpenDraft, Question, Any], ResponseReturnValue]] = MappingProxyType(
    {
        Asks.PHOTOS: _keep_photos,
        Asks.PAYEE: _keep_payee,
        Asks.ACCOUNT: _keep_account,
        Asks.HEIRS: _keep_heirs,
    }
)


def _go_on_after(opened: OpenDraft, question: Question) -> ResponseReturnValue:
    """The next question, or straight back to the page on which all answers are read."""
    following = None if _is_being_changed() else opened.after(question.name)
    return redirect(_page_of(opened, following))


def _is_being_changed() -> bool:
    """Whether the reader came here from the last page to change one answer."""
    return request.args.get("then") == "check"


def _page_of(opened: OpenDraft, question: Question | None) -> str:
    if question is None:
        return url_for("drafts.check", draft_id=opened.draft.id)
    return url_for("drafts.show_question", draft_id=opened.draft.id, name=question.name)


def _page_before(opened: OpenDraft, question: Question) -> str:
    before = opened.before(question.name)
    if _is_being_changed() or before is not None:
        return _page_of(opened, None if _is_being_changed() else before)
    if actor().person_id == opened.draft.person_id:
        return url_for("claims.begin", kind=opened.draft.kind)
    return url_for("home.show")


def _check_page(opened: OpenDraft, standing: Standing, refused: str | None = None) -> str:
    return render_template(
        "citizen/drafts/check.html",
        opened=opened,
        standing=standing,
        refused=refused,
        refusals=refusals_of(opened.person.region),
        is_own=opened.draft.person_id == actor().person_id,
        words=words,
    )
