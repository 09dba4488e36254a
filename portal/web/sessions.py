"""The cookie of a signed-in browser. The session itself is a row; before sign-in there is none."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SessionInterface, SessionMixin

from portal.domain.errors import StorageBusy
from portal.services import sessions
from portal.web.work import reading, unit_of_work

_NAME = "session"
_SAFE_NAME = "__Host-session"

# A page says so when it sends an answer by itself, so that nobody stays signed in by it.
_UNATTENDED = "X-Unattended"


@dataclass(frozen=True)
class SessionEnd:
    """When the browser is signed out if nothing is done, and how many seconds that leaves."""

    at: datetime
    seconds: int


def find_session_end() -> SessionEnd | None:
    """The end of the session that this request resumed, for its page to say."""
    end: SessionEnd | None = g.get("session_end")
    return end


class RowSession(dict[str, Any], SessionMixin):
    """What Flask-WTF reads its token from; filled from the row when a request resumes its session."""


class RowSessions(SessionInterface):
    """Sets the cookie at sign-in, drops it at sign-out, and leaves it alone otherwise."""

    def open_session(self, app: Flask, request: Request) -> RowSession:
        """An empty session; the row is read by the first page that needs to know who is there."""
        return RowSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set or drop the cookie where this request signed in or out."""
        token = g.get("new_session_token")
        if token is None:
            return
        secure = app.config["SESSION_COOKIE_SECURE"]
        name = cookie_name(app)
        if token:
            response.set_cookie(name, token, httponly=True, secure=secure, samesite="Lax", path="/")
        else:
            response.delete_cookie(name, httponly=True, secure=secure, samesite="Lax", path="/")


def cookie_name(app: Flask) -> str:
    """The cookie's name; over TLS one that browsers bind to this host."""
    return _SAFE_NAME if app.config["SESSION_COOKIE_SECURE"] else _NAME


def resume_session() -> None:
    """Find out who this request comes from, and keep their session alive."""
    token = request.cookies.get(cookie_name(current_app))
    if not token:
        return
    with reading() as work:
        resumed = sessions.resume(work, token)
        read_at = work.now
    if resumed is None:
        g.session_has_ended = True
        return
    g.actor = resumed.actor
    session["csrf_token"] = resumed.csrf_token
    g.session_end = SessionEnd(resumed.ends_at, round((resumed.ends_at - read_at).total_seconds()))
    if resumed.wants_touch and _UNATTENDED not in request.headers:
        # A page that is only looked at is shown while nothing can be written; the session then ends sooner.
        with suppress(StorageBusy), unit_of_work() as work:
            sessions.touch(work)


def sign_in_with(token: str) -> None:
    """Give this browser a session's token; what it held before opens nothing any more."""
    held = request.cookies.get(cookie_name(current_app))
    if held:
        with unit_of_work() as work:
            sessions.end_held(work, held)
    g.new_session_token = token


def sign_out() -> None:
    """Take the token from this browser."""
    g.new_session_token = ""
