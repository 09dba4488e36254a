"""The check of the ledger names the exact row, whatever was done to it behind our back."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.domain.chain import Head
from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Entry, Posting
from portal.services import ledger
from portal.services.ledger import Book
from portal.services.work import SYSTEM, House, Work, begin_reading, begin_work
from portal.storage import ledger as stored_ledger
from portal.storage.schema import APPEND_ONLY, add_append_only_triggers, list_append_only_triggers
from tests.builders import NOW, make_house, make_person

DAY = date(2026, 3, 2)
JINNING = Book("jinning")
FISCAL = Account(Kind.FISCAL_ACCOUNT)
_CUT_POSTINGS = (
    "DELETE FROM ledger_posting WHERE entry_id IN (SELECT id FROM ledger_entry WHERE sequence = :sequence)"
)
LEDGER = tuple(table for table in APPEND_ONLY if table.startswith("ledger_"))


@pytest.fixture
def house(database, tmp_path) -> House:
    return make_house(database, tmp_path, matcher=None)


@pytest.fixture
def person(house: House) -> int:
    """Somebody with three contributions: entries 1 to 3."""
    person = make_person(house)
    for number in range(1, 4):
        post(house, contribution(person, str(number)))
    return person


@contextmanager
def working(house: House) -> Iterator[Work]:
    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        yield work


def own(person: int, source: Source = Source.OWN_CONTRIBUTION) -> Account:
    return Account(Kind.PERSONAL_ACCOUNT, person, source)


def contribution(person: int, key: str) -> Entry:
    amount = Decimal("100.00")
    return Entry(key, DAY, "own_contribution", (Posting(FISCAL, amount), Posting(own(person), -amount)))


def post(house: House, entry: Entry, region: str = "jinning") -> None:
    with working(house) as work:
        ledger.post(work, entry, region=region)


@contextmanager
def behind_our_back(house: House) -> Iterator[Session]:
    """What somebody with the database's own password can do, who takes the triggers away first."""
    with house.database.writing() as session:
        connection = session.connection()
        for trigger in list_append_only_triggers(connection):
            table = next(table for table in APPEND_ONLY if trigger.startswith(f"{table}_refuses"))
            on = "" if house.database.is_embedded else f" ON {table}"
            session.execute(text(f"DROP TRIGGER {trigger}{on}"))
        if not house.database.is_embedded:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
        yield session
        if not house.database.is_embedded:
            session.execute(text("SET LOCAL session_replication_role = DEFAULT"))
        add_append_only_triggers(connection)


def findings(house: House, noted: Collection[tuple[Book, Head]] = ()) -> list[tuple[str, str]]:
    with begin_reading(house, SYSTEM, lambda _: NOW) as work:
        return [(finding.place, str(finding.fault)) for finding in ledger.check(work, noted)]


@pytest.mark.parametrize("table", LEDGER)
@pytest.mark.parametrize("deed", ["UPDATE {0} SET id = id + 1", "DELETE FROM {0}"])
def test_the_database_itself_refuses_to_change_what_was_posted(
    house: House, person: int, table: str, deed: str
):
    deed = deed.replace("id = id + 1", "position = position + 9") if table == "ledger_posting" else deed

    with pytest.raises(DBAPIError, match="append-only"), house.database.writing() as session:
        session.execute(text(deed.format(table)))


REPLACED = {
    "ledger_account": ("1, 'jinning', 'main', 'special_fund///', 'special_fund', NULL, NULL, NULL",),
    "ledger_entry": (
        # in the place of a row, of a key, of a number
        "1, 'jinning', 'main', 9, '2026-01-01', '2026-01-01', 'm', 'new', '{}', NULL, NULL, NULL, x'00'",
        "99, 'jinning', 'main', 9, '2026-01-01', '2026-01-01', 'm', '1', '{}', NULL, NULL, NULL, x'00'",
        "99, 'jinning', 'main', 1, '2026-01-01', '2026-01-01', 'm', 'new', '{}', NULL, NULL, NULL, x'00'",
    ),
    "ledger_posting": ("1, 1, 1, 99900",),
}


