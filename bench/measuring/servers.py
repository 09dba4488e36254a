"""Starts the portal as it is shipped, and a bare view on the same settings of the same server.

Clients have the last core for themselves and servers the others, so that neither takes from the other.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from portal.cli.serve import MOST_WAITING, Server
from portal.config import Settings

CONSTANT = "constant"
CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORES = frozenset(CORES[-1:])
SERVER_CORES = frozenset(CORES[:-1] or CORES)

_PATIENCE_SECONDS = 60
_PORTAL = [sys.executable, "-m", "portal.cli", "serve"]
_BARE = [sys.executable, __file__]
_BROKEN = Path(__file__).with_name("broken.py")


@dataclass(frozen=True)
class Running:
    """A server that answers, and how many seconds it took from its start until it did."""

    port: int
    process: subprocess.Popen[bytes]
    seconds_to_answer: float

    @property
    def workers(self) -> list[int]:
        """The processes of its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii")
        return [int(number) for number in children.split()]


@contextmanager
def serve_portal(folder: Path, broken: str = "", **settings: str) -> Iterator[Running]:
    """Serve the portal on the database and keys of a folder, or with something ``broken`` in it."""
    command = [sys.executable, str(_BROKEN), broken] if broken else _PORTAL
    with _serve(command, "/healthz", {"PORTAL_DATA": str(folder), **settings}) as running:
        yield running


@contextmanager
def serve_bare(folder: Path, **settings: str) -> Iterator[Running]:
    """Serve a constant, on the settings with which the portal is served."""
    with _serve(_BARE, "/", {"PORTAL_DATA": str(folder), **settings}) as running:
        yield running


@contextmanager
def _serve(command: Sequence[str], path: str, settings: Mapping[str, str]) -> Iterator[Running]:
    port = _free_port()
    given = {"PORTAL_DEMO": "1", "PORTAL_GZIP": "0", "PORTAL_WORKERS": str(len(SERVER_CORES)), **settings}
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **given, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: os.sched_setaffinity(0, SERVER_CORES),
    )
    try:
        _await_answer(port, process, path)
        yield Running(port, process, time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _await_answer(port: int, process: subprocess.Popen[bytes], path: str) -> None:
    patience = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < patience:
        if process.poll() is not None:
            raise SystemExit("the server ended before its first answer")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), _PATIENCE_SECONDS) as asked:
            asked.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
            if asked.recv(12).endswith(b"200"):
                return
        time.sleep(0.005)
    raise SystemExit("the server did not answer")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class _BareServer(Server):
    """The server of the portal, with a view that returns a constant in its place."""

    def load(self) -> Flask:
        app = Flask("bare")
        app.add_url_rule("/", view_func=lambda: CONSTANT)
        return app


def _serve_constant() -> None:
    settings = Settings.from_env(os.environ)
    listener = socket.create_server((settings.host, settings.port), backlog=MOST_WAITING).detach()
    _BareServer(settings, listener, None).run()


if __name__ == "__main__":
    _serve_constant()
