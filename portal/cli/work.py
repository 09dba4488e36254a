"""Does what is due: sends texts, reminds, forgets what has expired, tidies up."""

import os
import secrets
import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import click
import structlog
from flask_babel import force_locale

from portal.app import create_app, open_gateway
from portal.cli.house import open_furnished_house
from portal.cli.ring import check_ring
from portal.config import Settings
from portal.domain.errors import StorageBusy
from portal.services import rounds
from portal.services.clock import list_acts_ahead
from portal.services.work import SYSTEM, Clock, House, begin_reading
from portal.web import logs, wording
from portal.web.i18n import DEFAULT
from portal.web.work import SteadyClock

PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
"""Between two looks, and at most while the database takes nothing; the pause doubles each time."""

_log = structlog.get_logger()


@click.command()
@click.option("--once", is_flag=True, help="Do one round and stop.")
def work(*, once: bool) -> None:
    """Do what is due, again and again, until it is told to stop.

    Any number may run at once, on one machine or many: a lease in the database lets one of them work.
    """
    settings = Settings.from_env(os.environ)
    logs.catch_the_rest()
    gateway, house = open_gateway(settings), open_furnished_house(settings)
    app = create_app(settings, house)
    clock, holder = SteadyClock(house), secrets.token_hex(8)
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())

    def render(code: str, facts: Mapping[str, Any]) -> str:
        with app.app_context(), force_locale(DEFAULT):
            return wording.text_message(code, facts)

    due = rounds.Rounds(house, holder, gateway, render, clock)
    is_checked, pause = False, PAUSE_SECONDS
    while not stop.is_set():
        try:
            if not is_checked:
                _check_house(house, clock)
                is_checked = True
            _do_round(due)
            pause = PAUSE_SECONDS
        except StorageBusy:
            if once:
                raise
            _log.warning("round put off", reason="the database takes nothing just now")
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        if once:
            break
        stop.wait(pause)
    with suppress(StorageBusy):  # the lease then runs out by itself
        due.end()


def _check_house(house: House, clock: Clock) -> None:
    """Go on only with the ring that the database was written with; a clock that is behind is told."""
    check_ring(house.database, house.keys)
    with begin_reading(house, SYSTEM, clock) as work:
        for act in list_acts_ahead(work.session, work.now):
            _log.warning("clock behind", region=act.region, sequence=act.sequence, dated=act.at.isoformat())


def _do_round(due: rounds.Rounds) -> None:
    due.do_round()
    if due.sent:
        _log.info("texts", **due.sent)
    for chain, head in due.heads:
        _log.info("chain head", head=f"{chain}:{head}")
