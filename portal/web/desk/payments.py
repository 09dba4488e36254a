"""Payment files: made of approved claims, taken out for the bank, and answered by it."""

from flask import Blueprint, Response, redirect, render_template, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectMultipleField

from portal.domain.errors import Refusal
from portal.domain.payments import NothingToPay, NotPayable
from portal.domain.staff import Role
from portal.services import disbursements
from portal.web.access import Access, open_to
from portal.web.desk import frame
from portal.web.forms import SignedInForm
from portal.web.row_numbers import read_number
from portal.web.wording.payments import fail_reason
from portal.web.work import actor, house, reading, unit_of_work

pages = Blueprint("desk_payments", __name__, url_prefix="/desk/payments")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ChoiceForm(SignedInForm):
    """Which claims go into a file."""

    claims = SelectMultipleField(choices=(), coerce=read_number, validate_choice=False)


class ReturnForm(SignedInForm):
    """The bank's answer."""

    answer = FileField(
        lazy_gettext("银行回盘文件（Excel或CSV）"), [FileRequired(lazy_gettext("请选银行给的回盘文件。"))]
    )


@pages.get("/")
@open_to(Access.STAFF, Role.CASHIER, Role.AUDITOR)
def list_files() -> ResponseReturnValue:
    """What can be paid now, and the files made so far."""
    return _list_page()


@pages.post("/")
@open_to(Access.STAFF, Role.CASHIER)
def make_file() -> ResponseReturnValue:
    """Make a file of the chosen claims."""
    form = ChoiceForm()
    try:
        with unit_of_work() as work:
            file = disbursements.make_file(work, form.claims.data or [])
    except NothingToPay as error:
        return _list_page(frame.refusal(error)), 422
    except NotPayable as error:
        return _list_page(frame.refusal(error)), 409
    return redirect(url_for("desk_payments.show_file", file_id=file.id))


@pages.get("/<int:file_id>")
@open_to(Access.STAFF, Role.CASHIER, Role.AUDITOR)
def show_file(file_id: int) -> ResponseReturnValue:
    """One file with its lines."""
    return _file_page(file_id, ReturnForm(formdata=None))


@pages.post("/<int:file_id>/take-out/<any(csv, xlsx):form>")
@open_to(Access.STAFF, Role.CASHIER)
def take_out(file_id: int, form: str) -> ResponseReturnValue:
    """The file for the bank, with whole account numbers; streamed, never stored, and put on record."""
    with unit_of_work() as work:
        if form == "xlsx":
            file, workbook = disbursements.take_out_xlsx(work, file_id)
            response = Response(workbook, content_type=XLSX)
        else:
            file, lines = disbursements.take_out_csv(work, file_id)
            response = Response(stream_with_context(lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file.number}.{form}"'
    return response


@pages.post("/<int:file_id>/return")
@open_to(Access.STAFF, Role.CASHIER)
def take_in_return(file_id: int) -> ResponseReturnValue:
    """Take in the bank's answer, whole or not at all."""
    form = ReturnForm()
    if not form.validate():
        return _file_page(file_id, form), 422
    try:
        with unit_of_work() as work:
            is_new = disbursements.take_in_return(work, file_id, form.answer.data.read())
    except Refusal as error:
        if error.code.startswith("no_such_"):
            raise
        form.answer.errors = [frame.refusal(error)]
        return _file_page(file_id, form), 422
    done = "returned" if is_new else "returned_again"
    return redirect(url_for("desk_payments.show_file", file_id=file_id, done=done))


def _list_page(problem: str | None = None) -> str:
    may_pay = actor().has_role(Role.CASHIER)
    with reading() as work:
        payable = disbursements.list_payable(work) if may_pay else []
        files = disbursements.list_files(work)
    return render_template(
        "desk/payments/list.html",
        payable=payable,
        files=files,
        may_pay=may_pay,
        problem=problem,
        refusal=frame.refusal,
        offers=house().packs.regions[str(actor().region)].claims,
    )


def _file_page(file_id: int, form: ReturnForm) -> str:
    with reading() as work:
        opened = disbursements.open_file(work, file_id)
    return render_template(
        "desk/payments/file.html",
        it=opened,
        form=form,
        may_pay=actor().has_role(Role.CASHIER),
        fail_reason=fail_reason,
    )
