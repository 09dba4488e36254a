"""A worker that does, inside the limits, what its argument says."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from portal.confinement import wire
from portal.confinement.child import Limits, serve
from portal.domain.errors import Refusal

MEGABYTE = 1024 * 1024


class NotToday(Refusal):
    code = "not_today"


def echo(given):
    yield given
    yield b"second"


def refuse(given):
    raise NotToday(size=len(given))


def refuse_in_the_middle(given):
    yield b"first"
    raise NotToday()


def fill_memory(given):
    yield bytes(600 * MEGABYTE)


def spin(given):
    while True:
        pass


def sleep(given):
    time.sleep(60)
    yield b""


def crash(given):
    os.kill(os.getpid(), signal.SIGSEGV)
    yield b""


def raise_error(given):
    raise RuntimeError("a fault of the worker")


def connect(given):
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    except PermissionError:
        yield b"not permitted"


def start_a_program(given):
    try:
        subprocess.run(["/bin/true"], check=False)
    except PermissionError:
        yield b"not permitted"


def write_a_file(given):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    path = Path(given.decode())
    try:
        path.write_bytes(b"x")
    except OSError:
        yield b"not permitted"


def show_environment(given):
    yield repr(sorted(os.environ)).encode()


def announce_too_much(given):
    sys.stdout.buffer.write(wire.HEAD.pack(wire.DATA, wire.LONGEST_BODY + 1))
    yield b""


def break_off(given):
    sys.stdout.buffer.write(wire.HEAD.pack(wire.DATA, 100) + b"only this")
    sys.stdout.buffer.flush()
    os._exit(0)


def refuse_in_unknown_words(given):
    body = b'["no_such_code", {}]'
    sys.stdout.buffer.write(wire.HEAD.pack(wire.REFUSED, len(body)) + body)
    yield b""


if __name__ == "__main__":
    serve(Limits(memory=512 * MEGABYTE, cpu_seconds=1, open_files=32), globals()[sys.argv[1]])
