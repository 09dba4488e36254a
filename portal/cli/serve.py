"""Serves the portal with gunicorn, on a database that has the newest schema."""

import errno
import gc
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger as GunicornLogger

from portal.app import create_app, open_house, settle
from portal.cli.ring import check_ring
from portal.config import Settings
from portal.crypto.key_ring import KeyRing
from portal.services import clock
from portal.storage import schema
from portal.storage.database import Database
from portal.web import logs

# The longest addresses are searches in the desk's lists; what people type otherwise travels in bodies.
LONGEST_REQUEST_LINE = 2048
MOST_HEADERS = 60

MOST_WAITING = 2048
"""Connections that may wait for a worker."""

SILENCE_SECONDS = 60
"""A worker that gives no sign of life for so long is replaced."""

GRACE_SECONDS = 20
"""How long requests in hand may take to end when the server stops."""

_log = structlog.get_logger()

_MEMORY = Path("/dev/shm")  # noqa: S108  gunicorn's own signs of life, nothing of ours  # nosec B108


@click.command()
@click.option("--demo", is_flag=True, help="Serve a made-up county, filling it first when it is empty.")
@click.option("--accept-clock", is_flag=True, help="The clock was checked: an act on record ran ahead of it.")
@click.pass_context
def serve(context: click.Context, *, demo: bool, accept_clock: bool) -> None:
    """Serve the portal.

    HOST and PORT say where, DATABASE_URL on which database, PORTAL_… the rest. The database is brought
    to the newest schema first. With --demo, what is due is done beside it; otherwise let `portal work`
    run as a service of its own.
    """
    if demo:
        os.environ["PORTAL_DEMO"] = "1"
    settings = Settings.from_env(os.environ)
    logs.catch_the_rest()
    for doubt in settings.list_doubts():
        _log.warning("doubtful setting", doubt=doubt)
    listener = _listen(settings.host, settings.port)
    prepare_database(settings, accept_clock=accept_clock)
    companion = None
    if demo:
        _portal(context, "demo", "build", "--if-empty")
        _portal(context, "demo", "people")
        companion = Companion()
    Server(settings, listener, companion).run()


class Companion:
    """``portal work`` in a process beside the server, from its start to its end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, _server: object) -> None:
        """Begin to do what is due."""
        self._process = subprocess.Popen([sys.executable, "-m", "portal.cli", "work"])

    def stop(self, _server: object) -> None:
        """End it, gently first."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()


class ServerLog(GunicornLogger):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's own events, written as ours are."""

    def setup(self, cfg: object) -> None:
        """Let gunicorn choose what is worth a line, and us how it is written."""
        super().setup(cfg)
        logs.adopt(self.error_log)

    def warning(self, msg: object, *args: object, **more: object) -> None:
        """What somebody sent that is no request is not quoted."""
        refused = str(msg).startswith("Invalid request")
        super().warning("invalid request" if refused else msg, *args, **more)

    def exception(self, *_: object, **__: object) -> None:
        """A failure outside of the application; the address that was asked for stays out of the log."""
        super().exception("failure while serving")


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn with our settings, without a configuration file or options of its own."""

    def __init__(self, settings: Settings, listener: int, companion: Companion | None) -> None:
        self._settings = settings
        self._listener = listener
        self._companion = companion
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn how to serve."""
        for name, value in self._options().items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application, once, before the workers part from this process."""
        gc.disable()  # what is read from here on stays for good, as the modules do
        house = open_house(self._settings)
        app = create_app(self._settings, house)
        house.database.close()  # a connection that two processes share is spoilt for both
        settle()
        return app

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "bind": f"fd://{self._listener}",
            "worker_class": "gthread",
            "workers": self._settings.workers,
            "threads": self._settings.threads,
            "preload_app": True,
            "timeout": SILENCE_SECONDS,
            "graceful_timeout": GRACE_SECONDS,
            "limit_request_line": LONGEST_REQUEST_LINE,
            "limit_request_fields": MOST_HEADERS,
            # What a proxy says of a request is read by the application, and only where PORTAL_PROXIES
            # says that there is one. gunicorn would believe whoever asks from this host: a SCRIPT_NAME
            # would stand in the links of pages that are made once for everybody.
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "worker_tmp_dir": str(_MEMORY) if _MEMORY.is_dir() else None,
            "control_socket_disable": True,
            "loglevel": "warning" if self._settings.is_demo else "info",
            "logger_class": ServerLog,
            "when_ready": self._when_ready,
            "post_worker_init": _leave_interrupts_to_the_server,
        }
        if self._companion is not None:
            options["on_exit"] = self._companion.stop
        return options

    def _when_ready(self, server: object) -> None:
        if self._settings.is_demo:
            click.echo(f"The portal is at {self._settings.public_url} (Ctrl-C stops it)")
        if self._companion is not None:
            self._companion.start(server)


def _leave_interrupts_to_the_server(_worker: object) -> None:
    """Ctrl-C reaches every process of a terminal; a worker that hears it twice may lock itself up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _listen(host: str, port: int) -> int:
    """Take the address before anything else is done, so that a busy one costs nothing.

    What comes back is the number of a listening socket, which is gunicorn's from then on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=MOST_WAITING).detach()
    except OSError as error:
        is_port_at_fault = error.errno in (errno.EADDRINUSE, errno.EACCES)
        way_out = (
            f"Another port: PORT={port + 1}" if is_port_at_fault else "HOST is an address of this machine."
        )
        raise click.ClickException(f"{host}:{port} is not to be had ({error.strerror}). {way_out}") from error


def prepare_database(settings: Settings, *, accept_clock: bool) -> None:
    """Bring the database to the newest schema, and go on only with its own keys and a clock that is right.

    Raises:
        click.ClickException: the ring does not fit, or an act is dated after now and nobody accepts that.
    """
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(Database(settings.database_url)) as database:
        schema.upgrade(database)
        check_ring(database, settings.keys)
        _check_clock(database, settings.keys, accept=accept_clock)


def _check_clock(database: Database, keys: KeyRing, *, accept: bool) -> None:
    """Go on only from a clock that is ahead of every act, or that somebody has checked."""
    with database.reading() as session:
        now = database.read_clock(session) or datetime.now(UTC)
        ahead = clock.list_acts_ahead(session, now)
    if not ahead:
        return
    newest = ahead[0]
    if not accept:
        raise click.ClickException(
            f"The clock says {now:%Y-%m-%d %H:%M} UTC, and act {newest.sequence} of {newest.region} is on "
            f"record for {newest.at:%Y-%m-%d %H:%M} UTC.\nSet the clock right. If it is right, and ran ahead "
            "when that was written, start once with: portal serve --accept-clock"
        )
    with database.writing() as session:
        for act in clock.accept_clock(session, keys, now):
            _log.warning("clock accepted", region=act.region, sequence=act.sequence, dated=act.at.isoformat())


def _portal(context: click.Context, *arguments: str) -> None:
    """Run another ``portal`` command in a child: its memory and threads are nothing for our workers."""
    group = context.find_root().command
    child = multiprocessing.get_context("fork").Process(
        target=group.main, args=(list(arguments),), kwargs={"prog_name": "portal"}
    )
    child.start()
    child.join()
    if child.exitcode:
        raise SystemExit(1)
