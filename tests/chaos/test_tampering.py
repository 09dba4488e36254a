"""Somebody with the disk in hand changes bytes: each change is told, and its row or file named."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.domain import chain
from portal.domain.backups import BackupChanged
from portal.domain.chain import Fault
from portal.services import audit, backups, ledger
from portal.services.work import SYSTEM, House, Work
from portal.storage import audit as stored_audit
from portal.storage import ledger as stored_ledger
from portal.storage import ledger_check
from portal.storage.audit import Break
from portal.storage.ledger import Book
from portal.storage.ledger_check import Finding
from tests.builders import NOW
from tests.chaos.conftest import Settle
from tests.chaos.county import REGION, County
from tests.chaos.crowd import at_work, gather
from tests.chaos.errands import Book as Acknowledgements
from tests.chaos.hosts import Host
from tests.chaos.scale import Figures, Scale
from tests.chaos.vault import ServerVault, Value, Vault

pytestmark = pytest.mark.chaos

SHORT_CHANGES, LONG_CHANGES, CHANGES_A_ROUND = 250, 10_000, 1_000


@dataclass(frozen=True)
class Chain:
    """Where a chain stands, and how its head is signed."""

    table: str
    heads: str
    signed_as: str
    forgery: str

    def read(self, session: Session) -> list[tuple[int, bytes]]:
        """Number and payload of each row."""
        if self.table == "audit_event":
            return [(number, payload) for number, payload, _ in stored_audit.read_chained(session, REGION)]
        spelt = ledger_check.read_chained(session, Book(REGION))
        return [(number, payload) for number, payload, _ in spelt]


CHAINS = (
    Chain("audit_event", "audit_head", f"audit {REGION}", "job_no = '0001'"),
    Chain("ledger_entry", "ledger_head", f"ledger {REGION} main", "facts = '{}'"),
)


def test_every_changed_byte_is_told_with_its_row(settle: Settle, scale: Scale, engine_name: str):
    with lived_in(settle, scale.pick(3, 110)) as (house, vault):

        def change_some(number: int) -> Figures:
            many = scale.pick(SHORT_CHANGES, CHANGES_A_ROUND)
            values, missed = change_values(house, vault, many, Random(number))
            assert missed == [], Counter((value.table, value.column) for value in missed)
            return {"changed": many, "largest number of values": values, "missed": len(missed)}

        total = scale.run(
            f"tampering-{engine_name}", scale.pick(1, LONG_CHANGES // CHANGES_A_ROUND), change_some
        )

    assert total["changed"] >= scale.pick(SHORT_CHANGES, LONG_CHANGES)


def test_a_check_that_does_not_follow_the_chain_is_found_out(
    settle_on_file: Settle, monkeypatch: pytest.MonkeyPatch
):
    with lived_in(settle_on_file, 1) as (house, vault):
        monkeypatch.setattr(stored_audit, "list_faults", lambda *_, **__: ())
        monkeypatch.setattr(ledger_check, "list_faults", lambda *_, **__: ())
        _, missed = change_values(house, vault, 100, Random(1))

    assert missed


def test_a_cut_tail_a_new_chain_and_an_old_copy_are_told(settle: Settle):
    with lived_in(settle, 2) as (house, vault):
        with house.database.reading() as session:
            audit_heads = stored_audit.list_heads(session)
            ledger_heads = stored_ledger.list_heads(session)
        for book, attack in product(CHAINS, (cut_tail, put_old_copy_back, chain_anew)):
            with unguarded(house, vault) as session:
                attack(house, session, book)
                work = Work(house, session, SYSTEM, NOW)
                found = [*audit.check(work, audit_heads), *ledger.check(work, ledger_heads)]
            assert {Fault.TAIL, Fault.HEAD} & {each.fault for each in found}, (book, attack)


def test_a_changed_byte_of_a_backup_is_told_with_its_file(
    settle_on_file: Settle, scale: Scale, tmp_path: Path
):
    with lived_in(settle_on_file, 1) as (house, _):
        backup = tmp_path / "backup"
        backups.make_backup(house, backup, lambda _: NOW, lambda _: None)
        chance = Random(1)
        files = sorted(path for path in backup.rglob("*") if path.is_file())
        for _ in range(scale.pick(300, 10_000)):
            path = chance.choice(files)
            assert told_file(house, backup, path, chance) in (str(path.relative_to(backup)), "manifest.json")


def change_values(house: House, vault: Vault, many: int, chance: Random) -> tuple[int, list[Value]]:
    """Change so many values, each once; returns how many there are, and those of which nobody heard."""
    with house.database.reading() as session:
        values = vault.list_values(session)
    chosen = chance.sample(values, many) if len(values) >= many else chance.choices(values, k=many)
    return len(values), [value for value in chosen if not is_told(house, vault, value, chance)]


@contextmanager
def lived_in(settle: Settle, people: int) -> Iterator[tuple[House, Vault]]:
    """A county in which everybody went about their claims, nothing is wrong, and nothing is guarded."""
    with settle(people) as county, county.open_house() as house:
        live(county)
        with house.database.reading() as session:
            assert list(check(Work(house, session, SYSTEM, NOW))) == []
        yield house, Vault(house.database) if house.database.is_embedded else ServerVault(house.database)


def cut_tail(_: House, session: Session, book: Chain) -> None:
    """Take the last rows out."""
    session.execute(
        text(f"DELETE FROM {book.table} WHERE sequence > (SELECT max(sequence) - 3 FROM {book.table})")
    )


def put_old_copy_back(house: House, session: Session, book: Chain) -> None:
    """Let table and head stand as they did a while ago; that head was signed, back then."""
    cut_tail(house, session, book)
    number, last_link = session.execute(
        text(f"SELECT sequence, chain_hash FROM {book.table} ORDER BY sequence DESC LIMIT 1")
    ).one()
    mac = house.keys.mac(chain.head_payload(book.signed_as, number, bytes(last_link)))
    end_at(session, book, number, bytes(last_link), mac)


def chain_anew(_: House, session: Session, book: Chain) -> None:
    """Change a row and link everything after it as it should be; only the key is lacking."""
    session.execute(text(f"UPDATE {book.table} SET {book.forgery} WHERE sequence = 2"))
    last_link, number = chain.FIRST_LINK, 0
    for number, payload in book.read(session):
        last_link = chain.link(last_link, payload)
        session.execute(
            text(f"UPDATE {book.table} SET chain_hash = :link WHERE sequence = :number"),
            {"link": last_link, "number": number},
        )
    end_at(session, book, number, last_link, bytes(32))


def end_at(session: Session, book: Chain, number: int, last_link: bytes, mac: bytes) -> None:
    """Let a chain's head say that it ends there."""
    session.execute(
        text(f"UPDATE {book.heads} SET sequence = :number, chain_hash = :link, mac = :mac"),
        {"number": number, "link": last_link, "mac": mac},
    )


