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
