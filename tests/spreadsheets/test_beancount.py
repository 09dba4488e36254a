import io
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Entry, Posting
from portal.spreadsheets.beancount import beancount_name, write_beancount
from tests.domain.ledger_regime import balances

DAY = date(2026, 11, 21)
BANK = Account(Kind.TRANSITION_ACCOUNT)
PERSON = Account(Kind.PERSONAL_ACCOUNT, 4711, Source.GOV_SUBSIDY)
BATCH = Account(Kind.LAND_BATCH, source=Source.LAND_LEVY, batch='2026年第3批/甲-"乙" \\丙')


def entry(key: str, *postings: tuple[Account, str], **changes) -> Entry:
    made = tuple(Posting(account, Decimal(amount)) for account, amount in postings)
    return Entry(key, DAY, "levy_deposit", made, **changes)


DEPOSIT = entry(
    "key-1",
    (BANK, "100.00"),
    (BATCH, "-66.67"),
    (PERSON, "-33.33"),
    facts={"voucher": '票据 "001"\\号\n', "amount": 3},
    contribution_year=2026,
    claim_id=7,
)
ENTRIES = [
    DEPOSIT,
    DEPOSIT.undone(key="key-2", on=DAY, reason="录错“批次”"),
    entry("key-3", (BANK, "5E+2"), (BATCH, "-500.00")),
]
HELD = balances(posting for each in ENTRIES for posting in each.postings)


def check(folder: Path, held: dict[Account, Decimal]) -> subprocess.CompletedProcess[str]:
    """Let Beancount's own program judge the file."""
    path = folder / "ledger.beancount"
    with path.open("w", encoding="utf-8") as out:
        write_beancount(ENTRIES, held, DAY, out)
    program = Path(sys.executable).with_name("bean-check")
    return subprocess.run([program, "--no-cache", path], capture_output=True, text=True, check=False)


def test_beancount_accepts_the_file_and_comes_to_our_balances(tmp_path):
    judged = check(tmp_path, HELD)

    assert (judged.returncode, judged.stderr) == (0, "")


def test_beancount_would_find_a_balance_that_is_a_fen_off(tmp_path):
    judged = check(tmp_path, HELD | {BATCH: HELD[BATCH] + Decimal("0.01")})

    assert judged.returncode == 1
    assert "Balance failed" in judged.stderr


def test_beancount_would_find_a_balance_without_entries(tmp_path):
    judged = check(tmp_path, HELD | {Account(Kind.FISCAL_ACCOUNT): Decimal("0.01")})

    assert judged.returncode == 1


def test_an_entry_carries_what_it_was_for():
    out = io.StringIO()

    write_beancount(ENTRIES[:1], {}, DAY, out)

    text = out.getvalue()
    assert '  key: "key-1"\n' in text
    assert '  claim: "7"\n' in text
    assert "票据" in text
    assert f"  {beancount_name(PERSON)} -33.33 CNY\n" in text


def test_the_same_book_is_written_alike_every_time():
    first, second = io.StringIO(), io.StringIO()

    write_beancount(ENTRIES, HELD, DAY, first)
    write_beancount(ENTRIES, dict(reversed(HELD.items())), DAY, second)

    assert first.getvalue() == second.getvalue()
    assert "-0.00" not in first.getvalue()


batch_codes = st.text(min_size=1, max_size=8).filter(str.isprintable)


@given(batch_codes, batch_codes)
def test_two_batches_never_share_a_name(one, other):
    names = [
        beancount_name(Account(Kind.LAND_BATCH, source=Source.INTEREST, batch=code)) for code in (one, other)
    ]

    assert (names[0] == names[1]) == (one == other)
