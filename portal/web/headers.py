"""What every answer carries, and how it travels."""

import gzip
from collections.abc import Iterator

from flask import Flask, Response, request

from portal.web import sheet
from portal.web.request_id import request_id

_SMALL = 600  # bytes; below this gzip saves less than its own frame costs on the wire

# Our own files, and the sheet where it stands in the page; what is not named falls under default-src.
_PAGE_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; "
    "script-src 'self'; style-src 'self'{sheet}; connect-src 'self'; require-trusted-types-for 'script'"
)

_POLICY = "Content-Security-Policy"

_TEXT = ("text/", "application/json", "image/svg+xml", "application/javascript")


def page_policy(sheet_source: str) -> str:
    """The content security policy of a page, given what allows the sheet that it holds."""
    return _PAGE_POLICY.format(sheet=sheet_source)


def add_headers(response: Response) -> Response:
    """Say what the browser may and may not do with this answer, in as few words as keep people safe.

    A claim is a score of answers on a slow net, so each carries what its kind needs and no more: a
    redirect shows nothing, and only a page runs scripts or opens windows.
    """
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if _POLICY not in response.headers:  # a kept page has had them all since it was made
        _complete(response)
    return response


def make_page_to_keep(text: str, **said: str) -> Response:
    """A page with the rules of the sheet that it uses, and with every header, so that none is added later.

    ``said`` are headers of its own, with ``_`` for ``-``.
    """
    trimmed, sheet_source = sheet.trim(text)
    page = Response(trimmed, mimetype="text/html")
    page.headers[_POLICY] = page_policy(sheet_source)
    for name, value in said.items():
        page.headers[name.replace("_", "-")] = value
    _complete(page)
    return page


def _complete(response: Response) -> None:
    headers = response.headers
    if response.location is not None:
        response.set_data(b"")
        headers.pop("Content-Type", None)
    said = set(headers.keys(lower=True))
    headers.extend((name, value) for name, value in _list_headers(response) if name.lower() not in said)


def _list_headers(response: Response) -> Iterator[tuple[str, str]]:
    if response.location is None:
        yield "Referrer-Policy", "same-origin"
        yield "X-Content-Type-Options", "nosniff"
        if response.mimetype == "text/html":
            yield _POLICY, page_policy(sheet.policy_source())
            yield "Permissions-Policy", "camera=(),microphone=()"
            yield "Cross-Origin-Opener-Policy", "same-origin"
        else:
            yield _POLICY, "default-src 'none'; frame-ancestors 'none'"
            yield "Cross-Origin-Resource-Policy", "same-origin"
    if response.status_code >= 400:
        yield "X-Request-Id", request_id()
    yield "Cache-Control", "no-store"


def compress(response: Response) -> Response:
    """Send text gzipped to whoever can read it."""
    if not response.cache_control.no_store:
        response.vary.add("Accept-Encoding")
    if (
        response.direct_passthrough
        or response.is_streamed
        or "Content-Encoding" in response.headers
        or not (response.mimetype or "").startswith(_TEXT)
        or "gzip" not in request.headers.get("Accept-Encoding", "")
    ):
        return response
    body = response.get_data()
    if len(body) >= _SMALL:
        response.set_data(gzip.compress(body, compresslevel=9, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def install(app: Flask, *, gzip_here: bool) -> None:
    """Add all of this to an application; ``gzip_here`` is off behind a proxy that does it."""
    if gzip_here:
        app.after_request(compress)
    app.after_request(add_headers)
