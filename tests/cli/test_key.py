import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.crypto.key_ring import KeyRing, Purpose


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
