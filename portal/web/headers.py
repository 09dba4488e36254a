"""What every answer carries, and how it travels."""

import gzip
import secrets

from flask import Flask, Response, current_app, g, request

_SMALL = 600  # bytes; below this gzip saves less than its own frame costs on the wire

_TEXT = ("text/", "application/json", "image/svg+xml", "application/javascript")


def name_request() -> None:
    """Give the request a name for the logs and for a person on the telephone."""
    g.request_id = secrets.token_hex(6)


def add_headers(response: Response) -> Response:
    """Say what the browser may and may not do with this page."""
    response.headers.setdefault("Content-Security-Policy", current_app.config["CSP"])
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def compress(response: Response) -> Response:
    """Send text gzipped to whoever can read it."""
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
        response.set_data(gzip.compress(body, compresslevel=6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _content_security_policy(sheet_hash: str) -> str:
    """The policy of every page: our own files, and the one sheet that stands in the page, by its hash.

    What is not named here falls under ``default-src``.
    """
    return (
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        f"img-src 'self' data:; script-src 'self'; style-src 'self' 'sha256-{sheet_hash}'; "
        "connect-src 'self'; require-trusted-types-for 'script'"
    )


def install(app: Flask, *, sheet_hash: str, gzip_here: bool) -> None:
    """Add all of this to an application; ``gzip_here`` is off behind a proxy that does it."""
    app.config["CSP"] = _content_security_policy(sheet_hash)
    app.before_request(name_request)
    if gzip_here:
        app.after_request(compress)
    app.after_request(add_headers)
