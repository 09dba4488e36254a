"""What the assistant did not answer well, alike with alike, and the change to the knowledge that mends it."""

import re
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from portal.domain.assistant import NumberKind, Outcome
from portal.domain.revision import Revision
from portal.domain.staff import Role
from portal.services import curators
from portal.services.assistant import NoSuchTopic
from portal.services.curators import Cluster
from portal.web.access import Access, open_to
from portal.web.forms import SignedInForm
from portal.web.place import say
from portal.web.wording.assistant import number_kind
from portal.web.wording.topics import topic_title
from portal.web.work import actor, house, reading, unit_of_work

pages = Blueprint("desk_curators", __name__, url_prefix="/desk/curators")

_CLAUSE_LINE = re.compile(r"(\S+#\S+)\s+(\S.*)")
_LONGEST_TEXT = 4000


class WordsForm(SignedInForm):
    """The ways to ask that a change takes up, one a line."""

    words = TextAreaField(
        lazy_gettext("大家的问法，一行一句"),
        [DataRequired(lazy_gettext("请至少写一句问法。")), Length(max=_LONGEST_TEXT)],
    )

    def phrasings(self) -> list[str]:
        """The lines that hold something."""
        return _lines(self.words.data)


class PhrasingForm(WordsForm):
    """Which entry already answers these questions."""

    entry = RadioField(lazy_gettext("哪一条能回答"), choices=(), validate_choice=False)
    other = StringField(lazy_gettext("都不是，写条目的编号"), [Length(max=60)])

    def validate_other(self, field: StringField) -> None:
        """One of the two must name an entry."""
        if not field.data and not self.entry.data:
            raise ValidationError(gettext("请选一条，或者写条目的编号。"))


