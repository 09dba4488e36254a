"""Every test that asks for ``database`` runs twice: on the embedded engine and on a PostgreSQL server."""

from collections.abc import Iterator
from functools import cache
from urllib.request import Request, urlopen

import pytest

from portal.storage.database import Database
from tests.chaos.scale import Scale
from tests.engines import ENGINES, Engine, make_engine

prepared = cache(make_engine)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the programs marked chaos at their full size")
    parser.addoption(
        "--engine", action="append", choices=ENGINES, help="run database tests on this engine only"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine_name" in metafunc.fixturenames:
        metafunc.parametrize("engine_name", metafunc.config.getoption("engine") or ENGINES, scope="session")


@pytest.fixture
def scale(pytestconfig: pytest.Config) -> Scale:
    """The size at which a program marked ``chaos`` runs."""
    return Scale(bool(pytestconfig.getoption("long")), pytestconfig.rootpath / "build" / "chaos")


@pytest.fixture
def engine(engine_name: str) -> Engine:
    """The engine that lends databases to this test."""
    return prepared(engine_name)


@pytest.fixture
def database(engine: Engine) -> Iterator[Database]:
    """A database with the newest schema, and nothing that another test left in it."""
    with engine.lend() as lent:
        yield lent


@pytest.fixture
def empty_database(engine: Engine) -> Iterator[Database]:
    """A database without a single table, for tests of how the schema comes about."""
    with engine.lend_empty() as lent:
        yield lent


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[str]:
    """The address of a server that speaks S3."""
    from moto.server import ThreadedMotoServer  # takes its time, and few tests need it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def bucket(bucket_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket, and an environment that leads there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket_server)
    monkeypatch.setenv("AWS_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a made-up secret")
    urlopen(Request(f"{bucket_server}/moto-api/reset", method="POST")).close()
    urlopen(Request(f"{bucket_server}/papers", method="PUT")).close()
    return "s3://papers/receipts"
