"""What every page at the desk shows around its subject: who is there, where they may go, what was done."""

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask_babel import gettext

from portal.domain.errors import Refusal
from portal.domain.staff import Role
from portal.services.work import ActorKind
from portal.web import wording
from portal.web.access import audience_of
from portal.web.wording.reviews import AT_DESK
from portal.web.wording.staff import role_name
from portal.web.work import actor

_DOORS: dict[str, Callable[[], str]] = {
    "desk_claims.show_queue": lambda: gettext("待办"),
    "desk_people.show_search": lambda: gettext("查人查件"),
    "desk_payments.list_files": lambda: gettext("付款"),
    "desk_rosters.show_form": lambda: gettext("花名册"),
    "desk_questions.list_questions": lambda: gettext("群众提问"),
    "desk_curators.list_misses": lambda: gettext("问答维护"),
    "desk_readings.list_readings": lambda: gettext("口径"),
    "desk_audit.search": lambda: gettext("留痕"),
    "desk_staff.list_accounts": lambda: gettext("账号"),
}

# After an act the page says in one sentence what was done; a code travels, never words.
_DONE: dict[str, Callable[[], str]] = {
    "disabled": lambda: gettext("账号停用了，正开着的页面也退出了。"),
    "reviewed": lambda: gettext("权限复核过了。"),
    "password": lambda: gettext("密码改好了。"),
    "decided": lambda: gettext("意见已经记下。"),
    "proposed": lambda: gettext("录下了。另一个人核过才生效。"),
    "accepted": lambda: gettext("改动已经生效。"),
    "claimant_let_in": lambda: gettext("同意了，申请开好了。可以给他打办理纸条。"),
    "claimant_denied": lambda: gettext("记下了，没有同意。"),
    "denied": lambda: gettext("改动没有采用，原来的不变。"),
    "roster_accepted": lambda: gettext("文件存好了。"),
    "question_answered": lambda: gettext("答复记下了。核对过身份来问的，会收到短信。"),
    "curated": lambda: gettext("这些问题算处理完了。"),
    "returned": lambda: gettext("银行回盘收下了，账也记好了。"),
    "returned_again": lambda: gettext("这份回盘收过了，没有重复记。"),
    "called_back": lambda: gettext("回访已经记下。"),
}


def refusal(error: Refusal) -> str:
    """The sentence for a refusal in the words of the office."""
    sentence = AT_DESK.get(error.code)
    return wording.refusal(error) if sentence is None else sentence(error.facts)


def error_sentence(name: str, request_id: str) -> str:
    """What went wrong, in the words of the office; ``name`` is that of the villagers' page for it."""
    return {
        "forbidden": gettext("这次提交不是从经办台的页面来的，没有办。请从“待办”重新打开再办。"),
        "not_found": gettext("没有这一页，或者不归您管。"),
        "too_large": gettext("文件太大，没有收。"),
        "too_often": gettext("试的次数太多，过一会儿再试。"),
        "bad_request": gettext("提交的内容不完整，没有办。请重新打开这一页再办。"),
        "stale_form": gettext("这一页开得太久，已经失效，没有办成。请重新打开再办。"),
        "busy": gettext("系统正忙，什么都没有改。过十秒再试。"),
        "failed": gettext("系统出了错，没有办成。请把编号%(number)s告诉管理员。", number=request_id),
    }[name]


def doors(app: Flask) -> list[tuple[str, str]]:
    """Endpoints and words of the parts of the desk that the actor's roles open, as far as they exist."""
    return [
        (endpoint, words())
        for endpoint, words in _DOORS.items()
        if endpoint in app.view_functions and _is_open(app, endpoint)
    ]


def _is_open(app: Flask, endpoint: str) -> bool:
    audience = audience_of(app, next(app.url_map.iter_rules(endpoint)))
    return audience is not None and (not audience[1] or actor().has_role(*audience[1]))


def install(app: Flask) -> None:
    """Let the desk's templates know who is there."""

    @app.context_processor
    def staff_here() -> dict[str, Any]:
        who = actor()
        if who.kind is not ActorKind.STAFF:
            return {"staff": None}
        done = _DONE.get(request.args.get("done", ""))
        return {"staff": who, "doors": doors(app), "done": done() if done else None}

    app.jinja_env.filters["role"] = lambda role: role_name(Role(role))
