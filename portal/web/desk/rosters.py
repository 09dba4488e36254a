"""Taking in files from offices: choose, look at what would change, accept."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.validators import InputRequired

from portal.domain.errors import Refusal
from portal.domain.roster_import import FileKind, NoSuchPreview
from portal.services import rosters
from portal.services.rosters.findings import Findings
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.forms import SignedInForm
from portal.web.wording import rosters as words
from portal.web.work import reading, unit_of_work

pages = Blueprint("desk_rosters", __name__, url_prefix="/desk/rosters")

PROBLEMS_SHOWN = 200
CHANGES_SHOWN = 200
"""What a page can hold; the whole list is downloaded."""

_MEDIA_TYPES = {
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.CSV: "text/csv; charset=utf-8",
}


class UploadForm(SignedInForm):
    """Which sheet, and the file."""

    sheet = SelectField(lazy_gettext("这是什么表"), [InputRequired(lazy_gettext("请选一种表。"))])
    file = FileField(lazy_gettext("文件（.xlsx 或 .csv）"), [FileRequired(lazy_gettext("请选一个文件。"))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the sheets in the reader's language."""
        super().__init__(*args, **kwargs)
        self.sheet.choices = list(words.SHEET_NAMES.items())


class AcceptForm(SignedInForm):
    """Only the session's token: the preview is named by the address."""


@pages.get("/")
@open_to(Access.STAFF, *rosters.MAY_IMPORT)
def show_form() -> ResponseReturnValue:
    """Ask for a file, and list what came in last."""
    return _show_form(UploadForm(formdata=None))


@pages.post("/")
@open_to(Access.STAFF, *rosters.MAY_IMPORT)
def preview() -> ResponseReturnValue:
    """Read a file and keep it under seal."""
    form = UploadForm()
    if not form.validate():
        return _show_form(form), 422
    try:
        with unit_of_work() as work:
            rosters.forget_expired_previews(work)
            token = rosters.preview(work, form.sheet.data, form.file.data.read())
    except Refusal as error:
        form.file.errors = [wording.refusal(error)]
        return _show_form(form), 422
    return redirect(url_for("desk_rosters.show_preview", token=token))


@pages.get("/preview/<token>")
@open_to(Access.STAFF, *rosters.MAY_IMPORT)
def show_preview(token: str) -> ResponseReturnValue:
    """Say what the file would change and what is wrong with it."""
    with reading() as work:
        found = rosters.get_preview(work, token)
    return render_template(
        "desk/rosters/preview.html",
        preview=found,
        findings=found.findings,
        problems=found.findings.problems[:PROBLEMS_SHOWN],
        changes=found.findings.changes[:CHANGES_SHOWN],
        sheet_name=words.SHEET_NAMES[found.findings.sheet],
        words=words,
        form=AcceptForm(),
    )


@pages.get("/preview/<token>/problems.<any(xlsx, csv):kind>")
@open_to(Access.STAFF, *rosters.MAY_IMPORT)
def download_problems(token: str, kind: str) -> ResponseReturnValue:
    """Hand out the list of problems as a sheet."""
    with reading() as work:
        findings = rosters.get_preview(work, token).findings
    headers = [gettext("行号"), gettext("列"), gettext("问题")]
    content = rosters.write_sheet(gettext("问题清单"), headers, _problem_lines(findings), FileKind(kind))
    return _send(content, gettext("问题清单"), FileKind(kind))


@pages.post("/preview/<token>/accept")
@open_to(Access.STAFF, *rosters.MAY_IMPORT)
def accept(token: str) -> ResponseReturnValue:
    """Take the file in, whole or not at all."""
    with unit_of_work() as work:
        rosters.accept_preview(work, token)
    return redirect(url_for("desk_rosters.show_form", done="roster_accepted"))


@pages.post("/preview/<token>/drop")
@open_to(Access.STAFF, *rosters.MAY_IMPORT)
def drop(token: str) -> ResponseReturnValue:
    """Do without the file."""
    with unit_of_work() as work:
        rosters.drop_preview(work, token)
    return redirect(url_for("desk_rosters.show_form"))


@pages.get("/template/<sheet>.<any(xlsx, csv):kind>")
@open_to(Access.STAFF, *rosters.MAY_IMPORT)
def download_template(sheet: str, kind: str) -> ResponseReturnValue:
    """Hand out an empty sheet with all headers."""
    if sheet not in words.SHEET_NAMES:
        raise NoSuchPreview
    name = str(words.SHEET_NAMES[sheet])
    content = rosters.write_sheet(name, words.headers(sheet), [], FileKind(kind))
    return _send(content, name, FileKind(kind))


def _show_form(form: UploadForm) -> str:
    with reading() as work:
        imports = rosters.list_imports(work)
    return render_template("desk/rosters/form.html", form=form, imports=imports, sheets=words.SHEET_NAMES)


def _problem_lines(findings: Findings) -> Iterator[list[str | int]]:
    for problem in findings.problems:
        yield [problem.row, words.column_name(problem.column, findings.sheet), words.problem(problem)]


def _send(content: bytes, name: str, kind: FileKind) -> ResponseReturnValue:
    return send_file(
        BytesIO(content),
        mimetype=_MEDIA_TYPES[kind],
        as_attachment=True,
        download_name=f"{name}.{kind}",
        max_age=0,
    )
