"""The county that all attacks are made on."""

from pathlib import Path

import pytest

from tests.attacks.county import County, build_pattern, open_county
from tests.chaos.conftest import settle as settle
from tests.chaos.conftest import settle_on_file as settle_on_file


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory, worker_id: str = "master") -> Path:
    """Where the county stands that every attack begins with."""
    base = tmp_path_factory.getbasetemp()
    return build_pattern(base.parent if "popen-gw" in base.name else base)


@pytest.fixture
def county(pattern: Path, tmp_path: Path) -> County:
    """A county of this test's own."""
    return open_county(pattern, tmp_path / "county")


@pytest.fixture
def behind_proxy(pattern: Path, tmp_path: Path) -> County:
    """The county behind a proxy that passes on what clients say of themselves."""
    return open_county(pattern, tmp_path / "behind-proxy", proxies=1)
