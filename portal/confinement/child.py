"""The child's side: bind oneself first, then look at the stranger's bytes."""

import json
import os
import resource
import sys
from collections.abc import Callable, Iterable
from typing import BinaryIO, NamedTuple, NoReturn

from portal.confinement import wire
from portal.confinement.system_calls import forbid_network_and_programs
from portal.domain.errors import Refusal


class Limits(NamedTuple):
    """What one child may use: bytes of address space, seconds of processor, open files."""

    memory: int
    cpu_seconds: int
    open_files: int


def serve(limits: Limits, answer: Callable[[bytes], Iterable[bytes]]) -> NoReturn:
    """Answer standard input on standard output within the limits, and end the process.

    ``answer`` takes the whole input and yields the bodies of the answer's frames; a Refusal it raises
    travels to the parent as code and facts.
    """
    _bind(limits)
    out = sys.stdout.buffer
    status = 0
    try:
        for body in answer(sys.stdin.buffer.read()):
            _send(out, wire.DATA, body)
        _send(out, wire.END, b"")
    except Refusal as refusal:
        _send(out, wire.REFUSED, json.dumps([refusal.code, refusal.facts]).encode())
    except MemoryError:
        status = wire.OVER_MEMORY
    out.flush()
    os._exit(status)  # the process holds nothing worth tidying, and a hostile file may make tidying slow


def _bind(limits: Limits) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    forbid_network_and_programs()


def _send(out: BinaryIO, kind: bytes, body: bytes) -> None:
    out.write(wire.HEAD.pack(kind, len(body)))
    out.write(body)
