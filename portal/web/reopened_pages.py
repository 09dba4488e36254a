"""Pages that are opened again and again: made anew only when what they rest on has changed.

What each opening has of its own, such as the token of a form, is left blank in what is kept, and filled in
every time. A template asks for such a value by ``this_time``.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial, wraps
from threading import Lock
from typing import Any, ParamSpec

from flask import Flask, Response, current_app, g, render_template, request, session
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from portal.web import sheet
from portal.web.headers import make_page_to_keep
from portal.web.i18n import choose_locale
from portal.web.sessions import find_session_end
from portal.web.work import actor

P = ParamSpec("P")

_MOST_KEPT = 400  # of 12 KB or so each
_EXTENSION = "portal.reopened_pages"

# Nobody can write a name into a roster that is taken for a blank.
_SECRET = secrets.token_hex(8)
_BLANK = re.compile(rf"\[{_SECRET}:([0-9]+)\]")


@dataclass(frozen=True)
class KeptPage:
    """A page in pieces, with what fills the gap after each but the last, and what it rests on."""

    rests_on: Hashable
    headers: Sequence[tuple[str, str]]
    pieces: Sequence[bytes]
    blanks: Sequence[Callable[[], str]]

    def fill(self) -> Response:
        """The page as it is for this opening."""
        answer = [self.pieces[0]]
        for blank, piece in zip(self.blanks, self.pieces[1:], strict=True):
            answer += (escape(blank()).encode(), piece)
        return Response(b"".join(answer), headers=self.headers)


class Shelf:
    """The pages opened last, by who opened them."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Hashable, KeptPage] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable, rests_on: Hashable) -> KeptPage | None:
        """The page, unless something that it rests on has changed."""
        with self._lock:
            page = self._pages.get(key)
            if page is None or page.rests_on != rests_on:
                return None
            self._pages.move_to_end(key)
            return page

    def put(self, key: Hashable, page: KeptPage) -> None:
        """Keep a page in the place of what was kept under this key."""
        with self._lock:
            self._pages[key] = page
            self._pages.move_to_end(key)
            if len(self._pages) > _MOST_KEPT:
                self._pages.popitem(last=False)


def reopen(rests_on: Hashable, *what: Hashable) -> Response | None:
    """The page that this reader was shown here before, if it rests on the same still.

    ``rests_on`` tells two states of the world apart, ``what`` two pages of one address.
    """
    page = _shelf().find(_key(what), rests_on)
    return None if page is None else page.fill()


def render_to_reopen(rests_on: Hashable, *what: Hashable, template: str, **context: Any) -> Response:
    """Render a page, and keep it for when it is opened again."""
    blanks: list[Callable[[], str]] = []
    g.blanks = blanks
    try:
        text = render_template(template, **context)
    finally:
        del g.blanks
    made = make_page_to_keep(text)
    pieces = _BLANK.split(made.get_data(as_text=True))
    page = KeptPage(
        rests_on,
        list(made.headers),
        [piece.encode() for piece in pieces[::2]],
        [blanks[int(number)] for number in pieces[1::2]],
    )
    _shelf().put(_key(what), page)
    return page.fill()


def set_this_time(**values: str | None) -> None:
    """Say what this opening of a page has of its own, before it is rendered or opened again."""
    g.this_time = values


def _this_time(name: str) -> str:
    value: str | None = g.this_time[name]
    return value or ""


def _key(what: tuple[Hashable, ...]) -> Hashable:
    who = actor()
    return request.endpoint, choose_locale(), sheet.is_kept_here(), who.kind, who.person_id, what


def _shelf() -> Shelf:
    shelf: Shelf = current_app.extensions[_EXTENSION]
    return shelf


def _each_time(work_out: Callable[P, str]) -> Callable[P, str]:
    """Let a template's function leave a blank in a page that will be kept."""

    @wraps(work_out)
    def answer(*args: P.args, **kwargs: P.kwargs) -> str:
        blanks: list[Callable[[], str]] | None = g.get("blanks")
        if blanks is None:
            return work_out(*args, **kwargs)
        blanks.append(partial(work_out, *args, **kwargs))
        return Markup(f"[{_SECRET}:{len(blanks) - 1}]")  # noqa: S704  our own mark  # nosec B704

    return answer


def _session_end() -> Markup:
    """When the reader will be signed out; nothing for whoever is not signed in."""
    end = find_session_end()
    if end is None:
        return Markup()
    minute = end.at.replace(second=0, microsecond=0)
    return _render_session_end(choose_locale(), minute).replace("{seconds}", str(end.seconds))


@lru_cache(maxsize=256)
def _render_session_end(_locale: str, minute: datetime) -> Markup:
    """Rendered once for everybody whose session ends in the same minute."""
    return Markup(render_template("components/session_end.html", minute=minute))  # noqa: S704  # nosec B704


def _form_token() -> str:
    """The token of the forms of this reader's session."""
    return _sign(session.get("csrf_token"))


@lru_cache(maxsize=1024)
def _sign(_token: str | None) -> str:
    """Signed once for each session, since it holds as long as the session does."""
    return generate_csrf()


def install(app: Flask) -> None:
    """Make room for pages, and let templates name what differs from opening to opening."""
    app.extensions[_EXTENSION] = Shelf()
    app.jinja_env.globals.update(
        csrf_token=_each_time(_form_token),
        session_end=_each_time(_session_end),
        this_time=_each_time(_this_time),
    )
