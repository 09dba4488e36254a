import socket
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from portal.cli import COMMANDS, Portal, main
from portal.cli.serve import prepare_database
from portal.config import Settings
from portal.crypto.key_ring import KeyRing
from portal.domain.disclosure import PersonViewed
from portal.domain.errors import StorageBusy, StorageFull
from portal.storage import schema
from portal.storage.audit import RecordedActor, write
from portal.storage.database import Database

GATEWAY = {
    "PORTAL_SMS_URL": "https://texts.example/send",
    "PORTAL_SMS_ACCOUNT": "portal",
    "PORTAL_SMS_KEY": "a made-up key of 16 bytes and more",
}
BUCKET = {
    "PORTAL_RECEIPTS": "s3://papers/receipts",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_REGION": "cn-north-1",
    "AWS_ACCESS_KEY_ID": "somebody",
    "AWS_SECRET_ACCESS_KEY": "a made-up secret",
}


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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_DEMO", "true"),
        ("PORTAL_GZIP", "yes"),
        ("PORTAL_SECURE_COOKIES", "true"),
        ("PORTAL_REGIONS", "jinning,nowhere"),
        ("PORTAL_REGIONS", " "),
        ("PORTAL_REGIONS", ","),
        ("PORTAL_WORKERS", "0"),
        ("PORTAL_THREADS", "0"),
        ("PORTAL_PROXIES", "-1"),
        ("PORT", "70000"),
        ("PORT", "http"),
        ("PORTAL_URL", "nonsense"),
        ("PORTAL_URL", "https://portal.example/county"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://portal@localhost/portal"),
        ("DATABASE_URL", "postgresql://portal@localhost:port/portal"),
        ("DATABASE_URL", "postgresql://portal@localhost/portal?sslmod=require"),
        ("DATABASE_URL", "postgresql://portal@localhost/portal?conninfo=x"),
        ("DATABASE_URL", "sqlite://"),
        ("PORTAL_RECEIPTS", "papers"),
        ("PORTAL_RECEIPTS", "/srv/receipts"),
        ("PORTAL_RECEIPTS", "s3:///receipts"),
        ("PORTAL_RECEIPTS", "s3://papers//receipts"),
        ("PORTAL_RECEIPTS", "https://papers"),
        ("PORTAL_SMS_URL", "http://texts.example"),
        ("PORTAL_SMS_URL", "https://texts.example:port"),
        ("PORTAL_SMS_KEY", "short"),
        *((name, "") for name in BUCKET if name != "PORTAL_RECEIPTS"),
    ],
)
def test_a_wrong_setting_is_named_alone_and_nothing_starts(run, name: str, value: str):
    run("key", "new")

    result = run("serve", **{**GATEWAY, **BUCKET, name: value})

    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)  # and nothing that would show its lines of code
    assert result.output.count("\n") == 1
    assert name in result.output


def test_an_empty_setting_counts_as_left_out(tmp_path, monkeypatch: pytest.MonkeyPatch):
    names = ("PORTAL_DATA", "PORTAL_KEYS", "PORTAL_REGIONS", "PORTAL_URL", "PORTAL_GZIP", "DATABASE_URL")
    more = ("PORTAL_SECURE_COOKIES", "PORTAL_WORKERS", "PORTAL_RECEIPTS", "HOST", "PORT")
    monkeypatch.chdir(tmp_path)
    given = {"PORTAL_DEMO": "1"}

    empty = Settings.from_env(given | dict.fromkeys((*names, *more), ""))

    assert replace(empty, keys=None) == replace(Settings.from_env(given), keys=None)


def test_regions_are_separated_by_commas_and_whatever_space_stands_around_them(tmp_path):
    settings = Settings.from_env(
        {"PORTAL_DEMO": "1", "PORTAL_DATA": str(tmp_path), "PORTAL_REGIONS": "jinning, hedong ,jinning"}
    )

    assert settings.regions == ("jinning", "hedong")


def test_every_wrong_setting_is_told_at_once_with_the_regions_that_are_known(run):
    result = run("serve", PORT="70000", PORTAL_REGIONS="nowhere", PORTAL_GZIP="yes", DATABASE_URL="x")

    assert all(name in result.output for name in ("PORT=", "PORTAL_REGIONS", "PORTAL_GZIP", "DATABASE_URL"))
    assert "guangdong, hedong, jinning" in result.output


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_a_data_folder_that_cannot_be_written_is_told(run, tmp_path, folder: str):
    (tmp_path / "file").touch()

    result = run("serve", PORTAL_DEMO="1", PORTAL_DATA=str(tmp_path / folder))

    assert result.exit_code == 1
    assert "PORTAL_DATA" in result.output
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", KeyRing.generate().to_json().replace('"chain"', '"web"').encode(), None],
    ids=["empty", "cut", "no text", "without a purpose", "a folder"],
)
@pytest.mark.parametrize("command", [("serve",), ("staff", "list")])
def test_keys_that_are_no_key_ring_are_told(run, tmp_path, command: tuple[str, ...], content: bytes | None):
    path = tmp_path / "ring"
    path.mkdir() if content is None else path.write_bytes(content)

    result = run(*command, PORTAL_KEYS=str(path), **GATEWAY)

    assert result.exit_code == 1
    assert f"PORTAL_KEYS: {path}" in result.output
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize(("mode", "doubts"), [(0o600, 0), (0o400, 0), (0o640, 1), (0o644, 1)])
def test_keys_that_others_may_read_are_asked_about_at_the_start(tmp_path, mode: int, doubts: int):
    given = {"PORTAL_DEMO": "1", "PORTAL_DATA": str(tmp_path)}
    Settings.from_env(given).keys_file.chmod(mode)

    told = Settings.from_env(given).list_doubts()

    assert len(told) == doubts
    assert all("PORTAL_KEYS" in doubt for doubt in told)


