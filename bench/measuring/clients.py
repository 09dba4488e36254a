"""Clients that load a server from a process of their own: ``python clients.py`` with the load on stdin.

Each keeps one connection open and sends the next request as soon as the answer is there. Little is done with
an answer, so that one core feeds a server on the others.
"""

import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

_GOOD = (b"HTTP/1.1 2", b"HTTP/1.1 3")


@dataclass(frozen=True)
class Load:
    """Requests to one port, taken in turn by so many clients for so many seconds.

    ``expected`` is a text that every answer must hold; one without it, or an error, ends the measurement.
    """

    port: int
    requests: Sequence[str]
    clients: int
    seconds: float
    expected: str


@dataclass(frozen=True)
class Answered:
    """How many requests were answered in how many seconds, and how long each took, in order of length."""

    count: int
    seconds: float
    took: Sequence[float]
    busy: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.count / self.seconds

    def quantile(self, share: float) -> float:
        """Seconds within which this share of the requests was answered."""
        return self.took[min(int(len(self.took) * share), len(self.took) - 1)]


def get(path: str, cookie: str = "") -> str:
    """A request as it goes over the wire."""
    carried = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: zh-CN\r\n{carried}\r\n"


def post(path: str, fields: str, headers: str = "") -> str:
    """A form as it goes over the wire; ``headers`` end with a line break each."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: zh-CN\r\n"
        "Sec-Fetch-Site: same-origin\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(fields)}\r\n{headers}\r\n"
        f"{fields}"
    )


def press(load: Load) -> Answered:
    """Let a process of its own do it."""
    done = subprocess.run(
        [sys.executable, __file__], input=json.dumps(asdict(load)), capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return Answered(**json.loads(done.stdout))


class Client:
    """One connection and the request that is on its way."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._wanted = 0
        self._body_at = 0
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self._rest, self._wanted = b"", 0
        self.sent_at = time.perf_counter()
        self.connection.sendall(request)

    def take(self) -> bytes | None:
        """The whole answer once it is there."""
        came = self.connection.recv(262_144)
        if not came:
            raise SystemExit(f"the connection was closed after {self._rest[:200]!r}")
        self._rest += came
        if not self._wanted and (end := self._rest.find(b"\r\n\r\n")) > 0:
            head = self._rest[:end].lower()
            place = head.index(b"content-length:") + len(b"content-length:")
            self._wanted = end + 4 + int(head[place:].split(b"\r\n", 1)[0])
        return self._rest if self._wanted and len(self._rest) >= self._wanted else None


def _press_here(load: Load) -> Answered:
    requests, expected = [request.encode() for request in load.requests], load.expected.encode()
    chosen = selectors.DefaultSelector()
    clients = [Client(load.port) for _ in range(load.clients)]
    took: list[float] = []
    sent, began, busy = 0, time.perf_counter(), time.process_time()
    for client in clients:
        chosen.register(client.connection, selectors.EVENT_READ, client)
        client.send(requests[sent % len(requests)])
        sent += 1
    under_way = len(clients)
    while under_way:
        for key, _ in chosen.select():
            client = key.data
            answer = client.take()
            if answer is None:
                continue
            now = time.perf_counter()
            if expected not in answer or not answer.startswith(_GOOD):
                raise SystemExit(f"not what was expected: {answer[:1000].decode(errors='replace')}")
            took.append(now - client.sent_at)
            if now - began < load.seconds:
                client.send(requests[sent % len(requests)])
                sent += 1
            else:  # the server will close it, which is no fault
                chosen.unregister(client.connection)
                client.connection.close()
                under_way -= 1
    seconds = time.perf_counter() - began
    return Answered(len(took), seconds, sorted(took), (time.process_time() - busy) / seconds)


if __name__ == "__main__":
    given: dict[str, Any] = json.loads(sys.stdin.read())
    print(json.dumps(asdict(_press_here(Load(**given)))))
