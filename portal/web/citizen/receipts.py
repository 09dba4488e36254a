"""Photographed papers of a draft or a claim: sent, looked at, replaced, removed."""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.claim_forms import Asks
from portal.domain.errors import Refusal
from portal.domain.receipts import (
    MAX_RECEIPT_BYTES,
    NoSuchReceipt,
    ReceiptEmpty,
    ReceiptReaderBusy,
    ReceiptTooLarge,
    TooManyReceipts,
)
from portal.services import claims, draft_access, drafts, receipts
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.citizen.draft_forms import EmptyForm
from portal.web.citizen.drafts import show_question_page
from portal.web.row_numbers import read_number
from portal.web.work import house, reading, unit_of_work

pages = Blueprint("receipts", __name__)


@pages.post("/drafts/<int:draft_id>/<name>/photos")
@open_to(Access.SIGNED_IN)
def upload(draft_id: int, name: str) -> ResponseReturnValue:
    """Take one paper, in place of another where the form says so."""
    with reading() as work:
        opened = drafts.show_draft(work, draft_id)
    if opened.question(name).asks is not Asks.PHOTOS:
        raise NoSuchReceipt
    replaces = request.form.get("replaces", type=read_number)
    try:
        kept = receipts.keep_receipt(house(), opened.person.id, _sent_file())
        with unit_of_work() as work:
            receipts.add_receipt(work, draft_access.lock_draft(work, draft_id), name, kept, replaces)
    except NoSuchReceipt:
        raise
    except Refusal as refused:
        return _show_again(draft_id, name, refused, replaces)
    return redirect(url_for("drafts.show_question", draft_id=draft_id, name=name, then=_then()))


@pages.get("/drafts/<int:draft_id>/<name>/photos")
@open_to(Access.SIGNED_IN)
def ask_again(draft_id: int, name: str) -> ResponseReturnValue:
    """The page of the papers, asking for one in place of another where the address says so."""
    with reading() as work:
        opened = drafts.show_draft(work, draft_id)
        if opened.question(name).asks is not Asks.PHOTOS:
            raise NoSuchReceipt
        replaces = request.args.get("replaces", type=read_number)
        if replaces is not None:
            receipts.get_of_draft(work, opened.draft, replaces)
    return show_question_page(opened, opened.question(name), EmptyForm(formdata=None), replaces=replaces)


@pages.post("/drafts/<int:draft_id>/<name>/photos/<int:receipt_id>/remove")
@open_to(Access.SIGNED_IN)
def remove(draft_id: int, name: str, receipt_id: int) -> ResponseReturnValue:
    """Take one paper out."""
    with unit_of_work() as work:
        receipts.remove_receipt(work, draft_access.lock_draft(work, draft_id), receipt_id)
    return redirect(url_for("drafts.show_question", draft_id=draft_id, name=name, then=_then()))


@pages.post("/drafts/<int:draft_id>/<name>/refused/<int:refused_id>/remove")
@open_to(Access.SIGNED_IN)
def remove_refused(draft_id: int, name: str, refused_id: int) -> ResponseReturnValue:
    """Take a file that was not taken off the list."""
    with unit_of_work() as work:
        receipts.remove_refused(work, draft_access.lock_draft(work, draft_id), refused_id)
    return redirect(url_for("drafts.show_question", draft_id=draft_id, name=name, then=_then()))


@pages.get("/drafts/<int:draft_id>/photos/<int:receipt_id>/<int:page>")
@open_to(Access.SIGNED_IN)
def show_page_of_draft(draft_id: int, receipt_id: int, page: int) -> ResponseReturnValue:
    """A page of a paper."""
    with reading() as work:
        draft = drafts.show_draft(work, draft_id).draft
        receipt = receipts.get_of_draft(work, draft, receipt_id)
        return _picture(receipts.open_page(work, receipt, page, small=False))


@pages.get("/claims/<number>/photos/<int:receipt_id>/<int:page>")
@open_to(Access.SIGNED_IN)
def show_page_of_claim(number: str, receipt_id: int, page: int) -> ResponseReturnValue:
    """A page of a paper that was handed in."""
    with reading() as work:
        receipt = receipts.get_of_claim(work, claims.get_own_claim(work, number).id, receipt_id)
        return _picture(receipts.open_page(work, receipt, page, small="small" in request.args))


def _sent_file() -> bytes:
    """The file's bytes; its name proves nothing and is never looked at."""
    sent = request.files.get("photo")
    if sent is None:
        raise ReceiptEmpty
    content = sent.stream.read(MAX_RECEIPT_BYTES + 1)
    if len(content) > MAX_RECEIPT_BYTES:
        raise ReceiptTooLarge(size=len(content), limit=MAX_RECEIPT_BYTES)
    return content


def _show_again(draft_id: int, name: str, refused: Refusal, replaces: int | None) -> ResponseReturnValue:
    """The page of the papers with the reason; a file that was looked at and not taken stays listed."""
    with unit_of_work() as work:
        if request.files.get("photo") and not isinstance(refused, ReceiptReaderBusy | TooManyReceipts):
            receipts.note_refused(work, draft_access.lock_draft(work, draft_id), name, refused)
        opened = drafts.show_draft(work, draft_id)
    problem = wording.refusal(refused)
    page = show_question_page(
        opened, opened.question(name), EmptyForm(formdata=None), upload_error=problem, replaces=replaces
    )
    return page, 422


def _then() -> str | None:
    return request.args.get("then")


def _picture(picture: bytes) -> Response:
    response = Response(picture, mimetype="image/jpeg")
    response.headers["Content-Disposition"] = "inline"
    return response