@pytest.mark.parametrize(("url", "doubts"), [("", 1), ("http://portal.example", 0)])
def test_an_address_that_leads_nobody_to_the_portal_is_asked_about(run, tmp_path, url: str, doubts: int):
    run("key", "new")

    settings = Settings.from_env({"PORTAL_DATA": str(tmp_path), "PORTAL_URL": url, **GATEWAY})

    assert sum("PORTAL_URL" in doubt for doubt in settings.list_doubts()) == doubts


@pytest.mark.parametrize("host", ["203.0.113.5", "no such name"])
def test_a_host_that_is_not_here_is_told_as_such(run, host: str):
    run("key", "new")

    result = run("serve", HOST=host, **GATEWAY)

    assert result.exit_code == 1
    assert "HOST" in result.output


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

    result = run("work", "--once", PORTAL_DEMO="1", **BUCKET)

    assert result.exit_code == 1
    assert "deploy/lock/objects.txt" in result.output


def test_a_busy_port_is_told_in_one_line_that_names_another(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", PORTAL_DEMO="1", PORT=str(port))

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert f"PORT={port + 1}" in result.output


@pytest.mark.parametrize(("error", "told"), [(StorageFull, "no room"), (StorageBusy, "just now")])
def test_a_full_disk_is_told_as_such(error: type[StorageBusy], told: str):
    class Storing(Portal):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            @click.command()
            def store() -> None:
                raise error

            return store

    result = CliRunner().invoke(Storing("portal"), ["store"])

    assert result.exit_code == 1
    assert told in result.output


def test_a_demo_does_not_open_itself_to_the_network(run):
    result = run("serve", "--demo", HOST="0.0.0.0")

    assert result.exit_code == 1
    assert "127.0.0.1" in result.output


def test_a_portal_whose_clock_is_behind_its_records_does_not_start(run, tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    schema.upgrade(database)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    keys = KeyRing.generate()
    (tmp_path / "keys.json").write_text(keys.to_json())
    act_on(database, keys, tomorrow)

    refused = run("serve", PORTAL_DEMO="1", PORT=free_port())
    worked = run("work", "--once", PORTAL_DEMO="1")
    prepare_database(demo_settings(tmp_path), accept_clock=True)
    prepare_database(demo_settings(tmp_path), accept_clock=False)

    assert refused.exit_code == 1
    assert f"act 1 of jinning is on record for {tomorrow:%Y-%m-%d %H:%M} UTC" in refused.output
    assert "--accept-clock" in refused.output
    assert worked.exit_code == 0
    assert "clock behind" in worked.output


@pytest.mark.parametrize("command", [("serve",), ("work", "--once"), ("backup", "away"), ("staff", "list")])
def test_nothing_goes_on_with_the_keys_of_another_database(run, tmp_path, command: tuple[str, ...]):
    database = Database(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    schema.upgrade(database)
    act_on(database, KeyRing.generate(), datetime.now(UTC))

    result = run(*command, PORTAL_DEMO="1", PORT=free_port())

    assert result.exit_code == 1
    assert "chain does not fit" in result.output
    assert str(tmp_path / "keys.json") in result.output


def test_a_single_round_that_the_database_does_not_take_ends_badly(run):
    result = run("work", "--once", PORTAL_DEMO="1", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")

    assert result.exit_code == 1
    assert "The database takes nothing just now" in result.output


def act_on(database: Database, keys: KeyRing, at: datetime) -> None:
    """Put an act on record that a ring has signed."""
    actor = RecordedActor("system", None, None)
    with database.writing() as session:
        write(session, keys, [("jinning", PersonViewed(1))], actor=actor, at=at, request_id=None)
    database.close()


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def demo_settings(data_folder: Path) -> Settings:
    return Settings.from_env({"PORTAL_DEMO": "1", "PORTAL_DATA": str(data_folder)})


def test_a_gateway_that_cannot_be_used_is_told_as_a_setting(run):
    run("key", "new")

    result = run("serve", **{**GATEWAY, "PORTAL_SMS_KEY": "short"})

    assert result.exit_code == 1
    assert "PORTAL_SMS_KEY" in result.output
    assert "16 bytes" in result.output
