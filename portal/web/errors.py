"""Pages for when something is not there, not allowed, or not working; each says what to do next."""

import structlog
from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from portal.domain.errors import Refusal, StorageBusy, StorageFull
from portal.domain.identity import CodeOver, TooManyTries
from portal.services.claim_conditions import KindNotOffered
from portal.services.work import ActorKind
from portal.web import wording
from portal.web.desk import frame
from portal.web.request_id import request_id
from portal.web.work import actor

RETRY_AFTER_SECONDS = 10

_log = structlog.get_logger()


def show_refusal(error: Refusal) -> ResponseReturnValue:
    """An act was understood and is not allowed."""
    if isinstance(error, TooManyTries):
        return _page("too_often", 429)
    if isinstance(error, CodeOver):
        return _page("code_over", 409, sentence=wording.refusal(error))
    if isinstance(error, KindNotOffered) and actor().kind is ActorKind.CITIZEN:
        return _page("not_offered", 404)
    status = 404 if error.code.startswith(("unknown_", "no_such_")) else 409
    if status == 404:
        return _page("not_found", 404)
    return _page(
        "refused", status, sentence=frame.refusal(error) if _is_at_desk() else wording.refusal(error)
    )


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """A page is missing, forbidden, too large, or asked for too often."""
    if error.response is not None:
        return error.response
    code = error.code or 500
    name = {403: "forbidden", 404: "not_found", 405: "not_found", 413: "too_large", 429: "too_often"}
    response = _page(name.get(code, "bad_request" if code < 500 else "failed"), code)
    if code == 405:
        response.headers["Allow"] = ", ".join(error.valid_methods or ())  # type: ignore[attr-defined]
    return response


def show_stale_form(_: CSRFError) -> ResponseReturnValue:
    """A form came back without its token, most often because the session ended meanwhile."""
    return _page("stale_form", 400)


def show_busy(error: StorageBusy) -> ResponseReturnValue:
    """The database takes nothing just now; nothing was stored."""
    response = _page("busy", 507 if isinstance(error, StorageFull) else 503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def show_failure(error: Exception) -> ResponseReturnValue:
    """Our fault: logged under the request's name, which the person can read out on the telephone."""
    _log.exception("request failed", request_id=request_id(), endpoint=request.endpoint, exc_info=error)
    return _page("failed", 500)


def _is_at_desk() -> bool:
    """Whether a page of the desk was asked for, by somebody who works here or whom nobody knows yet."""
    return request.path.startswith("/desk/") and actor().kind in (ActorKind.STAFF, ActorKind.ANONYMOUS)


def _page(name: str, status: int, **facts: object) -> Response:
    if request.path.startswith("/api/"):
        return make_response({"error": name}, status)  # a program reads the name of the page
    if _is_at_desk():
        sentence = facts.get("sentence") or frame.error_sentence(name, request_id())
        return make_response(render_template("desk/errors/show.html", name=name, sentence=sentence), status)
    return make_response(render_template(f"errors/{name}.html", request_id=request_id(), **facts), status)


def install(app: Flask) -> None:
    """Answer every error with a page, or a program with the name of one."""
    app.register_error_handler(Refusal, show_refusal)
    app.register_error_handler(CSRFError, show_stale_form)
    app.register_error_handler(StorageBusy, show_busy)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(Exception, show_failure)
