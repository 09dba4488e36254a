"""The audit log: searched by day, act, job number and claim, and taken out as a file."""

from datetime import date

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.domain.audit import RecordedAct
from portal.domain.staff import Role
from portal.services import audit
from portal.services.audit import Wanted
from portal.services.work import CHINA
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.row_numbers import read_number
from portal.web.wording.audit import GROUPS, actor_name, subject_name
from portal.web.work import reading, unit_of_work

pages = Blueprint("desk_audit", __name__, url_prefix="/desk/audit")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/")
@open_to(Access.STAFF, Role.AUDITOR, Role.ADMINISTRATOR)
def search() -> ResponseReturnValue:
    """Acts of the region, newest first."""
    wanted = _wanted()
    with reading() as work:
        lines = audit.search(work, wanted, request.args.get("before", type=read_number))
    return render_template(
        "desk/audit/list.html",
        lines=lines,
        wanted=wanted,
        groups=[(name, words()) for name, (words, _) in GROUPS.items()],
        older=lines[-1].sequence if len(lines) == audit.LINES_A_PAGE else None,
        here=request.args.to_dict(),
        act=wording.act,
        actor_name=actor_name,
        subject_name=subject_name,
    )


@pages.post("/export/<any(csv, xlsx):form>")
@open_to(Access.STAFF, Role.AUDITOR, Role.ADMINISTRATOR)
def export(form: str) -> ResponseReturnValue:
    """What was found, as a file without a formula cell; that it was taken out goes on record."""
    headers = [
        gettext("序号"),
        gettext("时间"),
        gettext("谁"),
        gettext("做了什么"),
        gettext("对什么"),
        gettext("请求编号"),
    ]
    with unit_of_work() as work:
        if form == "xlsx":
            content: object = audit.export_xlsx(work, _wanted(), headers, _cells, gettext("留痕"))
            kind = _XLSX
        else:
            content = stream_with_context(audit.export_csv(work, _wanted(), headers, _cells))
            kind = "text/csv; charset=utf-8"
    response = Response(content, content_type=kind)  # type: ignore[arg-type]
    response.headers["Content-Disposition"] = f'attachment; filename="audit.{form}"'
    return response


def _wanted() -> Wanted:
    given = request.values
    group = GROUPS.get(given.get("group", ""))
    return Wanted(
        first_day=_day(given.get("from")),
        last_day=_day(given.get("to")),
        acts=None if group is None else group[1],
        job_no=(given.get("job_no") or "").strip() or None,
        claim_number=(given.get("claim") or "").strip().upper() or None,
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _cells(line: RecordedAct) -> tuple[int | str | None, ...]:
    return (
        line.sequence,
        line.at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"),
        actor_name(line.actor_kind, line.job_no),
        wording.act(line.act, line.facts),
        subject_name(line.subject_kind, line.subject_id),
        line.request_id,
    )
