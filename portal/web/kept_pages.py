"""Public pages are the same for everyone of a locale, with and without the sheet: made once, and kept."""

from collections.abc import Callable
from functools import wraps
from typing import NamedTuple, ParamSpec

from flask import Response, current_app, make_response, request
from flask.typing import ResponseReturnValue

from portal.web import sheet
from portal.web.headers import make_page_to_keep
from portal.web.i18n import choose_locale
from portal.web.work import today

P = ParamSpec("P")

_Key = tuple[str, str, bool, str]  # address, locale, whether the browser has the sheet, what else it rests on

_MOST_KEPT = 2000


class _Page(NamedTuple):
    body: bytes
    headers: list[tuple[str, str]]


def kept(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Make a public page once for each address and locale, and answer from memory after that.

    For pages that rest on nothing but the knowledge base, which does not change while we serve.
    """

    return _kept_under(view, lambda: "")


def kept_for_the_day(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """As ``kept``, for a page that also rests on what day it is."""
    return _kept_under(view, lambda: today().isoformat())


def _kept_under(
    view: Callable[P, ResponseReturnValue], also: Callable[[], str]
) -> Callable[P, ResponseReturnValue]:
    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        shelf: dict[_Key, _Page] = current_app.extensions.setdefault("portal.kept_pages", {})
        key = (request.path, choose_locale(), sheet.is_kept_here(), also())
        page = shelf.get(key)
        if page is None:
            made: Response = make_response(view(*args, **kwargs))
            if made.status_code != 200:
                return made
            made = make_page_to_keep(
                made.get_data(as_text=True), Cache_Control="no-cache", Vary="Accept-Language, Cookie"
            )
            page = _Page(made.get_data(), list(made.headers))
            if len(shelf) < _MOST_KEPT:
                shelf[key] = page
        return Response(page.body, headers=page.headers)

    return answer
