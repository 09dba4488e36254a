import gzip
import json
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from portal.crypto.key_ring import KeyRing
from portal.domain.backups import BackupChanged, BackupFolderInUse, DatabaseNotEmpty, ReceiptsHeld
from portal.domain.key_rotation import ValuesRenewed
from portal.services import audit, backups
from portal.services.backups import make_backup, restore_backup
from portal.services.work import SYSTEM, House, begin_work
from portal.storage import audit as stored_audit
from portal.storage import schema
from portal.storage.backups import list_shapes
from portal.storage.database import Database
from portal.storage.leases import take_lease
from portal.storage.models import Base
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.messages import NoticeRecord
from portal.storage.object_store import ObjectStore
from tests.builders import NOW, make_house, make_person, make_receipt, make_staff

KEYS = KeyRing.generate()


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


def test_a_backup_overwrites_nothing(house: House, tmp_path: Path):
    (tmp_path / "backup").mkdir()

    with pytest.raises(BackupFolderInUse):
        make_backup(house, tmp_path / "backup", clock, nothing)


def test_no_backup_begins_while_receipts_are_being_swept(house: House, tmp_path: Path):
    with house.database.writing() as session:
        take_lease(session, backups.RECEIPTS_LEASE, "sweeper", NOW, NOW.replace(hour=23))

    with pytest.raises(ReceiptsHeld):
        make_backup(house, tmp_path / "backup", clock, nothing)