class EntryForm(WordsForm):
    """A new entry."""

    entry_id = StringField(
        lazy_gettext("编号（小写字母、数字和短横）"),
        [
            Regexp(
                r"^[a-z0-9]+(-[a-z0-9]+)+$",
                message=lazy_gettext("编号只用小写字母、数字和短横，像 jn-new-topic。"),
            ),
            Length(max=60),
        ],
    )
    group = SelectField(lazy_gettext("放在哪一组"), choices=())
    outcome = RadioField(lazy_gettext("怎么答"), [InputRequired(lazy_gettext("请选一个。"))], choices=())
    question = StringField(
        lazy_gettext("问题（中文）"), [DataRequired(lazy_gettext("请写问题。")), Length(max=200)]
    )
    question_en = StringField(
        lazy_gettext("问题（英文）"), [DataRequired(lazy_gettext("请写英文的问题。")), Length(max=300)]
    )
    answer = TextAreaField(
        lazy_gettext("回答，第一句就是结论"),
        [DataRequired(lazy_gettext("请写回答。")), Length(max=_LONGEST_TEXT)],
    )
    answer_en = TextAreaField(
        lazy_gettext("回答（英文）"),
        [DataRequired(lazy_gettext("请写英文的回答。")), Length(max=_LONGEST_TEXT)],
    )
    clauses = TextAreaField(lazy_gettext("条款和引文，一行一条"), [Length(max=_LONGEST_TEXT)])
    numbers = SelectMultipleField(lazy_gettext("回答里给出哪种数"), choices=())
    office = SelectField(lazy_gettext("还不清楚，找哪里"), choices=())
    reason = StringField(lazy_gettext("为什么转窗口（选了“文件没有写”才填）"), [Length(max=200)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the folders and offices of the curator's region."""
        super().__init__(*args, **kwargs)
        region = _own_region()
        groups = curators.list_groups(house(), region)
        self.group.choices = [(group, f"{topic_title(group)} · {group}") for group in groups]
        offices = {office.kind: say(office.name) for office in house().packs.get(region).offices}
        self.office.choices = list(offices.items())
        self.outcome.choices = [
            (str(Outcome.ANSWER), gettext("文件有写，照条款答")),
            (str(Outcome.HANDOFF), gettext("文件没有写，请人打电话")),
        ]
        self.numbers.choices = [(str(kind), number_kind(kind)) for kind in NumberKind]

    def validate_entry_id(self, field: StringField) -> None:
        """An id names one entry only."""
        if curators.is_id_taken(house(), field.data):
            raise ValidationError(gettext("这个编号已经有了，换一个。"))

    def validate_clauses(self, field: TextAreaField) -> None:
        """Read each line as a clause and its quotation; an answer needs one."""
        found = [_CLAUSE_LINE.fullmatch(line) for line in _lines(field.data)]
        if not all(found):
            raise ValidationError(
                gettext("每行先写条款，空一格，再写引文，像：jinning-2020#5.4.2 每年1000元")
            )
        self.cited = [(each[1], each[2]) for each in found if each]
        if self.outcome.data == Outcome.ANSWER and not self.cited:
            raise ValidationError(gettext("照条款答的，至少要有一条引文。"))

    def validate_reason(self, field: StringField) -> None:
        """A question that is handed over needs the reason."""
        if self.outcome.data == Outcome.HANDOFF and not field.data:
            raise ValidationError(gettext("请写为什么转窗口。"))


class DoneForm(SignedInForm):
    """Nothing but the token."""


@pages.get("/")
@open_to(Access.STAFF, Role.CURATOR)
def list_misses() -> ResponseReturnValue:
    """What was not answered well, the most frequent first."""
    with reading() as work:
        clusters = curators.list_clusters(work)
    return render_template("desk/curators/list.html", clusters=clusters)


@pages.get("/<number>")
@open_to(Access.STAFF, Role.CURATOR)
def show(number: str) -> ResponseReturnValue:
    """One cluster, and what can be done about it."""
    return render_template("desk/curators/show.html", cluster=_cluster(number), form=DoneForm(formdata=None))


@pages.post("/<number>/done")
@open_to(Access.STAFF, Role.CURATOR)
def close(number: str) -> ResponseReturnValue:
    """Note that nothing more is to be done about a cluster."""
    with unit_of_work() as work:
        curators.close_cluster(work, number)
    return redirect(url_for("desk_curators.list_misses", done="curated"))


@pages.get("/<number>/phrasings")
@open_to(Access.STAFF, Role.CURATOR)
def choose_entry(number: str) -> ResponseReturnValue:
    """Ask which entry answers these questions."""
    cluster = _cluster(number)
    return _show_phrasings(cluster, PhrasingForm(formdata=None, words="\n".join(cluster.words)))


@pages.post("/<number>/phrasings")
@open_to(Access.STAFF, Role.CURATOR)
def add_phrasings(number: str) -> ResponseReturnValue:
    """Try these phrasings out on an entry, or hand out the change."""
    cluster, form = _cluster(number), PhrasingForm()
    if not form.validate():
        return _show_phrasings(cluster, form), 422
    entry_id = form.other.data or form.entry.data
    try:
        revision = curators.propose_phrasings(house(), _own_region(), entry_id, form.phrasings())
    except NoSuchTopic:
        form.other.errors = [gettext("没有这个编号的条目。")]
        return _show_phrasings(cluster, form), 422
    return _show_or_hand_out(cluster, revision, entry_id)


@pages.get("/<number>/entry")
@open_to(Access.STAFF, Role.CURATOR)
def write_entry(number: str) -> ResponseReturnValue:
    """Ask for everything that a new entry needs."""
    cluster = _cluster(number)
    form = EntryForm(formdata=None, words="\n".join(cluster.words), question=cluster.lead.words)
    return render_template("desk/curators/entry.html", cluster=cluster, form=form)


@pages.post("/<number>/entry")
@open_to(Access.STAFF, Role.CURATOR)
def add_entry(number: str) -> ResponseReturnValue:
    """Try a new entry out, or hand out the change."""
    cluster, form = _cluster(number), EntryForm()
    if not form.validate():
        return render_template("desk/curators/entry.html", cluster=cluster, form=form), 422
    with reading() as work:
        revision = curators.propose_entry(
            work,
            entry_id=form.entry_id.data,
            group=form.group.data,
            outcome=Outcome(form.outcome.data),
            question=(form.question.data, form.question_en.data),
            answer=(form.answer.data, form.answer_en.data),
            clauses=form.cited,
            numbers=[NumberKind(kind) for kind in form.numbers.data or ()],
            office=form.office.data,
            reason=form.reason.data or "",
            phrasings=form.phrasings(),
        )
    return _show_or_hand_out(cluster, revision, form.entry_id.data)


def _show_or_hand_out(cluster: Cluster, revision: Revision, entry_id: str) -> ResponseReturnValue:
    """First what a change would do; then, asked for, the change itself, and the cluster is dealt with."""
    if request.form.get("act") == "patch":
        with unit_of_work() as work:
            curators.close_cluster(work, cluster.lead.number)
        response = Response(revision.patch, mimetype="text/x-patch")
        response.headers.set("Content-Disposition", "attachment", filename=f"{entry_id}.patch")
        return response
    carried = [item for item in request.form.items(multi=True) if item[0] not in ("csrf_token", "act")]
    return render_template(
        "desk/curators/preview.html",
        cluster=cluster,
        revision=revision,
        preview=curators.preview(house(), revision),
        carried=carried,
    )


def _show_phrasings(cluster: Cluster, form: PhrasingForm) -> str:
    nearest = curators.suggest_entries(house(), _own_region(), cluster.lead.words)
    form.entry.choices = [(entry.id, f"{entry.question} · {entry.id}") for entry in nearest]
    return render_template("desk/curators/phrasings.html", cluster=cluster, form=form)


def _cluster(number: str) -> Cluster:
    with reading() as work:
        return curators.get_cluster(work, number)


def _own_region() -> str:
    return str(actor().region)


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
