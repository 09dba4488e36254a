"""A real server in a process group of its own, started, killed and started again as a supervisor does."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.chaos.county import County

START_SECONDS = 120
STOP_SECONDS = 30

WORKERS, THREADS = 2, 4


class Host:
    """``portal serve`` on a port of its own."""

    def __init__(
        self,
        county: County,
        *,
        broken: str | None = None,
        log: Path | None = None,
        **environment: str,
    ) -> None:
        """Prepare a host of a county; ``broken`` names one of the breaks of ``tests.chaos.broken``."""
        self.port = _free_port()
        self.log = log or county.folder / f"host-{self.port}.log"
        self._command = [
            sys.executable,
            "-m",
            *(["tests.chaos.broken", broken] if broken else ["portal.cli"]),
        ]
        self._environment = {
            **os.environ,
            **county.environment,
            "PORT": str(self.port),
            "PORTAL_WORKERS": str(WORKERS),
            "PORTAL_THREADS": str(THREADS),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Host":
        """Start, and wait for the first page."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, gently where that works."""
        self.stop()

    def start(self) -> None:
        """Start and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, "serve"],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Wait until it answers; whoever waits in vain is shown its log."""
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > until or self.has_ended():
                raise RuntimeError(self.log.read_text(encoding="utf-8")[-4000:])
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether a worker is there that answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def processes(self) -> Sequence[int]:
        """The master first, then its workers and whatever they have started."""
        assert self._process is not None
        found = [self._process.pid]
        for process in found:
            children = Path(f"/proc/{process}/task/{process}/children")
            found += map(int, children.read_text().split()) if children.exists() else ()
        return found

    def kill_worker(self, number: int) -> None:
        """kill -9 for one worker, as the kernel does when memory runs out."""
        _, *workers = self.processes()
        if workers:
            _kill(workers[number % len(workers)])

    def kill(self) -> None:
        """kill -9 for the master and all its workers, and nothing that would have told them before."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_master(self) -> None:
        """kill -9 for the master alone; the supervisor then clears its workers away, as systemd does."""
        assert self._process is not None
        _kill(self._process.pid)
        self._process.wait()
        _kill_group(self._process.pid)

    def stop(self) -> None:
        """Ask it to stop, and see to it."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        _kill_group(self._process.pid)
        self._process.wait()

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Another ``portal`` command beside the server, with the same settings."""
        return subprocess.run(
            [*self._command, *arguments],
            env={**self._environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def has_ended(self) -> bool:
        """Whether the master is gone."""
        return self._process is None or self._process.poll() is not None


def run_portal(
    county: County, *arguments: str, broken: str | None = None
) -> subprocess.CompletedProcess[str]:
    """A ``portal`` command on a county that nobody need be serving."""
    return Host(county, broken=broken).run(*arguments)


def faults_told(answer: subprocess.CompletedProcess[str]) -> list[str]:
    """What a checking command found wrong, line by line."""
    return (answer.stdout + answer.stderr).splitlines() if answer.returncode else []


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _kill_group(process: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
