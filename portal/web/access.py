"""Who may open a page. A route that does not say so keeps the portal from starting."""

from collections.abc import Callable
from enum import Enum
from typing import ParamSpec, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import Rule

from portal.domain.staff import Role
from portal.services.work import ANONYMOUS, ActorKind
from portal.web import way_back
from portal.web.address import path_here
from portal.web.sessions import resume_session
from portal.web.work import actor

P = ParamSpec("P")
R = TypeVar("R")

csrf = CSRFProtect()

_OF_PROXIES = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class Access(Enum):
    """An audience."""

    PUBLIC = "everyone; nobody is asked who they are, and the page is the same for all"
    ANYONE = "everyone; a signed-in villager sees their own things in it"
    SIGNED_IN = "whoever has a session, of whatever kind"
    CITIZEN = "a villager after the ID check"
    CLAIMANT = "an heir or beneficiary, for one claim"
    STAFF = "someone at the desk"
    PROGRAM = "other offices' programs; no cookie is read and nothing can be changed"
    INTERNAL = "machines of the house, at an internal address"


class UndeclaredAudience(Exception):
    """Routes that do not say who may open them."""


def open_to(access: Access, *roles: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Say who may open a page; for the desk, with any of which roles (none named: all of them)."""

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        view.audience = access, frozenset(roles)  # type: ignore[attr-defined]
        return view

    return declare


def audience_of(app: Flask, rule: Rule) -> tuple[Access, frozenset[Role]] | None:
    """Who may open what a rule leads to."""
    if rule.endpoint == "static":
        return Access.PUBLIC, frozenset()
    return getattr(app.view_functions[rule.endpoint], "audience", None)


def check_every_route(app: Flask) -> None:
    """Refuse to start while a route has no audience.

    Raises:
        UndeclaredAudience: naming every such route.
    """
    silent = sorted(rule.rule for rule in app.url_map.iter_rules() if audience_of(app, rule) is None)
    if silent:
        raise UndeclaredAudience(", ".join(silent))


def guard() -> ResponseReturnValue | None:
    """Let the request through to its page, or send it where it belongs."""
    if request.url_rule is None:
        if request.path.startswith("/desk/"):
            resume_session()  # who works here is told so in the frame of the desk
        return None  # no such page; the error handler answers
    audience = audience_of(current_app, request.url_rule)
    if audience is None:
        abort(404)
    access, roles = audience
    if access is Access.INTERNAL:
        return None if _is_of_this_host() else abort(404)
    if access is Access.PROGRAM:
        return None
    if access is not Access.PUBLIC:
        resume_session()
    refused = _refuse(access, roles)
    if refused is None and request.method not in _SAFE_METHODS:
        _check_form(access)
    return refused


def _is_of_this_host() -> bool:
    """Whether somebody on this host asks, and asks us directly.

    A proxy on this host asks from here too; what it says of whom it asks for gives it away, even
    where nobody told us that there is a proxy.
    """
    comes_from_here = request.remote_addr in ("127.0.0.1", "::1")
    return comes_from_here and not any(name in request.headers for name in _OF_PROXIES)


def _refuse(access: Access, roles: frozenset[Role]) -> ResponseReturnValue | None:
    who = actor()
    is_unknown = access is Access.SIGNED_IN and who.kind is ActorKind.ANONYMOUS
    if is_unknown or (access is Access.CITIZEN and who.kind is not ActorKind.CITIZEN):
        ended = 1 if g.get("session_has_ended") else None
        then = way_back.address_of_request()
        return redirect(url_for("identity.show_question", ended=ended, then=then))
    if access is Access.CLAIMANT and who.kind is not ActorKind.CLAIMANT:
        return redirect(url_for("identity.show_question"))
    if access is Access.STAFF:
        if who.kind is not ActorKind.STAFF:
            return redirect(url_for("desk_sign_in.show_form"))
        if roles and not who.has_role(*roles):
            abort(404)  # a page of another role answers as if it did not exist
    return None


def _check_form(access: Access) -> None:
    """Refuse a form that did not stand on one of our pages.

    After sign-in the form's token says so. Forms on pages that are the same for everyone carry none;
    there the browser's own word counts, and a sender who cannot be told is treated as nobody.
    """
    if access not in (Access.PUBLIC, Access.ANYONE):
        csrf.protect()
        return
    site = request.headers.get("Sec-Fetch-Site")
    stood_on = request.headers.get("Origin") or request.headers.get("Referer")
    here = path_here(stood_on) is not None
    if site not in (None, "same-origin", "none") or (site is None and stood_on is not None and not here):
        abort(403)
    if site != "same-origin" and not here:
        g.actor = ANONYMOUS
