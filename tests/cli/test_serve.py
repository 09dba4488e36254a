from pathlib import Path

import pytest
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser

from portal.cli.serve import Server
from tests.web.conftest import make_settings


class NoSocket:
    """What the server asks a connection before it answers."""

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", 8000


@pytest.mark.parametrize("peer", [("127.0.0.1", 5000), ("::1", 5000), ""], ids=["IPv4", "IPv6", "socket"])
def test_nobody_on_this_host_is_believed_what_a_proxy_says(peer: object, tmp_path: Path):
    server = Server(make_settings(tmp_path), listener=0, companion=None)
    sent = (
        b"GET //evil.example/at HTTP/1.1\r\nHost: h\r\n"
        b"SCRIPT_NAME: //evil.example\r\nX-Forwarded-Proto: https\r\n\r\n"
    )

    request = next(RequestParser(server.cfg, iter([sent]), peer))
    _, environ = wsgi.create(request, NoSocket(), peer, ("127.0.0.1", 8000), server.cfg)

    assert environ["SCRIPT_NAME"] == ""
    assert environ["PATH_INFO"] == "//evil.example/at"
    assert environ["wsgi.url_scheme"] == "http"
