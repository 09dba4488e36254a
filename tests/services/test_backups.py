import errno
import gzip
import hashlib
import json
import threading
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Date, DateTime, LargeBinary, MetaData, Table, insert, select, text
from sqlalchemy.types import TypeEngine

from portal.crypto.key_ring import KeyRing
from portal.domain.backups import (
    BackupChanged,
    BackupFolderInUse,
    BackupOfLaterRelease,
    DatabaseNotEmpty,
    ReceiptsHeld,
    ReceiptsInTheWay,
)
from portal.domain.key_rotation import ValuesRenewed
from portal.services import audit, backups, identity, sessions
from portal.services.backups import make_backup, restore_backup
from portal.services.work import SYSTEM, House, begin_work
from portal.storage import audit as stored_audit
from portal.storage import schema
from portal.storage.backups import list_shapes
from portal.storage.database import Database
from portal.storage.leases import take_lease
from portal.storage.models import Base
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import ClaimRecord
from portal.storage.models.messages import NoticeRecord
from portal.storage.models.sessions import CodeRecord
from portal.storage.object_store import ObjectStore
from portal.storage.receipts import ReceiptFile
from tests.builders import NOW, make_house, make_person, make_receipt, make_staff
from tests.chaos.test_migration import REVISIONS, read_state
from tests.chaos.test_migration import fill as fill_tables

KEYS = KeyRing.generate()
NOT_KEPT = {"lease", "roster_preview", "session", "one_time_code", "alembic_version"}


def clock(_session: object):
    return NOW


def nothing(_file: str) -> None:
    pass


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return make_house(database, tmp_path / "here", matcher=None, keys=KEYS)


@pytest.fixture
def elsewhere(empty_database: Database, tmp_path: Path) -> House:
    schema.upgrade(empty_database)
    return make_house(empty_database, tmp_path / "there", matcher=None, keys=KEYS)


def fill(house: House) -> None:
    """Something of every kind of value: sealed bytes, fen, days, moments, facts, empty cells."""
    person = make_person(house, opening_prior_subsidy=Decimal("1234.05"))
    make_person(house, phone=None, account=None)
    make_staff(house)
    with begin_work(house, SYSTEM, clock) as work:
        audit.record(work, ValuesRenewed("field", 2), region="jinning")
        work.session.execute(
            insert(NoticeRecord).values(
                person_id=person, wording="x", facts={"年": 2026, "行": ["一\n二", None]}, at=NOW
            )
        )


def file_claim(house: House, number: str, person: int) -> int:
    """A claim on record, with nothing of what happened to it."""
    with house.database.writing() as session:
        claim: int = session.execute(
            insert(ClaimRecord)
            .values(
                number=number,
                region="jinning",
                town="昆阳街道",
                village="样板村",
                kind="reimbursement",
                person_id=person,
                answers={},
                filed_at=NOW,
                promised_on=NOW.date(),
                first_contact_job_no="0001",
                state="filed",
                state_since=NOW,
            )
            .returning(ClaimRecord.id)
        ).scalar_one()
    return claim


def back_up_as_then(database: Database, folder: Path) -> None:
    """A backup as it was made by the release whose schema this database has, without receipts."""
    tables, files = MetaData(), {}
    (folder / "rows").mkdir(parents=True)
    with database.engine.connect() as connection:
        revision = schema.find_revision(connection)
        tables.reflect(connection)
        kept = [each for each in tables.sorted_tables if each.name not in NOT_KEPT]
        for table in kept:
            lines = [json.dumps([spell(value) for value in row]) for row in connection.execute(select(table))]
            packed = gzip.compress("".join(f"{line}\n" for line in lines).encode())
            (folder / f"rows/{table.name}.jsonl.gz").write_bytes(packed)
            files[f"rows/{table.name}.jsonl.gz"] = hashlib.sha256(packed).hexdigest()
    write_manifest(
        folder,
        {
            "format": 1,
            "taken_at": NOW.isoformat(),
            "schema": revision,
            "tables": [{"name": each.name, "columns": describe(each)} for each in kept],
            "files": files,
        },
    )


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    manifest = json.dumps(content).encode()
    (folder / "manifest.json").write_bytes(manifest)
    (folder / "manifest.mac").write_text(KEYS.mac(b"backup\n" + manifest).hex())


def describe(table: Table) -> list[tuple[str, str]]:
    """The columns of a table with the names of their kinds."""
    kinds: dict[type[TypeEngine[Any]], str] = {
        LargeBinary: "bytes",
        DateTime: "instant",
        Date: "date",
        JSON: "facts",
    }
    return [
        (column.name, next((name for kind, name in kinds.items() if isinstance(column.type, kind)), "plain"))
        for column in table.columns
    ]


