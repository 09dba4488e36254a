"""Requests as they come off the wire, byte for byte: a test client would mend half of what attackers send."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from flask import Flask

Fields = Sequence[tuple[str, str]]
Files = Sequence[tuple[str, str, bytes]]
"""Field, file name, content."""

URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """One request; ``path`` is percent-encoded and may carry a query."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of a name."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)


def send(app: Flask, request: Request, *, token: str | None = None, address: str = "127.0.0.1") -> Answer:
    """Hand a request to the application as a server would."""
    path, _, query = request.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": address,
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_SEC_FETCH_SITE": "same-origin",
        "CONTENT_TYPE": request.content_type,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if token is not None:
        environ["HTTP_COOKIE"] = f"session={token}"
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"
        environ[key] = value.encode().decode("latin-1")
    return _call(app, environ)


def _call(app: Flask, environ: dict[str, Any]) -> Answer:
    began: list[tuple[str, Sequence[tuple[str, str]]]] = []

    def start_response(status: str, headers: Sequence[tuple[str, str]], *_: object) -> Any:
        began.append((status, headers))
        return lambda _: None

    parts: Iterable[bytes] = app.wsgi_app(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = began[-1]
    return Answer(int(status.split()[0]), headers, body)


def encode_form(fields: Fields) -> bytes:
    """A form's body; halves of characters travel as they are."""
    return urlencode(fields, errors="surrogatepass").encode()


def encode_multipart(fields: Fields, files: Files) -> tuple[bytes, str]:
    """The body of a form with files, and its content type."""
    boundary = secrets.token_hex(12)
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode(errors="surrogatepass")
        + value.encode(errors="surrogatepass")
        for name, value in fields
    ] + [
        f'Content-Disposition: form-data; name="{name}"; filename="{file}"\r\n'.encode()
        + b"Content-Type: application/octet-stream\r\n\r\n"
        + content
        for name, file, content in files
    ]
    body = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
