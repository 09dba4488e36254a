import json
import os
import signal
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from portal.cli import main
from portal.cli.progress import files_done
from portal.content.matcher import Matcher
from portal.crypto.key_ring import KeyRing
from portal.services.backups import RECEIPTS_LEASE
from portal.storage import schema
from portal.storage.blobs import FolderStore
from portal.storage.database import Database
from portal.storage.leases import find_lease_end, take_lease
from tests.builders import make_house, make_person, make_receipt


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(Matcher, "load", lambda *_: None)  # nobody here asks the assistant

    def run(*arguments: str, folder: str = "here"):
        settings = {
            "PORTAL_DATA": str(tmp_path / folder),
            "PORTAL_DEMO": "1",
            "PORTAL_KEYS": str(tmp_path / "keys.json"),
        }
        return CliRunner().invoke(main, arguments, env=settings)

    return run


@pytest.fixture
def database(tmp_path):
    (tmp_path / "here").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'here' / 'portal.sqlite'}")
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def backup(run, database, tmp_path):
    """A backup of an empty house with one receipt that no row speaks of."""
    FolderStore(tmp_path / "here/receipts").add(b"sealed")
    made = run("backup", str(tmp_path / "backup"))
    assert made.exit_code == 0, made.output
    return tmp_path / "backup"


def test_a_backup_is_made_and_brought_back_elsewhere(run, backup):
    back = run("restore", str(backup), folder="there")

    assert back.exit_code == 0, back.output
    assert "Everything stands as it did on" in back.output


def test_a_backup_is_not_made_twice_in_one_place(run, backup):
    again = run("backup", str(backup))

    assert again.exit_code == 1
    assert "nothing was done" in again.output


def test_a_backup_that_cannot_be_written_says_why(run, database, tmp_path):
    (tmp_path / "disk").write_bytes(b"no folder")

    made = run("backup", str(tmp_path / "disk/backup"))

    assert made.exit_code == 1
    assert made.output.startswith(f"Error: {tmp_path / 'disk/backup'} was not made: ")
    assert made.output.count("\n") == 1


def test_a_backup_that_is_told_to_stop_leaves_nothing(run, database, tmp_path):
    house = make_house(database, tmp_path / "here", matcher=None)
    make_receipt(house, person_id=make_person(house), claim_id=None)
    (tmp_path / "keys.json").write_text(house.keys.to_json())
    (receipt,) = (tmp_path / "here/receipts").glob("??/*")
    receipt.unlink()
    os.mkfifo(receipt)  # whoever reads it waits

    def stop() -> None:
        while not (tmp_path / "backup.part/receipts").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.2)
        with suppress(OSError):  # nobody reads any more
            os.close(os.open(receipt, os.O_WRONLY | os.O_NONBLOCK))

    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    stopping = threading.Thread(target=stop)
    stopping.start()
    made = run("backup", str(tmp_path / "backup"))
    stopping.join()
    signal.signal(signal.SIGTERM, before)

    assert made.exit_code == 1
    assert list(tmp_path.glob("backup*")) == []
    with database.reading() as session:
        assert find_lease_end(session, RECEIPTS_LEASE) is None


def test_a_lost_receipt_is_named_at_the_end_of_a_backup_that_holds_everything_else(run, database, tmp_path):
    house = make_house(database, tmp_path / "here", matcher=None)
    receipt = make_receipt(house, person_id=make_person(house), claim_id=None)
    (tmp_path / "keys.json").write_text(house.keys.to_json())
    (blob,) = house.blobs.list_names()
    house.blobs.remove(blob)

    made = run("backup", str(tmp_path / "backup"))
    back = run("restore", str(tmp_path / "backup"), folder="there")

    assert made.exit_code == 1
    assert f"receipt {receipt} of a draft is lost: there is no file {blob}" in made.output
    assert back.exit_code == 0, back.output
    assert "1 receipts were lost before that" in back.output


def test_who_cannot_begin_for_another_backup_is_told_so_and_until_when(run, database, tmp_path):
    now = datetime.now(UTC)
    until = now + timedelta(hours=1)
    with database.writing() as session:
        take_lease(session, RECEIPTS_LEASE, "another", now, until)

    made = run("backup", str(tmp_path / "backup"))

    assert made.exit_code == 1
    assert "Another backup is going on" in made.output
    assert f"{until:%H:%M} UTC" in made.output


def test_receipts_of_somebody_else_are_named_before_anything_is_brought_back(run, backup, tmp_path):
    other = FolderStore(tmp_path / "there/receipts").add(b"another county's")

    back = run("restore", str(backup), folder="there")

    assert back.exit_code == 1
    assert other in back.output
    assert not (tmp_path / "there/portal.sqlite").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "check"),
        ("backup", "backup"),
        ("claims", "check"),
        ("key", "rotate", "renew", "field"),
        ("ledger", "check"),
        ("staff", "list"),
        ("work", "--once"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_before_the_first_start_a_command_says_what_to_do(run, tmp_path, arguments):
    (tmp_path / "here").mkdir()

    early = run(*arguments)

    assert early.exit_code == 1
    assert "Start `portal serve` once" in early.output


def test_a_schema_of_an_earlier_release_is_not_taken_for_ours(run, tmp_path):
    (tmp_path / "here").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'here' / 'portal.sqlite'}")
    schema.upgrade(database, to="0001")
    database.close()

    assert "Start `portal serve` once" in run("audit", "check").output


def test_a_changed_backup_is_named_by_its_file(run, backup):
    (backup / "rows/person.jsonl.gz").write_bytes(b"other")

    back = run("restore", str(backup), folder="there")

    assert back.exit_code == 1
    assert "person.jsonl.gz is missing or changed" in back.output


def test_a_ring_with_one_wrong_letter_is_told_when_a_backup_was_brought_back(run, backup, database, tmp_path):
    ring = tmp_path / "keys.json"
    make_person(make_house(database, tmp_path, matcher=None, keys=KeyRing.from_json(ring.read_text())))
    run("backup", str(tmp_path / "filled"))
    content = json.loads(ring.read_text())
    field = next(key for key in content["keys"] if key["purpose"] == "field")
    field["secret"] = ("B" if field["secret"][0] == "A" else "A") + field["secret"][1:]
    ring.write_text(json.dumps(content))

    back = run("restore", str(tmp_path / "filled"), folder="there")

    assert back.exit_code == 1
    assert "field does not fit. Everything was brought back" in back.output


def test_on_a_terminal_the_files_that_are_done_are_counted(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    with files_done() as on_file:
        on_file("rows/person.jsonl.gz")
        on_file("receipts/9f")

    assert capsys.readouterr().err.split("\r\033[K") == [
        "",
        "1 files, rows/person.jsonl.gz",
        "2 files, receipts/9f",
        "",
    ]