def spell(value: object) -> object:
    match value:
        case bytes():
            return b64encode(value).decode()
        case datetime():
            return value.replace(tzinfo=UTC).isoformat()
        case date():
            return value.isoformat()
    return value


def rows(house: House) -> dict[str, list[tuple[object, ...]]]:
    with house.database.reading() as session:
        return {
            shape.name: [
                tuple(row)
                for row in session.execute(
                    select(Base.metadata.tables[shape.name]).order_by(
                        *Base.metadata.tables[shape.name].primary_key.columns
                    )
                )
            ]
            for shape in list_shapes()
        }


def test_every_row_and_receipt_comes_back_as_it_was(house: House, elsewhere: House, tmp_path: Path):
    fill(house)
    make_receipt(house, person_id=make_person(house), claim_id=None)

    make_backup(house, tmp_path / "backup", clock, nothing)
    restore_backup(elsewhere, tmp_path / "backup", clock, nothing)

    assert rows(elsewhere) == rows(house)
    (name,) = house.blobs.list_names()
    assert elsewhere.blobs.get(name) == house.blobs.get(name)


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_backup_of_every_earlier_schema_comes_back(empty_database: Database, tmp_path: Path, revision: str):
    old = Database(f"sqlite:///{tmp_path / 'old.sqlite'}")
    fill_tables(old, revision)
    back_up_as_then(old, tmp_path / "backup")
    kept = {name: len(of_table) for name, of_table in read_state(old)[1].items() if name not in NOT_KEPT}
    old.close()
    back = make_house(empty_database, tmp_path / "there", matcher=None, keys=KEYS)

    restore_backup(back, tmp_path / "backup", clock, nothing)

    assert kept.items() <= {name: len(of_table) for name, of_table in rows(back).items()}.items()
    assert make_person(back) == kept["person"] + 1


def test_a_backup_of_a_later_schema_is_refused(house: House, empty_database: Database, tmp_path: Path):
    folder = tmp_path / "backup"
    make_backup(house, folder, clock, nothing)
    write_manifest(folder, json.loads((folder / "manifest.json").read_bytes()) | {"schema": "9999"})
    empty = make_house(empty_database, tmp_path / "there", matcher=None, keys=KEYS)

    with pytest.raises(BackupOfLaterRelease):
        restore_backup(empty, folder, clock, nothing)

    with empty_database.engine.connect() as connection:
        assert schema.find_revision(connection) is None


def test_what_an_earlier_release_backs_up_on_a_later_schema_it_can_bring_back(
    house: House, elsewhere: House, tmp_path: Path
):
    fill(house)
    with house.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    make_backup(house, tmp_path / "backup", clock, nothing)

    restore_backup(elsewhere, tmp_path / "backup", clock, nothing)

    assert rows(elsewhere) == rows(house)


def test_nothing_is_brought_back_into_tables_of_another_release(
    house: House, empty_database: Database, tmp_path: Path
):
    make_backup(house, tmp_path / "backup", clock, nothing)
    schema.upgrade(empty_database, to=REVISIONS[0])
    other = make_house(empty_database, tmp_path / "there", matcher=None, keys=KEYS)

    with pytest.raises(DatabaseNotEmpty):
        restore_backup(other, tmp_path / "backup", clock, nothing)


def test_receipts_move_from_a_folder_to_a_bucket_and_back(
    house: House, elsewhere: House, bucket: str, tmp_path: Path
):
    make_receipt(house, person_id=make_person(house), claim_id=None)
    in_bucket = replace(elsewhere, blobs=ObjectStore(bucket))
    make_backup(house, tmp_path / "backup", clock, nothing)

    restore_backup(in_bucket, tmp_path / "backup", clock, nothing)
    make_backup(in_bucket, tmp_path / "again", clock, nothing)

    (name,) = house.blobs.list_names()
    assert in_bucket.blobs.list_names() == [name]
    assert (tmp_path / f"again/receipts/{name}").read_bytes() == house.blobs.get(name)


def test_the_chain_holds_and_numbering_goes_on_after_a_restore(
    house: House, elsewhere: House, tmp_path: Path
):
    fill(house)
    make_backup(house, tmp_path / "backup", clock, nothing)

    restore_backup(elsewhere, tmp_path / "backup", clock, nothing)
    added = make_person(elsewhere)
    fill(elsewhere)

    with elsewhere.database.reading() as session:
        assert list(stored_audit.list_breaks(session, KEYS, "jinning")) == []
        assert added == max(session.scalars(select(PersonRecord.id)).all()) - 2


