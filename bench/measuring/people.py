"""Made-up people with accounts and entries, written straight into the tables, on either engine.

Everybody has three entries; each of ``RICH`` people, spread evenly, has forty, and a subsidy in each of
fourteen years, so that the fifteenth can be asked for. Links and seals are not made: a record page neither
follows nor opens any. Who has to be found by a number is put on record with what that takes.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlalchemy import text, update

from portal.domain.citizen_id import demo_citizen_number
from portal.services.identity import NUMBER_COLUMN
from portal.services.work import House
from portal.storage.database import Database
from portal.storage.models.citizens import PersonRecord

RICH = 1_000
REGION = "jinning"
NAME = "张三丰"

_ENTRIES, _ENTRIES_OF_RICH = 3, 40
_YEARS, _YEARS_OF_RICH = (2020,), tuple(range(2012, 2026))
_AT_ONCE = 20_000
_POSTED_AT = "2026-11-21 02:00:00.000000+00:00"
_FUND, _CONTRIBUTIONS = 1, 2  # accounts of nobody, from which subsidies and contributions come

_COLUMNS = {
    "person": (
        "id uid region county town village name birth_year number_sealed number_index phone_tail category "
        "identity_confirmed_on scheme benefit_status insurance_no account_tail bank_name opening_used_years "
        "opening_prior_subsidy data_as_of version"
    ),
    "ledger_account": "id region book name kind person_id source",
    "ledger_entry": (
        "id region book sequence happened_on posted_at movement idempotency_key facts contribution_year "
        "chain_hash"
    ),
    "ledger_posting": "entry_id position account_id amount",
    "ledger_balance": "account_id amount",
    "subsidy_year": "person_id contribution_year entry_id",
}


def list_rich(people: int) -> list[int]:
    """The rows of those with forty entries, among so many people."""
    step = max(1, people // RICH)
    return list(range(step, people + 1, step))[:RICH]


def fill(house: House, people: int) -> Iterator[int]:
    """Write so many people, beginning behind those who are there; yields how many there are by now.

    The first has a number of their own, sealed as every number is: a server looks whether its keys fit.
    """
    database = house.database
    with database.reading() as session:
        done = session.execute(text("SELECT coalesce(max(id), 0) FROM person")).scalar_one()
    if not done:
        _write(database, {"ledger_account": _ACCOUNTS_OF_NOBODY})
    rich = frozenset(list_rich(people))
    while done < people:
        part = range(done + 1, min(done + _AT_ONCE, people) + 1)
        _write(database, _rows(part, rich))
        yield (done := part[-1])
    put_on_record(house, [next(list_numbers())])
    _settle(database)


def list_numbers() -> Iterator[str]:
    """Sound citizen numbers that were never given to anybody, as many as are wanted."""
    for serial in count():
        days, sequence = divmod(serial, 900)
        yield demo_citizen_number("990101", date(1940, 1, 1) + timedelta(days=days), sequence).digits


def put_on_record(house: House, numbers: Sequence[str]) -> None:
    """Give the first people a number, a phone, an account, and the route on which years are claimed."""
    keys = house.keys
    with house.database.writing() as session:
        for row, number in enumerate(numbers, 1):
            uid = f"{row:016x}"
            sealed: dict[str, object] = {"scheme": "employee"}
            given = (
                (NUMBER_COLUMN, number),
                ("person.phone", f"139{row:08}"),
                ("person.account", f"6228{row:015}"),
            )
            for column, value in given:
                name = column.removeprefix("person.")
                sealed[f"{name}_index"] = keys.blind_index(column, value)
                sealed[f"{name}_sealed"] = keys.seal(value, f"{column} {uid}")
                if column != NUMBER_COLUMN:
                    sealed[f"{name}_tail"] = value[-4:]
            session.execute(update(PersonRecord).where(PersonRecord.id == row).values(**sealed))


def _rows(people: Iterable[int], rich: frozenset[int]) -> dict[str, list[tuple[Any, ...]]]:
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
    for person in people:
        entries, years = (_ENTRIES_OF_RICH, _YEARS_OF_RICH) if person in rich else (_ENTRIES, _YEARS)
        rows["person"].append(_person(person))
        _add_account(rows, person, entries, years)
    return rows


def _person(person: int) -> tuple[Any, ...]:
    return (
        person,
        f"{person:016x}",
        REGION,
        "晋宁区",
        "昆阳街道",
        f"第{person // 400}村",
        NAME,
        1962,
        b"",
        b"%08d" % person,
        "0017",
        "existing_landless",
        "2012-06-11",
        "resident",
        "not_drawing",
        f"JN{person:08}",
        "6789",
        "农村信用社",
        0,
        0,
        "2026-11-20",
        1,
    )


def _add_account(
    rows: dict[str, list[tuple[Any, ...]]], person: int, entries: int, years: tuple[int, ...]
) -> None:
    own, subsidy = person * 2 + 1, person * 2 + 2
    for account, source in ((own, "own_contribution"), (subsidy, "gov_subsidy")):
        name = f"personal_account/{person}/{source}/"
        rows["ledger_account"].append((account, REGION, "main", name, "personal_account", person, source))
    held = {own: 0, subsidy: 0}
    for place in range(entries):
        entry = person * _ENTRIES_OF_RICH + place
        year = years[place] if place < len(years) else None
        movement, account, other, fen = (
            ("own_contribution", own, _CONTRIBUTIONS, 30_000 + place)
            if year is None
            else ("yearly_subsidy", subsidy, _FUND, 100_000)
        )
        day = f"{2012 + place % 14}-{1 + place % 12:02}-15"
        key = f"bench:{entry}"
        rows["ledger_entry"].append(
            (entry, REGION, "main", entry, day, _POSTED_AT, movement, key, "{}", year, b"")
        )
        rows["ledger_posting"] += [(entry, 1, other, fen), (entry, 2, account, -fen)]
        if year is not None:
            rows["subsidy_year"].append((person, year, entry))
        held[account] -= fen
    rows["ledger_balance"] += held.items()


_ACCOUNTS_OF_NOBODY = [
    (_FUND, REGION, "main", "fiscal_account///", "fiscal_account", None, None),
    (_CONTRIBUTIONS, REGION, "main", "contribution_income///", "contribution_income", None, None),
]


def _write(database: Database, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Write rows of some tables in one transaction, by the quickest way that the engine has."""
    with database.writing() as session:
        cursor: Any = session.connection().connection.cursor()
        if not database.is_embedded:  # what is made here fits together; to check each row takes half the time
            cursor.execute("SET LOCAL session_replication_role = replica")
        for table, lines in rows.items():
            columns = _COLUMNS[table].split()
            if database.is_embedded:
                marks = ", ".join("?" * len(columns))
                cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", lines)
                continue
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(line)


def _settle(database: Database) -> None:
    """Let a server tidy up and see how much there is, and let rows that come find free numbers.

    It would do so by itself soon, behind what is measured. The embedded database is left without statistics,
    as the portal leaves it.
    """
    if database.is_embedded:
        return
    with database.writing() as session:
        for table in ("person", "ledger_account", "ledger_entry"):
            newest = f"(SELECT max(id) FROM {table})"
            session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {newest})"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))
