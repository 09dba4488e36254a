"""Requests that are too large, have too many parts, never end, or come a byte at a time."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

import pytest

from tests.attacks.county import County as AttackedCounty
from tests.attacks.front import nginx_before
from tests.attacks.wire import URLENCODED, Request, encode_form, encode_multipart, send
from tests.chaos.conftest import Settle
from tests.chaos.hosts import Host
from tests.chaos.scale import Figures, Scale

pytestmark = pytest.mark.chaos

MEGABYTE = 1024 * 1024
SLOWEST_SECONDS = 1.0
CLOSED = 0
"""In the place of a status: the connection was closed."""


def oversized() -> Iterator[Request]:
    """Bodies that no page of ours sends."""
    for path in ("/identity/", "/ask/", "/at/jinning/tip-off/", "/desk/sign-in", "/questions/"):
        yield Request("POST", path, body=encode_form([("name", "x" * MEGABYTE)]), content_type=URLENCODED)
        yield Request("POST", path, body=b"&".join([b"a="] * 400_000), content_type=URLENCODED)
        for fields in ([("name", "x" * MEGABYTE)], [(f"field{n}", "") for n in range(1_001)]):
            body, kind = encode_multipart(fields, [])
            yield Request("POST", path, body=body, content_type=kind)
        body, kind = encode_multipart([], [(f"file{n}", "a.txt", b"") for n in range(1_001)])
        yield Request("POST", path, body=body, content_type=kind)
        body, kind = encode_multipart([], [("file", "a.txt", b"x" * 33 * MEGABYTE)])
        yield Request("POST", path, body=body, content_type=kind)
    question = json.dumps({"question": "x" * MEGABYTE}).encode()
    yield Request("POST", "/api/assistant", body=question, content_type="application/json")


# The framework leaves files of a refused form to the garbage collector, which tells tests about each.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_is_too_large_is_refused(county: AttackedCounty):
    answers = [(request, send(county.app, request).status) for request in oversized()]

    taken = [
        (each.path, len(each.body), each.content_type, status) for each, status in answers if status != 413
    ]
    assert taken == []
    assert len(answers) > 30


def test_a_packed_form_is_not_unpacked(county: AttackedCounty):
    packed = gzip.compress(encode_form([("number", "W2026-0001")]))

    answer = send(
        county.app, Request("POST", "/questions/", {"Content-Encoding": "gzip"}, packed, URLENCODED)
    )

    assert answer.status == 422


def test_limits_that_are_lifted_are_found_out(county: AttackedCounty):
    county.app.config.update(MAX_CONTENT_LENGTH=None, MAX_FORM_MEMORY_SIZE=None, MAX_FORM_PARTS=None)

    assert not all(send(county.app, request).status == 413 for request in list(oversized())[:6])


@dataclass(frozen=True)
class Health:
    """How long honest visitors waited meanwhile."""

    seconds: list[float]
    failed: int

    @property
    def p99(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


def visit(port: int, times: int, patience: float = 30) -> Health:
    """Open the first page again and again, each time from another address."""
    seconds, failed = [], 0
    for number in range(times):
        came_from = f"127.1.{number // 250}.{number % 250 + 1}", 0
        connection = HTTPConnection("127.0.0.1", port, timeout=patience, source_address=came_from)
        began = time.monotonic()
        try:
            connection.request("GET", "/")
            failed += connection.getresponse().status != 200
        except (OSError, HTTPException):
            failed += 1
        finally:
            connection.close()
        seconds.append(time.monotonic() - began)
    return Health(seconds, failed)


PROXIED = {"PORTAL_PROXIES": "1", "PORTAL_GZIP": "0"}
HEAD = b"POST /identity/ HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
FORM = HEAD + b"Content-Type: application/x-www-form-urlencoded\r\n"
SLOW = {
    "headers that do not end": (HEAD, b"X-A: b\r\n"),
    "a body a byte at a time": (FORM + b"Content-Length: 100000\r\n\r\n", b"a"),
    "chunks that do not end": (FORM + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "nothing at all": (b"", b""),
}


@contextmanager
def slow_clients(port: int, count: int) -> Iterator[None]:
    """So many connections of each slow kind; each sends a little now and then."""
    over = threading.Event()
    sockets = []
    for kind, (begun, more) in enumerate(SLOW.values()):
        for number in range(count):
            came_from = f"127.2.{kind}.{number // 20 + 1}", 0
            connection = socket.create_connection(("127.0.0.1", port), timeout=5, source_address=came_from)
            connection.sendall(begun)
            sockets.append((connection, more))

    def drip() -> None:
        while not over.wait(0.5):
            for connection, more in sockets:
                with suppress(OSError):
                    connection.sendall(more)

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        yield
    finally:
        over.set()
        dripping.join()
        for connection, _ in sockets:
            connection.close()


def endless_chunks(port: int, size: int) -> int:
    """Send chunks until somebody has enough; returns the status, or CLOSED."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(FORM + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
        try:
            for _ in range(size // 65_536):
                connection.sendall(chunk)
            return int(connection.recv(100).split()[1])
        except (ConnectionError, TimeoutError):
            return CLOSED


def test_endless_and_slow_requests_do_not_keep_others_from_their_page(settle_on_file: Settle, scale: Scale):
    def press(_: int) -> Figures:
        with settle_on_file(0) as county, Host(county, **PROXIED) as host:
            assert endless_chunks(host.port, 64 * MEGABYTE) in (413, CLOSED)
            with nginx_before(host.port, county.folder / "nginx") as port:
                assert endless_chunks(port, 64 * MEGABYTE) in (413, CLOSED)
                with slow_clients(port, scale.pick(20, 200)):
                    health = visit(port, scale.pick(50, 1_000))
            assert host.answers()
        return {"failed": health.failed, "longest p99 seconds": round(health.p99, 3)}

    total = scale.run("slow-clients", scale.pick(1, 5), press)

    assert total["failed"] == 0
    assert not scale.is_long or total["longest p99 seconds"] <= SLOWEST_SECONDS


def test_a_portal_without_a_proxy_is_found_out(settle_on_file: Settle):
    # One worker: of two, one may take all the slow ones in and leave the other free.
    with settle_on_file(0) as county, Host(county, PORTAL_WORKERS="1") as host, slow_clients(host.port, 10):
        health = visit(host.port, 3, patience=2)

    assert health.failed
