"""A house on the test's database, as services meet it."""

from pathlib import Path

import pytest

from portal.services.work import House
from portal.storage.database import Database
from tests.builders import make_house


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """The tools of a house; nothing here asks the assistant."""
    return make_house(database, tmp_path, matcher=None)
