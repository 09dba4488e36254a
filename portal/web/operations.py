"""What machines of the house ask: is it alive, may it serve, how is it doing."""

import time
from collections.abc import Iterator
from contextlib import suppress

import structlog
from flask import Blueprint, Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from portal.domain.errors import StorageBusy
from portal.services import health
from portal.services.health import Figures
from portal.web.access import Access, open_to
from portal.web.metrics import RequestFigures
from portal.web.work import reading

SLOW_SECONDS = 1.0

_EXTENSION = "portal.request_figures"

pages = Blueprint("operations", __name__)
_log = structlog.get_logger()


@pages.get("/healthz")
@open_to(Access.INTERNAL)
def show_alive() -> ResponseReturnValue:
    """This process answers; nothing else is asked."""
    return _plain("ok")


@pages.get("/readyz")
@open_to(Access.INTERNAL)
def show_ready() -> ResponseReturnValue:
    """Whether this host may be sent requests; 503 with the reasons, one a line, when it may not."""
    try:
        with reading() as work:
            troubles = [str(trouble) for trouble in health.list_troubles(work)]
    except StorageBusy:
        troubles = ["database_away"]
    return _plain("\n".join(troubles), 503) if troubles else _plain("ok")


@pages.get("/metrics")
@open_to(Access.INTERNAL)
def show_metrics() -> ResponseReturnValue:
    """Figures for Prometheus: requests of this host, and the outbox and claims of the whole house.

    While the database is away, those of the host stand alone; /readyz says so.
    """
    registry = CollectorRegistry()
    registry.register(current_app.extensions[_EXTENSION])
    with suppress(StorageBusy), reading() as work:
        registry.register(_OfHouse(health.measure(work)))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _OfHouse:
    """The figures of the house as Prometheus reads them."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """One metric after the other."""
        yield GaugeMetricFamily(
            "portal_texts_waiting", "Texts that wait to be sent.", value=self._figures.texts_waiting
        )
        yield GaugeMetricFamily(
            "portal_oldest_text_seconds",
            "How long the oldest of them has waited.",
            value=self._figures.oldest_text_seconds,
        )
        claims = GaugeMetricFamily("portal_claims", "Claims by where they stand.", labels=["region", "state"])
        for region, state, count in self._figures.claims:
            claims.add_metric([region, state], count)
        yield claims


def _plain(words: str, status: int = 200) -> Response:
    return Response(words + "\n", status, mimetype="text/plain")


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.began
    current_app.extensions[_EXTENSION].count(request.endpoint, response.status_code, seconds)
    if seconds >= SLOW_SECONDS:
        # The rule and not the address, in which a claim's number may stand.
        rule = None if request.url_rule is None else request.url_rule.rule
        _log.warning("slow request", rule=rule, status=response.status_code, seconds=round(seconds, 3))
    return response


def install(app: Flask) -> None:
    """Time every request, once it has its name and before anything else is done for it."""
    app.before_request(_begin)
    app.after_request(_end)


def make_room(app: Flask) -> None:
    """Make the memory in which workers count, when every page is there and no worker is yet."""
    app.extensions[_EXTENSION] = RequestFigures(app.view_functions)