@pytest.mark.parametrize(("table", "row"), [(table, row) for table in LEDGER for row in REPLACED[table]])
@pytest.mark.parametrize("deed", ["REPLACE INTO", "INSERT OR REPLACE INTO"])
def test_no_row_takes_the_place_of_one_that_was_posted(
    house: House, person: int, table: str, row: str, deed: str
):
    if not house.database.is_embedded:  # PostgreSQL has no REPLACE, but empties a table at once
        deed, row = "TRUNCATE", ""

    with pytest.raises(DBAPIError, match="append-only"), house.database.writing() as session:
        session.execute(text(f"{deed} {table} " + (f"VALUES ({row})" if row else "CASCADE")))

    assert findings(house) == []


def test_a_ledger_that_nobody_touched_is_sound(house: House, person: int):
    assert findings(house) == []


@pytest.mark.parametrize(
    "column",
    ["happened_on = '2026-03-03'", "movement = 'top_up'", "facts = '[]'", "contribution_year = 2026"],
)
def test_a_changed_entry_is_named(house: House, person: int, column: str):
    with behind_our_back(house) as session:
        session.execute(text(f"UPDATE ledger_entry SET {column} WHERE sequence = 2"))

    assert ("jinning/main entry 2", "changed") in findings(house)
    assert not {("jinning/main entry 1", "changed"), ("jinning/main entry 3", "changed")} & set(
        findings(house)
    )


def test_a_changed_amount_shows_as_link_as_balance_and_as_sum(house: House, person: int):
    with behind_our_back(house) as session:
        session.execute(
            text(
                "UPDATE ledger_posting SET amount = amount - 1 WHERE position = 2"
                " AND entry_id = (SELECT id FROM ledger_entry WHERE sequence = 2)"
            )
        )

    assert findings(house) == [
        ("jinning/main entry 2", "changed"),
        ("jinning/main entry 2", "unbalanced"),
        (f"jinning/main account personal_account/{person}/own_contribution/", "balance_differs"),
    ]


def test_a_missing_entry_is_named(house: House, person: int):
    with behind_our_back(house) as session:
        session.execute(text(_CUT_POSTINGS), {"sequence": 2})
        session.execute(text("DELETE FROM ledger_entry WHERE sequence = 2"))

    assert ("jinning/main entry 2", "missing") in findings(house)


def test_a_cut_tail_is_named_even_with_the_old_head_put_back(house: House, person: int):
    with house.database.reading() as session:
        noted = stored_ledger.list_heads(session)
        old = session.execute(text("SELECT chain_hash FROM ledger_entry WHERE sequence = 2")).scalar_one()
    with behind_our_back(house) as session:
        session.execute(text(_CUT_POSTINGS), {"sequence": 3})
        session.execute(text("DELETE FROM ledger_entry WHERE sequence = 3"))

    assert ("jinning/main entry 3", "tail") in findings(house)

    with house.database.writing() as session:
        mac = house.keys.mac(stored_ledger.signed(JINNING, Head(2, bytes(old))))
        session.execute(
            text("UPDATE ledger_head SET sequence = 2, chain_hash = :link, mac = :mac"),
            {"link": bytes(old), "mac": mac},
        )
    assert ("jinning/main entry 3", "tail") not in findings(house)
    assert ("jinning/main entry 3", "tail") in findings(house, noted)


def test_a_head_that_is_not_ours_is_named(house: House, person: int):
    with house.database.writing() as session:
        session.execute(text("UPDATE ledger_head SET mac = :mac"), {"mac": bytes(34)})

    assert findings(house) == [("jinning/main entry 3", "head")]


def test_a_kept_balance_that_was_changed_is_named(house: House, person: int):
    with house.database.writing() as session:
        session.execute(text("UPDATE ledger_balance SET amount = amount + 1 WHERE amount > 0"))

    assert findings(house) == [("jinning/main account fiscal_account///", "balance_differs")]


def test_an_account_that_was_renamed_is_named(house: House, person: int):
    with behind_our_back(house) as session:
        session.execute(text("UPDATE ledger_account SET kind = 'special_fund' WHERE kind = 'fiscal_account'"))

    assert findings(house) == [("jinning/main account fiscal_account///", "misnamed")]


