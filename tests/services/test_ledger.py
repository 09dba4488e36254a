"""Posting to the ledger: judged, once, together with everything else or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Thread

import pytest
from sqlalchemy import select

from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import (
    Entry,
    KeyUsedForAnotherEntry,
    Posting,
    ReversalNotReversible,
    ReversalWithoutReason,
)
from portal.domain.ledger.movements import (
    AccountClosed,
    AccountNotEmptied,
    AccountOverdrawn,
    AlreadyReversed,
    MovementNotAllowed,
)
from portal.domain.money import round_yuan
from portal.services import ledger
from portal.services.work import SYSTEM, House, Work, begin_reading, begin_work
from portal.storage import ledger as stored_ledger
from portal.storage.ledger import Book
from portal.storage.models.claims import SubsidyYearRecord
from tests.builders import NOW, make_person

DAY = date(2026, 3, 2)
FUND = Account(Kind.SPECIAL_FUND)
IDLE = Account(Kind.IDLE_FUND)
FISCAL = Account(Kind.FISCAL_ACCOUNT)
JINNING = Book("jinning")


def own(person: int, source: Source = Source.OWN_CONTRIBUTION) -> Account:
    return Account(Kind.PERSONAL_ACCOUNT, person, source)


def entry(
    key: str, movement: str, *postings: tuple[Account, str], on: date = DAY, year: int | None = None
) -> Entry:
    """An entry as it is read: each account with its amount, debits positive."""
    return Entry(
        key,
        on,
        movement,
        tuple(Posting(account, Decimal(amount)) for account, amount in postings),
        contribution_year=year,
    )


def contribution(person: int, key: str = "a", amount: str = "300.00", on: date = DAY) -> Entry:
    return entry(key, "own_contribution", (FISCAL, amount), (own(person), f"-{amount}"), on=on)


def fund(amount: str = "20000.00") -> Entry:
    return entry("fund", "fund_receipt", (FUND, amount), (IDLE, f"-{amount}"))


def withdrawal(person: int, amount: str = "300.00") -> Entry:
    payable = Account(Kind.PAYABLE, person)
    return entry("out", "scheme_withdrawal", (own(person), amount), (payable, f"-{amount}"))


@contextmanager
def working(house: House) -> Iterator[Work]:
    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        yield work


def post(house: House, *entries: Entry, region: str = "jinning", book: str = "main") -> list[int]:
    with working(house) as work:
        return [ledger.post(work, each, region=region, book=book).sequence for each in entries]


def holdings(house: House, person: int) -> dict[Account, Decimal]:
    with house.database.reading() as session:
        return stored_ledger.list_holdings(session, person)


def assert_sound(house: House) -> None:
    with begin_reading(house, SYSTEM, lambda _: NOW) as work:
        assert list(ledger.check(work)) == []


def test_an_entry_is_kept_with_its_balances(house: House):
    person = make_person(house)

    with working(house) as work:
        posted = ledger.post(work, contribution(person), region="jinning")

    assert holdings(house, person) == {own(person): Decimal("300.00")}
    with house.database.reading() as session:
        assert stored_ledger.find_posted(session, "a") == stored_ledger.Posted(
            posted.id, JINNING, 1, contribution(person)
        )
        assert stored_ledger.read_balances(session, JINNING)[FISCAL] == Decimal("300.00")
    assert_sound(house)


def test_the_same_key_again_returns_what_stands(house: House):
    person = make_person(house)

    assert post(house, contribution(person)) == post(house, contribution(person)) == [1]
    assert holdings(house, person) == {own(person): Decimal("300.00")}


@pytest.mark.parametrize(
    ("amount", "region", "book"),
    [("300.01", "jinning", "main"), ("300.00", "guangdong", "main"), ("300.00", "jinning", "second")],
)
def test_a_key_never_stands_for_two_different_entries(house: House, amount: str, region: str, book: str):
    person = make_person(house)
    post(house, contribution(person))

    with pytest.raises(KeyUsedForAnotherEntry):
        post(house, contribution(person, amount=amount), region=region, book=book)


def test_what_the_region_s_texts_do_not_know_is_refused_and_leaves_nothing(house: House):
    person = make_person(house)

    with pytest.raises(MovementNotAllowed):
        post(house, contribution(person), contribution(person, key="b"), region="taizhou")
    with pytest.raises(AccountOverdrawn):
        post(
            house,
            fund("10.00"),
            entry("x", "reimbursement", (IDLE, "10.01"), (Account(Kind.PAYABLE, person), "-10.01")),
        )

    with house.database.reading() as session:
        assert stored_ledger.list_books(session) == []


def test_a_reversal_takes_everything_back_and_says_why(house: House):
    person = make_person(house)
    post(house, contribution(person))

    for _ in range(2):  # asked twice, done once
        with working(house) as work:
            ledger.reverse(work, "a", as_key="undo a", on=DAY, reason="记错了人")

    assert holdings(house, person) == {}
    with house.database.reading() as session:
        newest, oldest = stored_ledger.list_lines(session, person)
    assert (newest.amount, newest.balance, newest.facts["reason"]) == (
        Decimal("-300.00"),
        Decimal("0.00"),
        "记错了人",
    )
    assert newest.is_reversal
    assert oldest.is_reversed
    assert_sound(house)


def test_a_reversal_happens_once_has_a_reason_and_is_final(house: House):
    person = make_person(house)
    post(house, contribution(person))

    with pytest.raises(ReversalWithoutReason), working(house) as work:
        ledger.reverse(work, "a", as_key="undo", on=DAY, reason=" ")
    with pytest.raises(ledger.NoSuchEntry), working(house) as work:
        ledger.reverse(work, "b", as_key="undo", on=DAY, reason="记错了人")
    with working(house) as work:
        ledger.reverse(work, "a", as_key="undo", on=DAY, reason="记错了人")
    with pytest.raises(AlreadyReversed), working(house) as work:
        ledger.reverse(work, "a", as_key="undo again", on=DAY, reason="记错了人")
    with pytest.raises(ReversalNotReversible), working(house) as work:
        ledger.reverse(work, "undo", as_key="redo", on=DAY, reason="记错了人")


def test_a_settled_person_s_account_is_closed_until_the_settlement_is_reversed(house: House):
    person, other = make_person(house), make_person(house)
    post(house, contribution(person), contribution(person, "aid", "5.00"))

    with pytest.raises(AccountNotEmptied):
        post(house, withdrawal(person))
    post(house, withdrawal(person, "305.00"))
    with pytest.raises(AccountClosed):
        post(house, contribution(person, "late"))
    post(house, contribution(other, "other"))
    with working(house) as work:
        ledger.reverse(work, "out", as_key="undo", on=DAY, reason="人还在")
    post(house, contribution(person, "late"))

    assert holdings(house, person) == {own(person): Decimal("605.00")}
    assert_sound(house)


def test_two_hundred_posts_of_one_key_at_once_post_once(house: House):
    person = make_person(house)
    outcomes: list[object] = []

    def ask() -> None:
        try:
            outcomes.append(post(house, contribution(person))[0])
        except Exception as error:
            outcomes.append(error)

    threads = [Thread(target=ask) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == [1] * 200
    assert holdings(house, person) == {own(person): Decimal("300.00")}
    assert_sound(house)


def test_different_posts_at_once_form_one_chain(house: House):
    people = [make_person(house) for _ in range(4)]

    def ask(person: int) -> None:
        for number in range(10):
            post(house, contribution(person, f"{person} {number}"))

    threads = [Thread(target=ask, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [sum(holdings(house, person).values()) for person in people] == [Decimal("3000.00")] * 4
    assert_sound(house)


def test_people_s_accounts_open_with_checked_balances_in_one_entry(house: House):
    first, second = make_person(house), make_person(house)
    openings = {
        (first, Source.OWN_CONTRIBUTION): Decimal("1000.00"),
        (first, Source.GOV_SUBSIDY): Decimal("0.00"),
        (second, Source.INTEREST): Decimal("0.01"),
    }

    with working(house) as work:
        posted = ledger.post_openings(work, openings, region="jinning", on=DAY, key="roster 1")
        none = ledger.post_openings(
            work, {(first, Source.INTEREST): Decimal("0.00")}, region="jinning", on=DAY, key="roster 2"
        )

    assert posted is not None
    assert none is None
    assert holdings(house, first) == {own(first): Decimal("1000.00")}
    assert holdings(house, second) == {own(second, Source.INTEREST): Decimal("0.01")}
    assert_sound(house)


def test_a_year_s_subsidy_reaches_many_people_once_each(house: House):
    people = [make_person(house) for _ in range(3)]
    post(house, fund())

    for _ in range(2):
        with working(house) as work:
            ledger.post_yearly_subsidy(
                work,
                people,
                year=2025,
                amount=Decimal("1000.00"),
                region="jinning",
                on=DAY,
                key="credit 2025",
            )

    assert [sum(holdings(house, each).values()) for each in people] == [Decimal("1000.00")] * 3
    with house.database.reading() as session:
        years = session.execute(
            select(SubsidyYearRecord.person_id, SubsidyYearRecord.contribution_year).order_by(
                SubsidyYearRecord.person_id
            )
        ).all()
        assert years == [(each, 2025) for each in people]
        assert stored_ledger.read_balances(session, JINNING)[FUND] == Decimal("17000.00")
    assert_sound(house)


def test_a_year_s_interest_is_what_one_account_alone_would_get(house: House):
    balances = ["0.19", "0.20", "8420.36", "333.33", "12345.67"]
    people = [make_person(house) for _ in balances]
    before = date(2024, 6, 1)
    post(
        house,
        *(
            contribution(person, str(person), amount, on=before)
            for person, amount in zip(people, balances, strict=True)
        ),
        contribution(people[0], "of the year itself", "500.00", on=date(2025, 1, 1)),
    )
    rate = Decimal("0.0262")

    with working(house) as work:
        reached = ledger.post_interest(work, 2025, rate, "演示", region="jinning")

    found = [holdings(house, person).get(own(person, Source.INTEREST), Decimal(0)) for person in people]
    assert found == [round_yuan(Decimal(balance) * rate) for balance in balances]
    assert reached == sum(1 for each in found if each)
    assert_sound(house)


def test_interest_is_posted_once_a_year_and_never_at_a_second_rate(house: House):
    person = make_person(house)
    post(house, contribution(person, on=date(2024, 6, 1)))

    with working(house) as work:
        assert ledger.post_interest(work, 2025, Decimal("0.02"), "演示", region="jinning") == 1
    with working(house) as work:
        assert ledger.post_interest(work, 2025, Decimal("0.02"), "演示", region="jinning") == 0
    with pytest.raises(KeyUsedForAnotherEntry), working(house) as work:
        ledger.post_interest(work, 2025, Decimal("0.03"), "演示", region="jinning")

    assert holdings(house, person)[own(person, Source.INTEREST)] == Decimal("6.00")


def test_interest_reaches_nobody_whose_account_is_closed_or_empty(house: House):
    person, empty = make_person(house), make_person(house)
    post(
        house,
        contribution(person, on=date(2024, 6, 1)),
        withdrawal(person),
        contribution(empty, "b", "0.01", on=date(2024, 6, 1)),
    )

    with working(house) as work:
        assert ledger.post_interest(work, 2025, Decimal("0.02"), "演示", region="jinning") == 0

    with house.database.reading() as session:
        assert stored_ledger.list_heads(session)[0][1].sequence == 3
    assert_sound(house)


def test_interest_for_nobody_leaves_a_sound_book(house: House):
    with working(house) as work:
        assert ledger.post_interest(work, 2025, Decimal("0.02"), "演示", region="linyi") == 0

    assert_sound(house)


def test_interest_is_refused_where_the_texts_know_none(house: House):
    with pytest.raises(MovementNotAllowed), working(house) as work:
        ledger.post_interest(work, 2025, Decimal("0.02"), "演示", region="taizhou")


def test_lines_come_newest_first_with_the_balance_after_each(house: House):
    person = make_person(house)
    post(house, contribution(person, "a", "300.00"), contribution(person, "b", "200.00"))

    with house.database.reading() as session:
        lines = stored_ledger.list_lines(session, person)

    assert [(line.amount, line.balance) for line in lines] == [
        (Decimal("200.00"), Decimal("500.00")),
        (Decimal("300.00"), Decimal("300.00")),
    ]


def test_a_moment_keeps_its_microseconds_on_both_engines(house: House):
    person = make_person(house)
    at = datetime(2026, 11, 21, 2, 0, 0, 123456, tzinfo=UTC)

    with begin_work(house, SYSTEM, lambda _: at) as work:
        ledger.post(work, contribution(person), region="jinning")

    assert_sound(house)
