"""Texts over a JSON web service, signed.

One ``POST`` a text: the body is ``{"key", "phone", "text"}``, the answer ``{"id": "…"}``, or 409 when
the gateway has sent this key before. The headers
``X-Yitian-Account``, ``-Timestamp`` (Unix seconds), ``-Nonce`` and ``-Signature`` prove who sends; the
signature is the hexadecimal HMAC-SHA256 over the lines method, path, timestamp, nonce, idempotency
key and SHA-256 of the body, so that nothing of a request can be changed or used a second time.
"""

import hashlib
import hmac
import json
import secrets
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from portal.messages.gateway import Outcome, SendResult, TextMessage

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_LONGEST_ANSWER = 64 * 1024
_LONGEST_PAUSE = timedelta(hours=1)
# Our own account or clock is wrong, or the gateway is: every text waits until a person has mended it.
_NOT_THE_TEXT_S_FAULT: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "signature_refused",
    HTTPStatus.PAYMENT_REQUIRED: "account_empty",
    HTTPStatus.FORBIDDEN: "account_refused",
    HTTPStatus.NOT_FOUND: "address_wrong",
    HTTPStatus.METHOD_NOT_ALLOWED: "address_wrong",
    HTTPStatus.REQUEST_TIMEOUT: "gateway_slow",
    HTTPStatus.TOO_EARLY: "gateway_busy",
    HTTPStatus.TOO_MANY_REQUESTS: "gateway_busy",
}


class HttpGateway:
    """A gateway behind ``url``; one connection a text, no redirects, no proxies.

    ``timeout`` bounds, in seconds, each step on the network and the whole exchange after connecting.
    """

    def __init__(
        self,
        url: str,
        account: str,
        secret: bytes,
        *,
        timeout: float = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Raise ``ValueError`` for an address that is not HTTPS, unless it is this very machine."""
        parts = urlsplit(url)
        if not parts.hostname or parts.scheme not in ("http", "https"):
            raise ValueError("the address of a message gateway begins with https://")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("a message gateway is reached by https: texts hold phone numbers and codes")
        if not (account.isascii() and account.isprintable()):
            raise ValueError("the gateway's account name is plain ASCII")
        if len(secret) < 16:
            raise ValueError("the gateway's secret has at least 16 bytes")
        self._host, self._port = parts.hostname, parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._tls = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
        self._account, self._secret, self._timeout = account, secret, timeout

    def send(self, message: TextMessage, now: datetime) -> SendResult:
        """Hand in one text; a lost answer is a ``RETRY``, which the key makes harmless."""
        body = json.dumps({"key": message.key, "phone": message.phone, "text": message.text}).encode()
        connection = self._connection()
        try:
            connection.connect()
            with _all_within(connection.sock, self._timeout):
                connection.request("POST", self._path, body, self._headers(message, body, now))
                return _judge(connection.getresponse())
        except TimeoutError:
            return SendResult(Outcome.RETRY, "gateway_slow")
        except (OSError, HTTPException):
            return SendResult(Outcome.RETRY, "gateway_unreachable")
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        if self._tls is None:
            return HTTPConnection(self._host, self._port, timeout=self._timeout)
        return HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._tls)

    def _headers(self, message: TextMessage, body: bytes, now: datetime) -> Mapping[str, str]:
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
        lines = ("POST", self._path, timestamp, nonce, message.key, hashlib.sha256(body).hexdigest())
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": message.key,
            "X-Yitian-Account": self._account,
            "X-Yitian-Timestamp": timestamp,
            "X-Yitian-Nonce": nonce,
            "X-Yitian-Signature": hmac.digest(self._secret, "\n".join(lines).encode(), "sha256").hex(),
        }


@contextmanager
def _all_within(connected: socket.socket, seconds: float) -> Iterator[None]:
    """Hang up after so long: a gateway that answers one byte at a time never meets a step's limit."""

    def hang_up() -> None:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _judge(answer: HTTPResponse) -> SendResult:
    content = answer.read(_LONGEST_ANSWER)
    if answer.status == HTTPStatus.CONFLICT:
        return SendResult(Outcome.ACCEPTED, receipt=_read_receipt(content) or "")
    if 200 <= answer.status < 300:
        receipt = _read_receipt(content)
        if receipt is None:
            return SendResult(Outcome.RETRY, "answer_unreadable")
        return SendResult(Outcome.ACCEPTED, receipt=receipt)
    reason = _NOT_THE_TEXT_S_FAULT.get(answer.status)
    if reason is None and 400 <= answer.status < 500:
        return SendResult(Outcome.REFUSED, f"status_{answer.status}")
    return SendResult(
        Outcome.RETRY,
        reason or f"status_{answer.status}",
        retry_after=_read_pause(answer.getheader("Retry-After", "")),
    )


def _read_receipt(content: bytes) -> str | None:
    """Return the gateway's number of the text: without one, some page in between said 200."""
    try:
        receipt = json.loads(content)["id"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return receipt[:100] if isinstance(receipt, str) and receipt else None


def _read_pause(header: str) -> timedelta | None:
    if not (header.isascii() and header.isdigit() and len(header) < 10):
        return None
    return min(timedelta(seconds=int(header)), _LONGEST_PAUSE)