def write_unchecked(house: House, entry: Entry, region: str = "jinning") -> None:
    """Post what the rules would have refused, with a sound chain: only a check of the sense can find it."""
    with house.database.writing() as session:
        book = Book(region)
        head = stored_ledger.lock_head(session, house.keys, book)
        stored_ledger.add_entry(session, house.keys, book, head, entry, NOW)


def test_a_movement_that_the_list_does_not_know_is_named(house: House, person: int):
    amount = Decimal("1.00")
    write_unchecked(house, Entry("x", DAY, "gift", (Posting(FISCAL, amount), Posting(own(person), -amount))))

    assert sorted(findings(house)) == [
        ("jinning/main entry 4 account fiscal_account///", "not_allowed"),
        (f"jinning/main entry 4 account personal_account/{person}/own_contribution/", "not_allowed"),
    ]


def test_an_entry_that_reaches_into_another_book_is_named(house: House, person: int):
    with behind_our_back(house) as session:
        session.execute(text("UPDATE ledger_account SET book = 'second' WHERE kind = 'fiscal_account'"))

    assert ("jinning/main entry 1", "other_book") in findings(house)


def test_an_overdrawn_account_is_named(house: House, person: int):
    amount, payable = Decimal("300.01"), Account(Kind.PAYABLE, person)
    write_unchecked(
        house,
        Entry("x", DAY, "inheritance", (Posting(own(person), amount), Posting(payable, -amount))),
    )

    assert findings(house) == [
        (f"jinning/main account personal_account/{person}/own_contribution/", "overdrawn")
    ]


def test_money_of_one_batch_in_another_is_named(house: House):
    amount = Decimal("5.00")
    first, second = (Account(Kind.LAND_BATCH, None, Source.LAND_LEVY, batch) for batch in "AB")
    bank = Account(Kind.TRANSITION_ACCOUNT)
    deposit = Entry("d", DAY, "levy_deposit", (Posting(bank, amount), Posting(first, -amount)))
    post(house, deposit, region="guangdong")
    write_unchecked(
        house,
        Entry("x", DAY, "one_off_payment", (Posting(first, amount), Posting(second, -amount))),
        region="guangdong",
    )

    assert ("guangdong/main entry 2", "batches_mixed") in findings(house)


def test_a_sixteenth_year_is_named_with_its_person(house: House):
    fifteen, sixteen = make_person(house, opening_used_years=14), make_person(house, opening_used_years=15)
    special, idle = Account(Kind.SPECIAL_FUND), Account(Kind.IDLE_FUND)
    amount = Decimal("20000.00")
    post(house, Entry("f", DAY, "fund_receipt", (Posting(special, amount), Posting(idle, -amount))))
    with working(house) as work:
        ledger.post_yearly_subsidy(
            work,
            [fifteen, sixteen],
            year=2025,
            amount=Decimal("1000.00"),
            region="jinning",
            on=DAY,
            key="credit",
        )

    assert findings(house) == [(f"jinning/main person {sixteen}", "beyond_cap")]


def test_a_reversed_year_does_not_count(house: House):
    person = make_person(house, opening_used_years=15)
    special, idle = Account(Kind.SPECIAL_FUND), Account(Kind.IDLE_FUND)
    amount = Decimal("20000.00")
    post(house, Entry("f", DAY, "fund_receipt", (Posting(special, amount), Posting(idle, -amount))))
    with working(house) as work:
        ledger.post_yearly_subsidy(
            work, [person], year=2025, amount=Decimal("1000.00"), region="jinning", on=DAY, key="credit"
        )
        ledger.reverse(work, "credit", as_key="undo", on=DAY, reason="补满了")

    assert findings(house) == []


def test_two_books_of_a_region_are_kept_and_checked_apart(house: House, person: int):
    with working(house) as work:
        ledger.post(work, contribution(person, "second"), region="jinning", book="second")

    with house.database.reading() as session:
        assert stored_ledger.list_books(session) == [JINNING, Book("jinning", "second")]
        assert stored_ledger.read_balances(session, JINNING)[FISCAL] == Decimal("300.00")
    assert findings(house) == []
