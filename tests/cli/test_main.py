import socket
import sys
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from portal.cli import COMMANDS, main
from portal.crypto.key_ring import KeyRing
from portal.domain.disclosure import PersonViewed
from portal.storage import schema
from portal.storage.audit import RecordedActor, write
from portal.storage.database import Database


@pytest.fixture
def run(tmp_path):
    def run(*arguments: str, **env: str):
        settings = {"PORTAL_DATA": str(tmp_path), "PORTAL_DEMO": "0"} | env
        return CliRunner().invoke(main, arguments, env=settings)

    return run


def test_help_names_every_command(run):
    assert all(name in run("--help").output for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(run, name):
    result = run(name, "--help")

    assert result.exit_code == 0, result.output
    assert f"Usage: main {name}" in result.output


def test_a_missing_setting_is_named_and_nothing_starts(run):
    result = run("serve")

    assert result.exit_code == 1
    assert "PORTAL_KEYS" in result.output
    assert "PORTAL_SMS_URL" in result.output


@pytest.mark.parametrize("receipts", ["papers", "/srv/receipts", "s3:///receipts", "https://papers"])
def test_receipts_go_to_a_bucket_or_nowhere_else(run, receipts: str):
    result = run("serve", PORTAL_RECEIPTS=receipts)

    assert result.exit_code == 1
    assert "PORTAL_RECEIPTS" in result.output


@pytest.mark.parametrize(("url", "proxies", "doubts"), [("https", 0, 1), ("https", 1, 0), ("http", 0, 0)])
def test_a_proxy_that_nobody_told_us_of_is_asked_about_at_the_start(run, url: str, proxies: int, doubts: int):
    with socket.create_server(("127.0.0.1", 0)) as taken:  # so that it goes no further
        port = taken.getsockname()[1]
        result = run(
            "serve",
            PORTAL_DEMO="1",
            PORT=str(port),
            PORTAL_URL=f"{url}://portal.example",
            PORTAL_PROXIES=str(proxies),
        )

    assert result.output.count("PORTAL_PROXIES=0") == doubts


def test_a_bucket_without_its_client_is_told_with_the_way_to_one(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.delitem(sys.modules, "portal.storage.object_store", raising=False)

    result = run("work", "--once", PORTAL_DEMO="1", PORTAL_RECEIPTS="s3://papers")

    assert result.exit_code == 1
    assert "deploy/lock/objects.txt" in result.output


def test_a_busy_port_is_told_in_one_line_that_names_another(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", PORTAL_DEMO="1", PORT=str(port))

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert f"PORT={port + 1}" in result.output


def test_a_demo_does_not_open_itself_to_the_network(run):
    result = run("serve", "--demo", HOST="0.0.0.0")

    assert result.exit_code == 1
    assert "127.0.0.1" in result.output


def test_a_portal_whose_clock_is_behind_its_records_does_not_start(run, tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    schema.upgrade(database)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    actor = RecordedActor("system", None, None)
    with database.writing() as session:
        acts = [("jinning", PersonViewed(1))]
        write(session, KeyRing.generate(), acts, actor=actor, at=tomorrow, request_id=None)
    database.close()

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    result = run("serve", PORTAL_DEMO="1", PORT=str(port))

    assert result.exit_code == 1
    assert "clock" in result.output


def test_a_gateway_that_cannot_be_used_is_told_as_a_setting(run, tmp_path):
    run("key", "new")
    gateway = {"PORTAL_SMS_URL": "https://sms.example", "PORTAL_SMS_ACCOUNT": "a", "PORTAL_SMS_KEY": "short"}

    result = run("work", "--once", **gateway)

    assert result.exit_code == 1
    assert "PORTAL_SMS_KEY" in result.output
    assert "16 bytes" in result.output
