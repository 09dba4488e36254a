"""Does what is due: sends texts, forgets what has expired."""

import os
import secrets
import signal
import threading
from collections.abc import Mapping
from typing import Any

import click
from flask_babel import force_locale

from portal.app import create_app, open_gateway, open_house
from portal.config import Settings
from portal.services import rounds
from portal.web import wording
from portal.web.i18n import DEFAULT
from portal.web.work import SteadyClock

PAUSE_SECONDS = 1.0


@click.command()
@click.option("--once", is_flag=True, help="Do one round and stop.")
def work(*, once: bool) -> None:
    """Do what is due, again and again, until it is told to stop.

    Any number may run at once, on one machine or many: a lease in the database lets one of them work.
    """
    settings = Settings.from_env(os.environ)
    house = open_house(settings)
    app = create_app(settings, house)
    gateway, clock, holder = open_gateway(settings), SteadyClock(house), secrets.token_hex(8)
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())

    def render(code: str, facts: Mapping[str, Any]) -> str:
        with app.app_context(), force_locale(DEFAULT):
            return wording.text(code, facts)

    while not stop.is_set():
        rounds.do_round(house, holder, gateway, render, clock)
        if once:
            break
        stop.wait(PAUSE_SECONDS)
    rounds.end_rounds(house, holder, clock)
