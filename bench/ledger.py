"""How much longer the ledger takes than the bare writing and reading of the same rows.

A year's interest is measured against an INSERT … SELECT that writes the same rows without a hash or a
chain, the check of a whole ledger against reading its rows and hashing them with hashlib.
"""

import argparse
import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from statistics import median

from results import Measured, keep
from sqlalchemy import text

from portal.content.packs import load_packs
from portal.crypto.key_ring import KeyRing
from portal.domain.chain import START, Head, link
from portal.domain.ledger.entries import entry_payload, header_line, posting_line
from portal.services import ledger
from portal.services.work import SYSTEM, House, begin_reading, begin_work
from portal.storage import schema
from portal.storage.blobs import FolderStore
from portal.storage.database import Database
from portal.storage.ledger import Book, signed

KB = Path(__file__).parent.parent / "kb"
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
COUNTY, TEN_COUNTIES = 31_800, 318_000
BOOK = Book("jinning")
RATE = Decimal("0.0262")
TIMES = 5
AT_ONCE = 20_000


def main() -> None:
    """Measure, print ratios, and keep them."""
    options = argparse.ArgumentParser()
    options.add_argument("--entries", type=int, default=1_000_000, help="how many entries are checked")
    chosen = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        small, small_raw = measure_interest(folder, COUNTY)
        large, large_raw = measure_interest(folder, TEN_COUNTIES)
        checked, read = measure_check(folder, chosen.entries)
    finally:
        shutil.rmtree(folder)
    keep(
        "ledger",
        {
            f"interest for {COUNTY:,} accounts ÷ bare insert": Measured(small / small_raw, at_most=3),
            f"interest for {TEN_COUNTIES:,} accounts ÷ bare insert": Measured(large / large_raw, at_most=3),
            "interest per account, ten counties ÷ one": Measured(large / small / 10, at_most=1.25),
            f"check of {chosen.entries:,} entries ÷ reading and hashing": Measured(checked / read, at_most=2),
        },
    )


def measure_interest(folder: Path, people: int) -> tuple[float, float]:
    """Seconds for a year's interest, through the ledger and written bare; each on its own copy."""
    pattern = folder / f"{people}.sqlite"
    house = open_house(pattern)
    fill(house, people, people)
    house.database.close()

    def through_the_ledger(copy: House) -> None:
        with begin_work(copy, SYSTEM, lambda _: NOW) as work:
            reached = ledger.post_interest(work, 2025, RATE, "bench", region=BOOK.region)
        if reached != people:
            raise SystemExit(f"{reached} instead of {people} accounts")

    def bare(copy: House) -> None:
        with copy.database.writing() as session:
            for statement in BARE_INTEREST:
                session.execute(text(statement))

    def on_a_copy(act: Callable[[House], None]) -> float:
        copy = pattern.with_suffix(".copy")
        shutil.copyfile(pattern, copy)
        taken = on_its_own(copy, act)
        copy.unlink()
        return taken

    return in_turns(lambda: on_a_copy(through_the_ledger), lambda: on_a_copy(bare))


def measure_check(folder: Path, entries: int) -> tuple[float, float]:
    """Seconds for a check of everything, and for reading and hashing the same rows."""
    path = folder / "check.sqlite"
    house = open_house(path)
    fill(house, COUNTY, entries)
    house.database.close()

    def check(house: House) -> None:
        with begin_reading(house, SYSTEM, lambda _: NOW) as work:
            findings = list(ledger.check(work))
        if findings:
            raise SystemExit(f"{findings[0].place}: {findings[0].fault}")

    def read_and_hash(house: House) -> None:
        digest = hashlib.sha256()
        connection = house.database.engine.raw_connection()
        for query in READ_ROWS:
            for row in connection.cursor().execute(query):
                digest.update(repr(row).encode())
        connection.close()

    return in_turns(lambda: on_its_own(path, check), lambda: on_its_own(path, read_and_hash))


def open_house(path: Path) -> House:
    """A house on a database of its own."""
    database = Database(f"sqlite:///{path}")
    if not path.exists():
        schema.upgrade(database)
    return House(
        database=database,
        packs=load_packs(KB),
        matcher=None,  # type: ignore[arg-type]  # nobody asks a question here
        keys=KEYS,
        blobs=FolderStore(path.parent / "receipts"),
        regions=(BOOK.region,),
        is_demo=True,
        public_url="",
    )


KEYS = KeyRing.generate()


def fill(house: House, people: int, entries: int) -> None:
    """Write people with an account each, and a sound chain of their contributions."""
    with house.database.writing() as session:
        session.execute(text(PEOPLE), {"people": people})
        session.execute(text(ACCOUNTS))
        names = dict(session.execute(text("SELECT id, name FROM ledger_account WHERE person_id > 0")).all())
        fiscal = session.execute(text("SELECT id FROM ledger_account WHERE person_id IS NULL")).scalar_one()
        head, rows = START, chained(fiscal, list(names.items()), entries)
        while portion := list(islice(rows, AT_ONCE)):
            session.execute(text(ENTRY), [entry for entry, _ in portion])
            session.execute(text(POSTING), [posting for _, postings in portion for posting in postings])
            head = Head(portion[-1][0]["sequence"], portion[-1][0]["hash"])
        session.execute(
            text("INSERT INTO ledger_balance SELECT account_id, sum(amount) FROM ledger_posting GROUP BY 1")
        )
        session.execute(
            text("INSERT INTO ledger_head VALUES (:region, :name, :sequence, :hash, :mac)"),
            {
                **BOOK._asdict(),
                "sequence": head.sequence,
                "hash": head.last_link,
                "mac": house.keys.mac(signed(BOOK, head)),
            },
        )


