"""A year's interest on every account of a book, as one entry whose postings the database makes itself."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Column,
    Insert,
    MetaData,
    Table,
    Text,
    and_,
    cast,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Session

from portal.crypto.key_ring import KeyRing
from portal.domain.chain import Head
from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import posting_line
from portal.domain.money import from_fen
from portal.storage.ledger import (
    ACCOUNT,
    ENTRY,
    FEN,
    POSTING,
    Book,
    Header,
    add_header,
    find_or_add_accounts,
    in_book,
    raise_balances,
)

_EARNED = Table(
    "ledger_earned",
    MetaData(),
    Column("position", BigInteger),
    Column("account_id", BigInteger),
    Column("fen", BigInteger),
    prefixes=["TEMPORARY"],
)
_EARNED_LINES = (
    select(ACCOUNT.c.name + "\t" + cast(-_EARNED.c.fen, Text))
    .join_from(_EARNED, ACCOUNT, ACCOUNT.c.id == _EARNED.c.account_id)
    .order_by(_EARNED.c.position)
)


def add_interest(
    session: Session,
    keys: KeyRing,
    book: Book,
    head: Head,
    header: Header,
    at: datetime,
    *,
    bank: Account,
    rate: Decimal,
    since: date,
    without: Collection[int],
) -> int:
    """Write a year's interest on every personal account as one entry; the database makes the postings.

    What stood in the accounts before ``since`` yields; ``bank`` is where the interest lies; people in
    ``without`` get none. Returns how many people it reached; with 0, nothing was written.
    """
    connection = session.connection()
    _EARNED.create(connection)
    try:
        _add_interest_accounts(session, book)
        session.execute(_work_out_interest(book, rate, since, without))
        reached, total = session.execute(
            select(func.count(), func.coalesce(func.sum(_EARNED.c.fen), 0)).select_from(_EARNED)
        ).one()
        if reached:
            lines = [posting_line(bank.name, int(total)), *session.execute(_EARNED_LINES).scalars()]
            bank_id = find_or_add_accounts(session, book, [bank])[bank]
            entry_id = add_header(session, keys, book, head, header, at, lines)
            first = {"entry_id": entry_id, "position": 1, "account_id": bank_id}
            session.execute(insert(POSTING).values(**first, amount=from_fen(int(total))))
            session.execute(
                insert(POSTING).from_select(
                    ["entry_id", "position", "account_id", "amount"],
                    select(literal(entry_id), _EARNED.c.position, _EARNED.c.account_id, -_EARNED.c.fen),
                )
            )
            raise_balances(session, entry_id)
    finally:
        _EARNED.drop(connection)
    return int(reached)


def _add_interest_accounts(session: Session, book: Book) -> None:
    """Give everybody who has an account one for its interest."""
    interest = ACCOUNT.alias("interest")
    prefix, suffix = Account(Kind.PERSONAL_ACCOUNT, 1, Source.INTEREST).name.split("1", 1)
    people = (
        select(
            ACCOUNT.c.region,
            ACCOUNT.c.book,
            literal(prefix) + cast(ACCOUNT.c.person_id, Text) + suffix,
            ACCOUNT.c.kind,
            ACCOUNT.c.person_id,
            literal(Source.INTEREST.value),
        )
        .outerjoin(
            interest,
            and_(
                interest.c.region == ACCOUNT.c.region,
                interest.c.book == ACCOUNT.c.book,
                interest.c.person_id == ACCOUNT.c.person_id,
                interest.c.kind == ACCOUNT.c.kind,
                interest.c.source == Source.INTEREST.value,
            ),
        )
        .where(*in_book(book), ACCOUNT.c.kind == Kind.PERSONAL_ACCOUNT.value, interest.c.id.is_(None))
        .distinct()
    )
    columns = ["region", "book", "name", "kind", "person_id", "source"]
    session.execute(insert(ACCOUNT).from_select(columns, people))


def _work_out_interest(book: Book, rate: Decimal, since: date, without: Collection[int]) -> Insert:
    """What each account earned, half up to the fen, by whole numbers only (``earn_interest``)."""
    held = (
        select(ACCOUNT.c.person_id, cast(-func.sum(FEN), BigInteger).label("fen"))
        .select_from(POSTING.join(ACCOUNT).join(ENTRY, ENTRY.c.id == POSTING.c.entry_id))
        .where(
            *in_book(book),
            ACCOUNT.c.kind == Kind.PERSONAL_ACCOUNT.value,
            ACCOUNT.c.person_id.not_in(without),
            ENTRY.c.happened_on < since,
        )
        .group_by(ACCOUNT.c.person_id)
        .subquery()
    )
    numerator, denominator = rate.as_integer_ratio()
    earned = (2 * held.c.fen * numerator + denominator) // (2 * denominator)
    return insert(_EARNED).from_select(
        ["position", "account_id", "fen"],
        select(func.row_number().over(order_by=ACCOUNT.c.id) + 1, ACCOUNT.c.id, earned)
        .join_from(held, ACCOUNT, ACCOUNT.c.person_id == held.c.person_id)
        .where(
            *in_book(book),
            ACCOUNT.c.kind == Kind.PERSONAL_ACCOUNT.value,
            ACCOUNT.c.source == Source.INTEREST.value,
            earned > 0,
        ),
    )