def told_file(house: House, backup: Path, path: Path, chance: Random) -> str | None:
    """Change a byte of a file, and say which file the portal finds changed."""
    sound = path.read_bytes()
    changed = bytearray(sound)
    changed[chance.randrange(len(changed))] ^= chance.randrange(1, 256)
    path.write_bytes(changed)
    try:
        backups.read_backup(house, backup)
    except BackupChanged as error:
        return str(error.facts["file"])
    finally:
        path.write_bytes(sound)
    return None


@contextmanager
def unguarded(house: House, vault: Vault) -> Iterator[Session]:
    """A transaction that nothing keeps from anything, and that never was."""
    with house.database.engine.connect() as connection, Session(connection, autoflush=False) as session:
        vault.let_go(session)
        yield session
        session.rollback()


def live(county: County) -> None:
    """Let everybody go about their claims once."""
    with Host(county) as host:
        crowd = gather(county, [host.port], Acknowledgements())
        with at_work(crowd):
            pass
    assert crowd.stuck == []


def is_told(house: House, vault: Vault, value: Value, chance: Random) -> bool:
    """Change a byte, check everything, and undo it; whether a finding names the row."""
    with unguarded(house, vault) as session:
        wanted = names_of(session, vault, value)
        vault.change_one_byte(session, value, chance)
        told = {name for found in check(Work(house, session, SYSTEM, NOW)) for name in names_told(found)}
    return bool(wanted & told)


def check(work: Work) -> Iterator[Break | Finding]:
    """What the portal's two commands check."""
    yield from audit.check(work)
    yield from ledger.check(work)


def names_told(found: Break | Finding) -> Iterator[str]:
    """The rows that a finding names."""
    if isinstance(found, Break):
        yield f"audit {found.sequence}"
        yield f"audit {found.fault}"
        return
    yield f"entry {found.sequence}"
    yield f"account {found.account}"
    yield f"ledger {found.fault}"


# What the row of a value is called in findings. Heads have no row of their own but the end of a chain.
_NAMES = {
    "audit_event": ("'audit ' || sequence",),
    "audit_head": ("'audit head'", "'audit tail'"),
    "ledger_account": (
        "'account ' || name",
        """(SELECT min('entry ' || e.sequence) FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
            WHERE p.account_id = ledger_account.id)""",
    ),
    "ledger_balance": ("(SELECT 'account ' || name FROM ledger_account WHERE id = account_id)",),
    "ledger_entry": ("'entry ' || sequence",),
    "ledger_posting": (
        "(SELECT 'entry ' || sequence FROM ledger_entry WHERE id = entry_id)",
        "(SELECT 'account ' || name FROM ledger_account WHERE id = account_id)",
    ),
    "ledger_head": ("'ledger head'", "'ledger tail'"),
}


def names_of(session: Session, vault: Vault, value: Value) -> set[str]:
    """What the row of a value is called."""
    names = ", ".join(_NAMES[value.table])
    found = session.execute(
        text(f"SELECT {names} FROM {value.table} WHERE {vault.place} = :place"), {"place": value.place}
    )
    return {name for row in found for name in row if name is not None}
