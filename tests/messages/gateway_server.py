"""A message gateway on this machine that checks what it is sent as the real one does."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCOUNT = "yitian-test"
SECRET = b"a secret shared with the gateway"

Answer = Callable[[BaseHTTPRequestHandler], None]


class GatewayServer(ThreadingHTTPServer):
    """Sends each key once; ``answers`` are given first, one a request, instead of doing so."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Answer] = []
        self.sent: dict[str, dict[str, str]] = {}
        self.nonces: set[str] = set()
        self.requests = 0
        self.now = 0.0
        self.gone = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/texts?region=yn"


class _Handler(BaseHTTPRequestHandler):
    server: GatewayServer

    def do_POST(self) -> None:
        self.server.requests += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.answers:
            self.server.answers.pop(0)(self)
        elif not self._is_signed(body):
            answer(401)(self)
        else:
            text = json.loads(body)
            self.server.sent.setdefault(self.headers["Idempotency-Key"], text)
            answer(200, json.dumps({"id": f"sms-{text['key']}"}))(self)

    def _is_signed(self, body: bytes) -> bool:
        stamp, nonce = self.headers["X-Yitian-Timestamp"], self.headers["X-Yitian-Nonce"]
        fresh = abs(int(stamp) - self.server.now) <= 300 and nonce not in self.server.nonces
        self.server.nonces.add(nonce)
        lines = [
            "POST",
            self.path,
            stamp,
            nonce,
            self.headers["Idempotency-Key"],
            hashlib.sha256(body).hexdigest(),
        ]
        signature = hmac.new(SECRET, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
        known = self.headers["X-Yitian-Account"] == ACCOUNT
        return fresh and known and hmac.compare_digest(signature, self.headers["X-Yitian-Signature"])

    def log_message(self, *args: object) -> None:
        pass


def answer(status: int, body: str = "{}", **headers: str) -> Answer:
    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body.encode())))
        handler.end_headers()
        handler.wfile.write(body.encode())

    return give


def say_nothing(handler: BaseHTTPRequestHandler) -> None:
    handler.server.gone.wait(10)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Send a header one byte at a time, each well within any step's limit."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not handler.server.gone.is_set():
        try:
            handler.wfile.write(b"a")
        except OSError:
            return
        time.sleep(0.02)


@contextmanager
def running_gateway() -> Iterator[GatewayServer]:
    with GatewayServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.gone.set()
            server.shutdown()
            thread.join()
