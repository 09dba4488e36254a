"""The county that all attacks are made on."""

from pathlib import Path

import pytest

from tests.attacks.county import County, build_pattern, open_county
from tests.chaos.conftest import settle as settle
from tests.chaos.conftest import settle_on_file as settle_on_file
from tests.once import find_shared_folder, make_once


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the county stands that every attack begins with."""
    return make_once(find_shared_folder(tmp_path_factory) / "attacked-county", build_pattern)


@pytest.fixture
def county(pattern: Path, tmp_path: Path) -> County:
    """A county of this test's own."""
    return open_county(pattern, tmp_path / "county")


@pytest.fixture
def behind_proxy(pattern: Path, tmp_path: Path) -> County:
    """The county behind a proxy that passes on what clients say of themselves."""
    return open_county(pattern, tmp_path / "behind-proxy", proxies=1)
