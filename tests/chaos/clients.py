"""Browsers that go on after what would make a person give up, and say which answers they were given."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from secrets import token_hex
from threading import local
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from tests.chaos.county import Pass

T = TypeVar("T")

ANSWER_SECONDS = 60
PATIENCE_SECONDS = 150


class NoAnswer(Exception):
    """The connection broke before an answer came: nobody knows whether it was done."""


class NobodyThere(Exception):
    """No host has answered for as long as anybody waits."""


@dataclass(frozen=True)
class Answer:
    """What came back: the path that a redirect leads to, and the cookie that was set."""

    status: int
    location: str
    text: str
    retry_after: str | None
    cookie: str | None

    @property
    def is_yes(self) -> bool:
        """Whether something was done: every act that worked leads on to another page."""
        return self.status in (302, 303)

    @property
    def is_not_now(self) -> bool:
        """Whether it was refused for the moment."""
        return self.status in (503, 507)


@dataclass
class Portal:
    """The hosts of a county, each with its share of the clients; who finds one silent asks the next."""

    ports: Sequence[int]
    statuses: dict[int, int] = field(default_factory=dict)
    _mine: local = field(default_factory=local)
    _turns: Iterator[int] = field(default_factory=count)

    def get(self, path: str, who: Pass | None = None) -> Answer:
        """Open a page."""
        return self.ask("GET", path, who)

    def post(self, path: str, who: Pass, **fields: str) -> Answer:
        """Send a form."""
        body = urlencode({"csrf_token": who.form_token, **fields}).encode()
        return self.ask("POST", path, who, body, "application/x-www-form-urlencoded")

    def send_file(self, path: str, who: Pass, field_name: str, content: bytes) -> Answer:
        """Send a form with a file."""
        mark = token_hex(12)
        part = f'--{mark}\r\nContent-Disposition: form-data; name="'
        token = f'{part}csrf_token"\r\n\r\n{who.form_token}\r\n'
        header = f'{part}{field_name}"; filename="file"\r\nContent-Type: application/octet-stream\r\n\r\n'
        body = token.encode() + header.encode() + content + f"\r\n--{mark}--\r\n".encode()
        return self.ask("POST", path, who, body, f"multipart/form-data; boundary={mark}")

    def ask(
        self, method: str, path: str, who: Pass | None, body: bytes = b"", content_type: str = ""
    ) -> Answer:
        """One request on this thread's connection.

        Raises:
            NoAnswer: it broke off; the next request goes to the next host.
        """
        headers = {"Cookie": f"session={who.cookie}"} if who else {}
        if content_type:
            headers["Content-Type"] = content_type
        connection = self._connection()
        try:
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        except (OSError, HTTPException) as error:
            self.leave()
            self._mine.turn += 1
            raise NoAnswer from error
        self.statuses[response.status] = self.statuses.get(response.status, 0) + 1
        return Answer(
            response.status,
            urlsplit(response.headers.get("Location", "")).path,
            text,
            response.headers.get("Retry-After"),
            _cookie(response.headers.get("Set-Cookie", "")),
        )

    def leave(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._mine, "connection", None)
        if connection is not None:
            connection.close()
        self._mine.connection = None

    def _connection(self) -> HTTPConnection:
        """The connection of this thread, to the host that it has turned to."""
        if getattr(self._mine, "connection", None) is None:
            self._mine.turn = getattr(self._mine, "turn", None) or next(self._turns)
            port = self.ports[self._mine.turn % len(self.ports)]
            self._mine.connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
        connection: HTTPConnection = self._mine.connection
        return connection


def _cookie(header: str) -> str | None:
    name, _, rest = header.partition("=")
    return rest.partition(";")[0] if name == "session" else None


def go_on(act: Callable[[], T], *, pause: float = 0.02) -> T:
    """Do it again until there is an answer, whichever.

    Raises:
        NobodyThere: there was none for a long time.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            return act()
        except NoAnswer:
            time.sleep(pause)
    raise NobodyThere
