import json
import os
from pathlib import Path
from threading import Thread

import pytest
from click import ClickException
from click.testing import CliRunner, Result

from portal.cli import main
from portal.cli.key import held_ring
from portal.content.matcher import Matcher
from portal.crypto.key_ring import KeyRing, Purpose
from portal.crypto.suites import Suite
from portal.services.work import House
from portal.storage import schema
from portal.storage.database import Database
from tests.builders import make_house, make_person


@pytest.fixture
def run(tmp_path: Path):
    def run(*arguments: str) -> Result:
        settings = {"PORTAL_DATA": str(tmp_path), "PORTAL_DEMO": "0", "PORTAL_KEYS": ""}
        return CliRunner().invoke(main, ["key", *arguments], env=settings)

    return run


def test_a_new_ring_is_for_the_service_only_and_never_overwritten(run, tmp_path: Path):
    made = run("new", "--suite", "sm")
    again = run("new")

    assert made.exit_code == 0, made.output
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert again.exit_code == 1
    assert "already" in again.output
    assert {key["suite"] for key in json.loads(run("export").output)["keys"]} == {"sm4-gcm+hmac-sm3"}


def test_a_place_where_no_ring_can_stand_is_told(tmp_path: Path):
    (tmp_path / "file").touch()

    result = CliRunner().invoke(
        main, ["key", "new"], env={"PORTAL_KEYS": str(tmp_path / "file" / "keys.json")}
    )

    assert result.exit_code == 1
    assert "no folder that may be written" in result.output


def test_a_file_that_is_no_text_is_no_ring(run, tmp_path: Path):
    (tmp_path / "keys.json").write_bytes(b"\xff\xfe")

    result = run("export")

    assert result.exit_code == 1
    assert "keys.json" in result.output
    assert isinstance(result.exception, SystemExit)


def test_what_is_printed_for_the_safe_is_the_ring(run, tmp_path: Path):
    run("new")

    assert KeyRing.from_json(run("export").output).to_json() == (tmp_path / "keys.json").read_text()


def test_a_next_key_is_known_first_and_used_after(run, tmp_path: Path):
    run("new")

    def in_use() -> bytes:
        return KeyRing.from_json((tmp_path / "keys.json").read_text()).prefix_in_use(Purpose.FIELD)

    before = in_use()
    run("rotate", "add", "field")
    waiting = in_use()
    run("rotate", "use", "field")

    assert [before, waiting, in_use()] == [b"\0\1", b"\0\1", b"\0\2"]


@pytest.mark.parametrize("steps", [["use"], ["add", "add"], ["add", "use", "use"]])
def test_a_step_out_of_order_changes_nothing(run, tmp_path: Path, steps: list[str]):
    run("new")
    for step in steps[:-1]:
        run("rotate", step, "index")
    before = (tmp_path / "keys.json").read_text()

    refused = run("rotate", steps[-1], "index")

    assert refused.exit_code == 1
    assert refused.output.startswith("Error: ")
    assert (tmp_path / "keys.json").read_text() == before


def test_without_a_ring_the_way_to_one_is_told(run):
    refused = run("export")

    assert refused.exit_code == 1
    assert "portal key new" in refused.output


def test_two_changes_at_once_are_both_kept(run, tmp_path: Path, monkeypatch):
    run("new")
    monkeypatch.setenv("PORTAL_KEYS", str(tmp_path / "keys.json"))
    meanwhile = Thread(target=run, args=("rotate", "add", "field"))

    with held_ring() as (ring, put_back):
        meanwhile.start()
        meanwhile.join(0.2)  # long enough for it to have changed the file, if it does not wait
        put_back(ring.with_next_key(Purpose.INDEX, Suite.AES))
    meanwhile.join()

    ring = KeyRing.from_json((tmp_path / "keys.json").read_text())
    assert [purpose for purpose in Purpose if ring.has_next_key(purpose)] == [Purpose.FIELD, Purpose.INDEX]


def test_a_ring_that_was_brought_meanwhile_is_left_as_it_is(run, tmp_path: Path, monkeypatch):
    run("new")
    file = tmp_path / "keys.json"
    monkeypatch.setenv("PORTAL_KEYS", str(file))
    brought = KeyRing.generate().to_json()

    with held_ring() as (ring, put_back):
        changed = ring.with_next_key(Purpose.INDEX, Suite.AES)
        file.write_text(brought)
        with pytest.raises(ClickException, match="changed meanwhile"):
            put_back(changed)

    assert file.read_text() == brought


def test_a_change_keeps_who_may_read_the_file_and_the_link_to_it(run, tmp_path: Path):
    run("new")
    file, safe = tmp_path / "keys.json", tmp_path / "safe" / "ring.json"
    safe.parent.mkdir()
    file.rename(safe)
    safe.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(safe, 4711, 4712)
    before = safe.stat()
    file.symlink_to(safe)

    assert run("rotate", "add", "field").exit_code == 0

    after = safe.stat()
    assert file.is_symlink()
    assert KeyRing.from_json(safe.read_text()).has_next_key(Purpose.FIELD)
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


@pytest.fixture
def furnished(tmp_path: Path, monkeypatch) -> House:
    """A house whose database and keys the commands find."""
    monkeypatch.setattr(Matcher, "load", lambda *_: None)  # nobody here asks the assistant
    for name in ("PORTAL_SMS_URL", "PORTAL_SMS_ACCOUNT", "PORTAL_SMS_KEY"):
        monkeypatch.setenv(name, "https://sms.example")
    database = Database(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    schema.upgrade(database)
    keys = KeyRing.generate()
    (tmp_path / "keys.json").write_text(keys.to_json())
    return make_house(database, tmp_path, matcher=None, keys=keys)


@pytest.mark.parametrize("step", ["renew", "drop"])
@pytest.mark.parametrize(("before", "first"), [([], "add"), (["add"], "use")])
def test_a_step_that_has_nothing_to_do_says_which_comes_first(
    run, furnished: House, step: str, before: list[str], first: str
):
    for each in before:
        run("rotate", each, "field")

    refused = run("rotate", step, "field")

    assert refused.exit_code == 1
    assert f"First: portal key rotate {first} field" in refused.output


def test_a_key_that_is_still_needed_is_refused_with_what_needs_it(run, furnished: House):
    make_person(furnished)
    run("rotate", "add", "field")
    run("rotate", "use", "field")

    refused = run("rotate", "drop", "field")
    run("rotate", "renew", "field")
    dropped = run("rotate", "drop", "field")

    assert refused.exit_code == 1
    assert "rows of person (1)" in refused.output
    assert refused.output.isascii()
    assert dropped.exit_code == 0, dropped.output