def chained(
    fiscal: int, accounts: list[tuple[int, str]], entries: int
) -> Iterator[tuple[dict[str, object], list[dict[str, object]]]]:
    """Contributions, one after the other, each with its link."""
    last_link = START.last_link
    for sequence in range(1, entries + 1):
        account, name = accounts[sequence % len(accounts)]
        on, fen = date(2010, 1, 1) + timedelta(days=sequence % 5000), 10_000 + sequence % 977
        header = header_line(
            region=BOOK.region,
            book=BOOK.name,
            sequence=sequence,
            posted_at=NOW,
            key=f"contribution {sequence}",
            on=on,
            movement="own_contribution",
            facts_text="{}",
            contribution_year=None,
            claim_id=None,
            reverses=None,
        )
        lines = (posting_line("fiscal_account///", fen), posting_line(name, -fen))
        last_link = link(last_link, entry_payload(header, lines))
        yield (
            {
                "sequence": sequence,
                "on": on.isoformat(),
                "at": f"{NOW:%Y-%m-%d %H:%M:%S.%f}",
                "hash": last_link,
            },
            [
                {"entry": sequence, "position": 1, "account": fiscal, "amount": fen},
                {"entry": sequence, "position": 2, "account": account, "amount": -fen},
            ],
        )


def in_turns(one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    """The median seconds of two things done by turns, so that what else the machine does falls on both."""
    turns = [(one(), other()) for _ in range(TIMES)]
    return median(turn[0] for turn in turns), median(turn[1] for turn in turns)


def on_its_own(path: Path, act: Callable[[House], None]) -> float:
    """How long something takes on connections that nothing was done on yet, as a command has them."""
    house = open_house(path)
    taken = seconds(lambda: act(house))
    house.database.close()
    return taken


def seconds(act: Callable[[], None]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


PEOPLE = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :people)
INSERT INTO person (
    uid, region, county, town, village, name, birth_year, number_sealed, number_index, category, scheme,
    benefit_status, opening_used_years, opening_prior_subsidy, data_as_of, version
)
SELECT n, 'jinning', '', '', '', '', 1962, x'00', CAST(n AS BLOB), 'existing_landless', 'resident',
    'not_drawing', 0, 0, '2026-11-20', 1
FROM number
"""
ACCOUNTS = """
INSERT INTO ledger_account (region, book, name, kind, person_id, source)
SELECT 'jinning', 'main', 'fiscal_account///', 'fiscal_account', NULL, NULL
UNION ALL
SELECT 'jinning', 'main', 'personal_account/' || id || '/own_contribution/', 'personal_account', id,
    'own_contribution'
FROM person
"""
ENTRY = """
INSERT INTO ledger_entry (
    id, region, book, sequence, happened_on, posted_at, movement, idempotency_key, facts, chain_hash
) VALUES (
    :sequence, 'jinning', 'main', :sequence, :on, :at, 'own_contribution', 'contribution ' || :sequence,
    '{}', :hash
)
"""
POSTING = "INSERT INTO ledger_posting VALUES (:entry, :position, :account, :amount)"

# Every row that a year's interest leaves behind, written by hand.
BARE_INTEREST = (
    """
    INSERT INTO ledger_account (region, book, name, kind, person_id, source)
    SELECT region, book, 'personal_account/' || person_id || '/interest/', kind, person_id, 'interest'
    FROM ledger_account WHERE kind = 'personal_account'
    """,
    """
    INSERT INTO ledger_entry (
        id, region, book, sequence, happened_on, posted_at, movement, idempotency_key, facts, chain_hash
    ) VALUES (
        9999999, 'jinning', 'main', 9999999, '2025-12-31', '2026-11-21 02:00:00.000000', 'account_interest',
        'interest:jinning:main:2025', '{}', x'00'
    )
    """,
    """
    INSERT INTO ledger_posting (entry_id, position, account_id, amount)
    SELECT 9999999, row_number() OVER (ORDER BY interest.id) + 1, interest.id,
        -((2 * held.fen * 131 + 5000) / 10000)
    FROM (
        SELECT account.person_id, -sum(posting.amount) AS fen
        FROM ledger_posting AS posting
        JOIN ledger_account AS account ON account.id = posting.account_id
        JOIN ledger_entry AS entry ON entry.id = posting.entry_id
        WHERE account.kind = 'personal_account' AND entry.happened_on < '2025-01-01'
        GROUP BY account.person_id
    ) AS held
    JOIN ledger_account AS interest
        ON interest.person_id = held.person_id AND interest.source = 'interest'
    """,
    """
    INSERT INTO ledger_posting
    SELECT 9999999, 1, (SELECT id FROM ledger_account WHERE kind = 'fiscal_account'), -sum(amount)
    FROM ledger_posting WHERE entry_id = 9999999
    """,
    """
    INSERT INTO ledger_balance (account_id, amount)
    SELECT account_id, amount FROM ledger_posting WHERE entry_id = 9999999
    ON CONFLICT (account_id) DO UPDATE SET amount = amount + excluded.amount
    """,
)
READ_ROWS = (
    "SELECT * FROM ledger_entry ORDER BY region, book, sequence",
    "SELECT * FROM ledger_posting ORDER BY entry_id, position",
    "SELECT * FROM ledger_account ORDER BY id",
    "SELECT * FROM ledger_balance ORDER BY account_id",
)

if __name__ == "__main__":
    main()
