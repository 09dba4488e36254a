"""Tells how far a long command is."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import click

_CLEAR_LINE = "\r\033[K"


@contextmanager
def files_done() -> Iterator[Callable[[str], None]]:
    """Show how many files are done, and which was the last, on one line; on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _file: None
        return
    numbers = count(1)
    yield lambda file: click.echo(f"{_CLEAR_LINE}{next(numbers)} files, {file}", nl=False, err=True)
    click.echo(_CLEAR_LINE, nl=False, err=True)
