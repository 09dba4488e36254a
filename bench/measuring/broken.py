"""Serves the portal with one thing deliberately broken, so that a program can show that it would notice.

``python broken.py keep-nothing`` makes every page anew, ``slow-check`` sleeps in each ID check,
``load-apart`` loads the portal in each worker anew, after a while.
"""

import sys
import time
from typing import Any

from portal.cli import main
from portal.cli.serve import Server
from portal.services import identity
from portal.web import kept_pages, reopened_pages

_SLEEP_SECONDS = 0.05


def _keep_nothing() -> None:
    kept_pages._MOST_KEPT = reopened_pages._MOST_KEPT = 0


def _slow_check() -> None:
    check = identity.check

    def slowly(*arguments: object) -> identity.Challenge:
        time.sleep(_SLEEP_SECONDS)
        return check(*arguments)  # type: ignore[arg-type]

    identity.check = slowly  # type: ignore[assignment]


def _load_apart() -> None:
    options = Server._options

    def apart(server: Server) -> dict[str, Any]:
        time.sleep(1)
        return {**options(server), "preload_app": False}

    Server._options = apart  # type: ignore[method-assign]


if __name__ == "__main__":
    {"keep-nothing": _keep_nothing, "slow-check": _slow_check, "load-apart": _load_apart}[sys.argv[1]]()
    main(["serve"])
