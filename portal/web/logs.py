"""What the portal writes about itself: one line of JSON for each event, on standard error."""

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from types import TracebackType

import structlog
from flask import has_request_context
from structlog.typing import EventDict, Processor, WrappedLogger

from portal.web.request_id import request_id

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

_JSON = structlog.processors.JSONRenderer(ensure_ascii=False)


def _name_failure(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Tell a failure by its kind and the places in the code, from the first cause to the last.

    Never by its message: that may quote a value, and a database's even a whole row.
    """
    told = event.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(reversed(list(_causes(error))))
    return event


def _causes(error: BaseException) -> Iterator[str]:
    """A failure and what led to it, each with its places."""
    seen = set()
    failure: BaseException | None = error
    while failure is not None and id(failure) not in seen:
        seen.add(id(failure))
        places = "".join(traceback.format_tb(failure.__traceback__))
        yield f"{places}{type(failure).__module__}.{type(failure).__qualname__}{_constraint(failure)}"
        failure = failure.__cause__ or (None if failure.__suppress_context__ else failure.__context__)


def _constraint(failure: BaseException) -> str:
    """The code of a database server and which of its constraints did not hold, where it says so."""
    diagnosis = getattr(failure, "diag", None)
    known = (getattr(diagnosis, name, None) for name in ("sqlstate", "table_name", "constraint_name"))
    return "".join(f" {word}" for word in known if word)


def _name_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say for which request something happened, if for one."""
    if has_request_context():
        event.setdefault("request_id", request_id())
    return event


_STEPS: list[Processor] = [
    _name_request,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _name_failure,
]


def install() -> None:
    """Write our own events this way."""
    structlog.configure(
        processors=[*_STEPS, _JSON], logger_factory=lambda *_: structlog.WriteLogger(sys.stderr)
    )


def catch_the_rest() -> None:
    """Let what ends a service, or one of its threads, be told like every other failure."""
    sys.excepthook = lambda _kind, error, _places: _log_end(error)
    threading.excepthook = lambda told: _log_end(told.exc_value)


def _log_end(error: BaseException | None) -> None:
    structlog.get_logger().critical("ended by a failure", exc_info=error)


def adopt(logger: logging.Logger) -> None:
    """Let a library that logs in its own way do so in ours; what it wrote to before is let go."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_STEPS],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _JSON],
        )
    )
    logger.handlers = [handler]
    logger.propagate = False
