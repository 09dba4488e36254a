import json

import pytest
from click.testing import CliRunner

from portal.cli import main
from portal.cli.progress import files_done
from portal.content.matcher import Matcher
from portal.crypto.key_ring import KeyRing
from portal.storage import schema
from portal.storage.blobs import FolderStore
from portal.storage.database import Database
from tests.builders import make_house, make_person


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
def backup(run, tmp_path):
    """A backup of an empty house with one receipt that no row speaks of."""
    (tmp_path / "here").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'here' / 'portal.sqlite'}")
    schema.upgrade(database)
    database.close()
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


def test_a_changed_backup_is_named_by_its_file(run, backup):
    (backup / "rows/person.jsonl.gz").write_bytes(b"other")

    back = run("restore", str(backup), folder="there")

    assert back.exit_code == 1
    assert "person.jsonl.gz is missing or changed" in back.output


def test_a_ring_with_one_wrong_letter_is_told_when_a_backup_was_brought_back(run, backup, tmp_path):
    ring = tmp_path / "keys.json"
    database = Database(f"sqlite:///{tmp_path / 'here' / 'portal.sqlite'}")
    make_person(make_house(database, tmp_path, matcher=None, keys=KeyRing.from_json(ring.read_text())))
    database.close()
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
