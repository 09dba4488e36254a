"""What is costly to make and the same for all test processes: made by the first that asks for it."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def find_shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Where all test processes of this run may look."""
    base = factory.getbasetemp()
    return base.parent if "popen-gw" in base.name else base


def make_once(place: Path, make: Callable[[Path], None]) -> Path:
    """Make a folder unless another process did; who comes meanwhile waits. Returns the folder."""
    whole = place.with_name(f"{place.name}.whole")
    with place.with_name(f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            make(place)
            whole.touch()
    return place
