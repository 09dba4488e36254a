"""Writes a book out, entry by entry, for auditors and their programs."""

from collections.abc import Iterator
from itertools import islice
from typing import ClassVar, TextIO

from portal.domain.errors import Refusal
from portal.domain.money import ZERO, Yuan
from portal.services.work import Work
from portal.spreadsheets.beancount import write_beancount
from portal.spreadsheets.writing import Cell, write_csv, write_xlsx
from portal.storage import ledger as stored_ledger
from portal.storage.ledger import Book

HEADERS = (
    "账套",
    "序号",
    "日期",
    "业务",
    "科目户",
    "借方",
    "贷方",
    "缴费年度",
    "申请",
    "冲正",
    "编号",
    "说明",
)

MOST_ROWS = 200_000


class ExportTooLong(Refusal):
    """A workbook holds no more rows; ``facts["most"]`` says how many. A CSV has no end."""

    code: ClassVar[str] = "export_too_long"


def export_beancount(work: Work, book: Book, out: TextIO) -> None:
    """Write a book as a Beancount file, as it is read, asserting the balances that our pages show."""
    entries = (posted.entry for posted in stored_ledger.list_entries(work.session, book))
    write_beancount(entries, stored_ledger.read_balances(work.session, book), work.today, out)


def export_csv(work: Work, book: Book) -> Iterator[bytes]:
    """A book as CSV, a line for each posting, as it is read."""
    return write_csv(HEADERS, _rows(work, book))


def export_xlsx(work: Work, book: Book) -> bytes:
    """A book as a workbook, made in memory; raises ``ExportTooLong`` where a sheet would not hold it."""
    rows = list(islice(_rows(work, book), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise ExportTooLong(most=MOST_ROWS)
    return write_xlsx(book.region, HEADERS, rows)


def _rows(work: Work, book: Book) -> Iterator[list[Cell]]:
    for posted in stored_ledger.list_entries(work.session, book):
        entry = posted.entry
        for posting in entry.postings:
            yield [
                f"{book.region}/{book.name}",
                posted.sequence,
                entry.on.isoformat(),
                entry.movement,
                posting.account.name,
                _if_positive(posting.amount),
                _if_positive(-posting.amount),
                entry.contribution_year,
                entry.claim_id,
                entry.reverses,
                entry.key,
                entry.facts_text,
            ]


def _if_positive(amount: Yuan) -> Yuan | None:
    return amount if amount > ZERO else None