def test_a_backup_is_of_one_moment_while_others_write(house: House, tmp_path: Path):
    fill(house)
    before = rows(house)

    def write_meanwhile(file: str) -> None:
        if file.startswith("rows/"):
            writer = threading.Thread(target=fill, args=(house,))
            writer.start()
            writer.join()

    made = make_backup(house, tmp_path / "backup", clock, write_meanwhile)

    kept = {
        shape.name: len(
            gzip.decompress((tmp_path / f"backup/rows/{shape.name}.jsonl.gz").read_bytes()).splitlines()
        )
        for shape in made.tables
    }
    assert kept == {name: len(of_table) for name, of_table in before.items()}


def test_a_backup_holds_no_key(house: House, tmp_path: Path):
    fill(house)

    make_backup(house, tmp_path / "backup", clock, nothing)

    secrets = [key["secret"] for key in json.loads(KEYS.to_json())["keys"]]
    for path in (tmp_path / "backup").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        plain = gzip.decompress(content) if path.suffix == ".gz" else content
        assert not any(secret.encode() in plain for secret in secrets)


def test_a_changed_byte_is_told_by_its_file_and_nothing_is_brought_back(
    house: House, elsewhere: House, tmp_path: Path
):
    fill(house)
    make_receipt(house, person_id=make_person(house), claim_id=None)
    folder = tmp_path / "backup"
    make_backup(house, folder, clock, nothing)
    named = []

    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        sound = path.read_bytes()
        path.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
        with pytest.raises(BackupChanged) as refused:
            restore_backup(elsewhere, folder, clock, nothing)
        named.append((str(path.relative_to(folder)), refused.value.facts["file"]))
        path.write_bytes(sound)

    assert [told for path, told in named if path != "manifest.mac"] == [
        path for path, _ in named if path != "manifest.mac"
    ]
    assert rows(elsewhere)["person"] == []


def test_a_backup_that_lost_a_file_or_was_made_with_other_keys_is_refused(
    house: House, elsewhere: House, tmp_path: Path
):
    make_backup(house, tmp_path / "backup", clock, nothing)

    with pytest.raises(BackupChanged):
        restore_backup(replace(elsewhere, keys=KeyRing.generate()), tmp_path / "backup", clock, nothing)
    (tmp_path / "backup/rows/person.jsonl.gz").unlink()
    with pytest.raises(BackupChanged) as refused:
        restore_backup(elsewhere, tmp_path / "backup", clock, nothing)

    assert refused.value.facts == {"file": "rows/person.jsonl.gz"}


def test_nothing_is_brought_back_over_something_else(house: House, elsewhere: House, tmp_path: Path):
    make_backup(house, tmp_path / "backup", clock, nothing)
    make_person(elsewhere)

    with pytest.raises(DatabaseNotEmpty):
        restore_backup(elsewhere, tmp_path / "backup", clock, nothing)


def test_nothing_is_brought_back_to_where_receipts_of_others_stand(
    house: House, elsewhere: House, tmp_path: Path
):
    fill(house)
    make_backup(house, tmp_path / "backup", clock, nothing)
    other = elsewhere.blobs.add(b"another county's")

    with pytest.raises(ReceiptsInTheWay) as refused:
        restore_backup(elsewhere, tmp_path / "backup", clock, nothing)

    assert refused.value.facts == {"name": other}
    assert rows(elsewhere)["person"] == []


def test_a_restore_that_was_broken_off_goes_on_over_its_own_receipts(
    house: House, elsewhere: House, tmp_path: Path
):
    make_receipt(house, person_id=make_person(house), claim_id=None)
    make_backup(house, tmp_path / "backup", clock, nothing)

    with pytest.raises(KeyboardInterrupt):
        restore_backup(elsewhere, tmp_path / "backup", clock, interrupt)
    restore_backup(elsewhere, tmp_path / "backup", clock, nothing)

    assert rows(elsewhere) == rows(house)


def test_a_backup_overwrites_nothing(house: House, tmp_path: Path):
    (tmp_path / "backup").mkdir()

    with pytest.raises(BackupFolderInUse):
        make_backup(house, tmp_path / "backup", clock, nothing)


