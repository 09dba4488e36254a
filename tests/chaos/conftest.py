"""What all programs here share."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.chaos.county import County, found_county
from tests.conftest import prepared

Settle = Callable[[int], AbstractContextManager[County]]
"""Settles a county of so many villagers, which is gone after the block."""


@pytest.fixture
def settle(engine_name: str, tmp_path: Path) -> Settle:
    """Counties on this engine."""
    return _settler(engine_name, tmp_path)


@pytest.fixture
def settle_on_file(tmp_path: Path) -> Settle:
    """Counties on the embedded engine, for what concerns that one only, or is the same on both."""
    return _settler("sqlite", tmp_path)


@pytest.fixture
def settle_on_server(tmp_path: Path) -> Settle:
    """Counties on a PostgreSQL server."""
    return _settler("postgresql", tmp_path)


def _settler(engine_name: str, around: Path) -> Settle:
    numbers = count(1)

    @contextmanager
    def settle(people: int) -> Iterator[County]:
        folder = around / f"county-{next(numbers)}"
        with ExitStack() as lent:
            url = None
            if engine_name != "sqlite":
                database = lent.enter_context(prepared(engine_name).lend_empty())
                url = database.url.render_as_string(hide_password=False)
            yield found_county(folder, url, people=people)
        shutil.rmtree(folder)

    return settle
