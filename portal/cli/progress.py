"""Tells how far a long command is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def files_done() -> Iterator[Callable[[str], None]]:
    """Show how many files are done, and which was the last; on a terminal only."""
    with click.progressbar(
        length=None, label="files", show_percent=False, show_eta=False, item_show_func=lambda file: file
    ) as bar:
        yield lambda file: bar.update(1, file)