def test_neither_backup_nor_restore_begins_while_receipts_are_being_swept(
    house: House, elsewhere: House, tmp_path: Path
):
    make_backup(house, tmp_path / "backup", clock, nothing)
    until = NOW.replace(hour=23)
    for each in (house, elsewhere):
        with each.database.writing() as session:
            take_lease(session, backups.RECEIPTS_LEASE, "sweeper", NOW, until)

    with pytest.raises(ReceiptsHeld) as refused:
        make_backup(house, tmp_path / "another", clock, nothing)
    with pytest.raises(ReceiptsHeld):
        restore_backup(elsewhere, tmp_path / "backup", clock, nothing)

    assert refused.value.facts == {"until": until}
    assert list(tmp_path.glob("another*")) == []


def test_a_second_backup_leaves_the_first_its_hold_on_receipts(house: House, tmp_path: Path):
    def begin_another(_file: str) -> None:
        with pytest.raises(ReceiptsHeld):
            make_backup(house, tmp_path / "second", clock, nothing)

    make_backup(house, tmp_path / "first", clock, begin_another)
    make_backup(house, tmp_path / "third", clock, nothing)

    assert sorted(
        path.name for path in tmp_path.iterdir() if path.is_dir() and path != tmp_path / "here"
    ) == [
        "first",
        "third",
    ]


def interrupt(_file: str) -> None:
    raise KeyboardInterrupt


def fill_the_disk(_file: str) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("fail", [interrupt, fill_the_disk])
def test_a_backup_that_fails_leaves_nothing_and_can_be_made_again(house: House, tmp_path: Path, fail):
    with pytest.raises((KeyboardInterrupt, OSError)):
        make_backup(house, tmp_path / "backup", clock, fail)
    left = list(tmp_path.glob("backup*"))

    make_backup(house, tmp_path / "backup", clock, nothing)

    assert left == []


def test_what_a_killed_backup_left_is_written_anew(house: House, tmp_path: Path):
    (tmp_path / "backup.part/rows").mkdir(parents=True)
    (tmp_path / "backup.part/rows/person.jsonl.gz").write_bytes(b"half of")

    make_backup(house, tmp_path / "backup", clock, nothing)

    assert backups.read_backup(house, tmp_path / "backup").tables
    assert not (tmp_path / "backup.part").exists()


def test_a_receipt_whose_file_is_gone_is_named_and_everything_else_is_kept(
    house: House, elsewhere: House, tmp_path: Path
):
    person = make_person(house)
    claim = file_claim(house, "JN2026000001", person)
    gone = make_receipt(house, person_id=person, claim_id=claim)
    (lost,) = house.blobs.list_names()
    house.blobs.remove(lost)
    make_receipt(house, person_id=person, claim_id=None)

    made = make_backup(house, tmp_path / "backup", clock, nothing)
    back = restore_backup(elsewhere, tmp_path / "backup", clock, nothing)

    assert made.lost == back.lost == (ReceiptFile(gone, "JN2026000001", lost),)
    assert rows(elsewhere) == rows(house)
    assert elsewhere.blobs.list_names() == house.blobs.list_names()


def test_nobody_is_let_in_by_what_let_them_in_before(house: House, elsewhere: House, tmp_path: Path):
    person = make_person(house)
    with begin_work(house, SYSTEM, clock) as work:
        token = sessions.open_citizen_session(work, person, None)
        identity.issue_paper_code(work, person)
    backups.make_backup(house, tmp_path / "backup", clock, nothing)

    backups.restore_backup(elsewhere, tmp_path / "backup", clock, nothing)

    with begin_work(elsewhere, SYSTEM, clock) as work:
        assert sessions.resume(work, token) is None
        assert work.session.scalars(select(CodeRecord)).all() == []


def test_a_file_that_is_changed_after_the_first_look_is_not_brought_back(
    house: House, elsewhere: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    make_person(house, name="李桂芳")
    backup = backups.make_backup(house, tmp_path / "backup", clock, nothing)
    rows = tmp_path / "backup" / "rows" / "person.jsonl.gz"
    changed = gzip.compress(gzip.decompress(rows.read_bytes()).replace("李桂芳".encode(), "王二".encode()))
    monkeypatch.setattr(backups, "read_backup", lambda *_: rows.write_bytes(changed) and backup)

    with pytest.raises(BackupChanged) as refused:
        backups.restore_backup(elsewhere, tmp_path / "backup", clock, nothing)

    assert refused.value.facts["file"] == "rows/person.jsonl.gz"
    with elsewhere.database.reading() as session:
        assert session.scalars(select(PersonRecord.id)).all() == []
