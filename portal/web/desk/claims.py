"""The desk's queues, one claim with all there is to see about it, and the decision on it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import (
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length

from portal.domain.claim_kinds import PAPER_REASONS, ClaimKind, Reason
from portal.domain.claims import ClaimAct, Step, course_of
from portal.domain.errors import Refusal
from portal.domain.money import AmountIsNothing, parse_moved
from portal.domain.review import (
    VERDICTS,
    AmountDisagrees,
    AmountMissing,
    ConditionsNotMet,
    ConditionsUnconfirmed,
    FindingsMissing,
    KeyedOtherwise,
    NotAlike,
    NotPassedTogether,
    PastYearUnexplained,
    Queue,
    ReasonContradicted,
    ReasonMissing,
    WordsMissing,
)
from portal.domain.staff import Role
from portal.services import dossiers, queues, ratings, reviews, tip_offs
from portal.services.dossiers import Dossier
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.desk import frame
from portal.web.forms import SignedInForm
from portal.web.place import say
from portal.web.row_numbers import read_number, read_year
from portal.web.wording import reviews as words
from portal.web.wording.citations import quoted
from portal.web.wording.claim_forms import row_name, spell_answer
from portal.web.wording.papers import paper_state
from portal.web.work import actor, house, reading, unit_of_work

E = TypeVar("E", bound=StrEnum)

pages = Blueprint("desk_claims", __name__, url_prefix="/desk/claims")

HANDLERS = (
    Role.CLERK,
    Role.FIRST_REVIEWER,
    Role.SECOND_REVIEWER,
    Role.APPROVER,
    Role.CASHIER,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)
_PAPER = "paper_"

DECIDERS = (Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.APPROVER, Role.CASHIER)


class DecisionForm(SignedInForm):
    """What a reviewer says of a claim; which parts are asked follows from the claim."""

    verdict = RadioField(lazy_gettext("意见"), [InputRequired(lazy_gettext("请选一个意见。"))], choices=())
    amount = StringField(lazy_gettext("核定金额（元）"), [Length(max=20)])
    confirmed = SelectMultipleField(lazy_gettext("我核对过，无误"), choices=())
    reasons = SelectMultipleField(lazy_gettext("原因（退回或不通过时选，有几样选几样）"), choices=())
    words = StringField(
        lazy_gettext("写给申请人的话（补往年的、选“别的原因”的、答复异议和举报的，要写；别的可不填）"),
        [Length(max=200, message=lazy_gettext("写得太长了，200字以内。"))],
    )

    @property
    def papers(self) -> list[SelectField]:
        """One for each paper: does it have to come again, and why."""
        return [field for field in self if field.name.startswith(_PAPER)]

    @property
    def replace(self) -> dict[int, str]:
        """Why papers have to come again, by their rows."""
        return {int(field.name.removeprefix(_PAPER)): field.data for field in self.papers if field.data}

    def validate_amount(self, field: StringField) -> None:
        """Read the amount as people write it."""
        self.yuan: Decimal | None = None
        if field.data and self.verdict.data == ClaimAct.PASS:
            try:
                self.yuan = parse_moved(field.data)
            except AmountIsNothing as error:
                raise ValidationError(gettext("金额要比零大。没有钱可发的，选不予通过。")) from error
            except Refusal as error:
                raise ValidationError(gettext("金额请填数字，比如1000.00。")) from error


class BatchForm(SignedInForm):
    """Which claims are approved together."""

    claims = SelectMultipleField(
        choices=(),
        coerce=read_number,
        validate_choice=False,
        validators=[InputRequired(lazy_gettext("还没有选。"))],
    )


class CallBackForm(SignedInForm):
    """What came of a call."""

    words = TextAreaField(
        lazy_gettext("问到了什么，怎么处理"),
        [
            DataRequired(lazy_gettext("请写一句问到了什么、怎么处理。")),
            Length(max=500, message=lazy_gettext("写得太长了，500字以内。")),
        ],
    )


@dataclass(frozen=True)
class Column:
    """A header of a sortable table, with the link that sorts by it."""

    words: str
    href: str | None = None
    direction: str | None = None
    is_number: bool = False


@pages.get("/")
@open_to(Access.STAFF, *HANDLERS)
def show_queue() -> ResponseReturnValue:
    """What waits, the overdue first."""
    return _queue_page()


@pages.post("/approve")
@open_to(Access.STAFF, Role.APPROVER)
def approve_like() -> ResponseReturnValue:
    """Approve like claims together; each is recorded singly."""
    form = BatchForm()
    if not form.validate():
        return _queue_page(problem=gettext("还没有选要一起批的申请。"), queue=Queue.APPROVAL), 422
    try:
        with unit_of_work() as work:
            reviews.approve_like(work, form.claims.data)
    except (NotAlike, NotPassedTogether) as error:
        return _queue_page(problem=wording.refusal(error), queue=Queue.APPROVAL), 409
    return redirect(url_for("desk_claims.show_queue", queue=Queue.APPROVAL, done="decided"))


@pages.get("/<int:claim_id>")
@open_to(Access.STAFF, *HANDLERS)
def show_claim(claim_id: int) -> ResponseReturnValue:
    """One claim with all there is to see about it."""
    with unit_of_work() as work:
        dossier = dossiers.open_claim(work, claim_id)
    return _claim_page(dossier, _decision_form(dossier, empty=True))


@pages.post("/<int:claim_id>")
@open_to(Access.STAFF, *DECIDERS)
def decide_claim(claim_id: int) -> ResponseReturnValue:
    """Take the next decision."""
    with reading() as work:
        dossier = dossiers.read_dossier(work, claim_id)
    form = _decision_form(dossier)
    if not form.validate():
        return _show_again(claim_id, form)
    try:
        with unit_of_work() as work:
            reviews.decide_claim(
                work,
                claim_id,
                ClaimAct(form.verdict.data),
                reasons=form.reasons.data,
                words=form.words.data or "",
                keyed=form.yuan,
                confirmed=form.confirmed.data,
                replace=form.replace,
            )
    except (AmountMissing, AmountDisagrees, KeyedOtherwise) as error:
        form.amount.errors = [wording.refusal(error)]
    except (ConditionsUnconfirmed, ConditionsNotMet) as error:
        form.confirmed.errors = [frame.refusal(error)]
    except ReasonContradicted as error:
        form.reasons.errors = [words.contradicted(dossier, error)]
    except ReasonMissing as error:
        form.reasons.errors = [wording.refusal(error)]
    except (FindingsMissing, PastYearUnexplained, WordsMissing) as error:
        form.words.errors = [wording.refusal(error)]
    else:
        return redirect(url_for("desk_claims.show_queue", done="decided"))
    return _show_again(claim_id, form)


@pages.get("/<int:claim_id>/papers/<int:receipt_id>/<int:page>")
@open_to(Access.STAFF, *HANDLERS)
def show_paper(claim_id: int, receipt_id: int, page: int) -> ResponseReturnValue:
    """A page of a photographed paper."""
    with unit_of_work() as work:
        picture = dossiers.open_paper(work, claim_id, receipt_id, page)
    return Response(picture, mimetype="image/jpeg")


@pages.post("/<int:claim_id>/papers/<int:receipt_id>/original")
@open_to(Access.STAFF, *DECIDERS, Role.AUDITOR)
def release_paper(claim_id: int, receipt_id: int) -> ResponseReturnValue:
    """The PDF as it was sent, as an attachment."""
    with unit_of_work() as work:
        original = dossiers.release_paper(work, claim_id, receipt_id)
    response = make_response(original)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{claim_id}-{receipt_id}.pdf"'
    return response


@pages.get("/call-backs")
@open_to(Access.STAFF, *HANDLERS)
def list_call_backs() -> ResponseReturnValue:
    """Villagers who were not content: whom nobody has called yet, and what came of the other calls."""
    with reading() as work:
        listed = ratings.list_call_backs(work)
    return render_template(
        "desk/claims/call_backs.html",
        waiting=[each for each in listed if each.called_back_at is None],
        called=[each for each in listed if each.called_back_at is not None],
    )


@pages.get("/<int:claim_id>/called-back")
@open_to(Access.STAFF, *HANDLERS)
def ask_about_call(claim_id: int) -> ResponseReturnValue:
    """Ask what came of a call."""
    return _call_back_page(claim_id, CallBackForm(formdata=None))


@pages.post("/<int:claim_id>/called-back")
@open_to(Access.STAFF, *HANDLERS)
def note_call_back(claim_id: int) -> ResponseReturnValue:
    """Note that one has called, and what came of it."""
    form = CallBackForm()
    if not form.validate():
        return _call_back_page(claim_id, form), 422
    with unit_of_work() as work:
        ratings.note_call_back(work, claim_id, form.words.data.strip())
    return redirect(url_for("desk_claims.list_call_backs", done="called_back"))


@pages.get("/voices")
@open_to(Access.STAFF, *HANDLERS)
def list_voices() -> ResponseReturnValue:
    """Objections and tip-offs that are not settled, those without a name too."""
    with reading() as work:
        claims, nameless = queues.list_voices(work), tip_offs.list_waiting(work)
    return render_template(
        "desk/claims/voices.html",
        claims=claims,
        nameless=nameless,
        offers=house().packs.regions[str(actor().region)].claims,
        words=words,
        may_answer=actor().has_role(Role.CLERK, Role.CURATOR),
    )


def _call_back_page(claim_id: int, form: CallBackForm) -> str:
    with reading() as work:
        call_back = ratings.get_call_back(work, claim_id)
    return render_template("desk/claims/call_back.html", it=call_back, form=form)


# -- The queue's page ---------------------------------------------------------------------------------------


def _queue_page(problem: str | None = None, queue: Queue | None = None) -> str:
    wish = request.args
    sort = wish.get("sort", "promise")
    column = sort.removeprefix("-") if sort.removeprefix("-") in queues.SORTS else "promise"
    region = house().packs.regions[str(actor().region)]
    with reading() as work:
        found = queues.show_queue(
            work,
            queue or _one_of(Queue, wish.get("queue")) or queues.first_queue(work),
            town=wish.get("town") or None,
            kind=_one_of(ClaimKind, wish.get("kind")),
            year=wish.get("year", type=read_year),
            sort=column,
            descending=sort.startswith("-"),
            page=max(1, wish.get("page", 1, type=read_number)),
        )
        years = range(work.today.year, work.today.year - 6, -1)
    return render_template(
        "desk/claims/queue.html",
        found=found,
        problem=problem,
        columns=_columns(sort),
        here={**wish.to_dict(), "queue": str(found.queue)},
        queues=list(Queue),
        queue_name=words.queue_name,
        step_name=words.step_name,
        remark=words.remark,
        offers=region.claims,
        towns=[] if actor().town else [town.name.zh for town in region.towns],
        years=years,
        may_approve=found.queue is Queue.APPROVAL and actor().has_role(Role.APPROVER),
    )


def _columns(sort: str) -> list[Column]:
    def sorts(name: str, text: str, *, is_number: bool = False) -> Column:
        args: dict[str, Any] = {
            key: value for key, value in request.args.items() if key not in ("sort", "page", "done")
        }
        direction = {name: "ascending", f"-{name}": "descending"}.get(sort)
        args["sort"] = f"-{name}" if direction == "ascending" else name
        return Column(text, url_for("desk_claims.show_queue", **args), direction, is_number)

    return [
        sorts("number", gettext("受理编号")),
        sorts("name", gettext("申请人")),
        sorts("village", gettext("村")),
        Column(gettext("申请什么")),
        sorts("year", gettext("年度")),
        sorts("amount", gettext("金额（元）"), is_number=True),
        sorts("filed", gettext("提交")),
        sorts("promise", gettext("时限")),
        Column(gettext("提醒")),
    ]


def _one_of(codes: type[E], text: str | None) -> E | None:
    return codes(text) if text in list(codes) else None


# -- The claim's page ---------------------------------------------------------------------------------------


def _decision_form(dossier: Dossier, *, empty: bool = False) -> DecisionForm:
    papers = {f"{_PAPER}{paper.id}": _paper_field(dossier, n) for n, paper in enumerate(dossier.receipts, 1)}
    kind = type("DecisionFormWithPapers", (DecisionForm,), papers)
    form: DecisionForm = kind(formdata=None) if empty else kind()
    step = dossier.next_step
    course = course_of(dossier.claim.kind)
    form.verdict.choices = [
        (str(verdict), words.verdict_choice(verdict, step, pays=course.pays))
        for verdict in VERDICTS
        if step is not None
        and course.may(dossier.claim.state, verdict)
        and not (step is Step.DISBURSEMENT and verdict is ClaimAct.PASS)
    ]
    form.reasons.choices = [
        *((str(reason.code), say(reason.words)) for reason in dossier.reasons),
        (str(Reason.IN_WORDS), gettext("别的原因，写在下面")),
    ]
    form.confirmed.choices = [
        (each.id, say(dossier.offer.conditions[each.id])) for each in dossier.unconfirmed
    ]
    return form


def _paper_field(dossier: Dossier, number: int) -> SelectField:
    """Whether one paper has to come again, and why."""
    return SelectField(
        gettext("第%(number)s张（退回时选）", number=number),
        choices=[
            SelectChoice("", gettext("不用换")),
            *(
                SelectChoice(str(reason.code), gettext("要换：%(reason)s", reason=say(reason.words)))
                for reason in dossier.reasons
                if reason.code in PAPER_REASONS
            ),
        ],
        default="",
    )


def _show_again(claim_id: int, form: DecisionForm) -> ResponseReturnValue:
    """The claim's page with every answer kept; whoever sees it has looked, and that is on record."""
    with unit_of_work() as work:
        dossier = dossiers.open_claim(work, claim_id)
    return _claim_page(dossier, form), 422


def _claim_page(dossier: Dossier, form: DecisionForm) -> str:
    return render_template(
        "desk/claims/claim.html",
        it=dossier,
        form=form,
        barred=None if dossier.barred is None else frame.refusal(dossier.barred),
        rows=_rows(dossier),
        taken={event.facts.get("step") for event in dossier.passes},
        offers=house().packs.regions[dossier.claim.region].claims,
        paper_state=paper_state,
        quoted=quoted,
        words=words,
    )


def _rows(dossier: Dossier) -> list[tuple[str, str]]:
    """What was answered, question by question."""
    spelt = ((question, spell_answer(dossier, question)) for question in dossier.questions)
    return [(row_name(dossier, question), answer) for question, answer in spelt if answer]
