"""The parent's side: start the child, give, read, and end it whatever happens."""

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL, SIGXCPU
from typing import IO, Self

import portal
from portal.confinement import wire
from portal.domain.errors import Refusal

_IMPORT_ROOT = str(Path(portal.__file__).parents[1])
# Not our own environment: it holds keys. One malloc arena, or each thread would reserve 64 MB of the limit.
_ENVIRONMENT = {"PYTHONPATH": _IMPORT_ROOT, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}


class ChildOverran(Exception):
    """The child met its limit of memory or time."""


class ChildFailed(Exception):
    """The child crashed, or what it said is no answer."""


def ask_child(
    module: str, *arguments: str, given: bytes, seconds: float, refusals: Iterable[type[Refusal]]
) -> Iterator[bytes]:
    """Yield the bodies that the worker ``module`` answers for ``given``; the child is gone afterwards.

    Raises one of ``refusals`` when the worker refused, `ChildOverran` when it met its own limits or took
    longer than ``seconds`` (from its start to the last body taken here), `ChildFailed` otherwise.
    """
    known = {refusal.code: refusal for refusal in refusals}
    with _Child([sys.executable, "-P", "-s", "-m", module, *arguments], seconds) as child:
        child.give(given)
        ended = yield from _take(child.stdout, known)
        if ended:
            return
        if child.has_overrun():
            raise ChildOverran
        raise ChildFailed(f"{module} ended before its answer did")


class _Child:
    """A running worker that a timer ends, and leaving the ``with`` block ends in any case."""

    def __init__(self, command: list[str], seconds: float) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
        )
        self._out_of_time = False
        self._timer = threading.Timer(seconds, self._end_for_time)
        self._timer.daemon = True

    @property
    def stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for as a pipe
        return self._process.stdout

    def give(self, given: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for as a pipe
        with suppress(BrokenPipeError):  # a child that refuses early need not read to the end
            self._process.stdin.write(given)
            self._process.stdin.close()

    def has_overrun(self) -> bool:
        """Wait for the end of a child that has stopped talking, and tell whether a limit was the cause."""
        status = self._process.wait()
        return self._out_of_time or status in (wire.OVER_MEMORY, -SIGXCPU, -SIGKILL)

    def _end_for_time(self) -> None:
        self._out_of_time = True
        self._process.kill()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._process.kill()
        with suppress(BrokenPipeError):  # closing would write what the child did not take
            self._process.__exit__(None, None, None)


def _take(stream: IO[bytes], refusals: Mapping[str, type[Refusal]]) -> Generator[bytes, None, bool]:
    """Yield bodies; tell whether the answer came to its end."""
    while len(head := stream.read(wire.HEAD.size)) == wire.HEAD.size:
        kind, length = wire.HEAD.unpack(head)
        if length > wire.LONGEST_BODY:
            raise ChildFailed(f"a body of {length} bytes was announced")
        body = stream.read(length)
        if len(body) < length:
            return False
        if kind == wire.END:
            return True
        if kind == wire.REFUSED:
            raise _refusal(body, refusals)
        yield body
    return False


def _refusal(body: bytes, refusals: Mapping[str, type[Refusal]]) -> Exception:
    try:
        code, facts = json.loads(body)
        return refusals[code](**facts)
    except (ValueError, KeyError, TypeError):
        return ChildFailed("the child refused in words nobody knows")
