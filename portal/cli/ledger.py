"""Checks the ledger, writes it out, and posts a year's interest."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

import click

from portal.cli.chains import FAULTS, NotedHead, check_region
from portal.cli.house import open_furnished_house, open_own_house
from portal.config import Settings
from portal.domain.chain import Head
from portal.services import ledger as books
from portal.services import ledger_export
from portal.services.ledger import Book, Wrong
from portal.services.work import SYSTEM, House, Work, begin_reading, begin_work
from portal.web.work import SteadyClock

_SAID = FAULTS | {
    Wrong.UNBALANCED: "the postings do not sum to zero",
    Wrong.MISNUMBERED: "the postings are not numbered 1, 2, 3 and so on",
    Wrong.OTHER_BOOK: "it touches an account of another book",
    Wrong.BATCHES_MIXED: "money of one land batch paid for another",
    Wrong.NOT_ALLOWED: "the region's list does not allow this movement on this account",
    Wrong.MISNAMED: "the account is not what its name says",
    Wrong.OVERDRAWN: "the account holds less than nothing",
    Wrong.BALANCE_DIFFERS: "the kept balance is not the sum of the postings, or is gone",
    Wrong.BEYOND_CAP: "subsidised for more years than the rule allows",
}


@click.group()
def ledger() -> None:
    """Check the ledger, write it out, or post a year's interest."""


@ledger.command()
@click.option(
    "--head",
    "noted",
    multiple=True,
    type=NotedHead(of_book=True),
    metavar="REGION:BOOK:SEQUENCE:HASH",
    help="A head noted outside the database; an old copy that was put back is found by it.",
)
@click.option("--region", help="Only this region's books.")
def check(*, noted: tuple[tuple[str, Head], ...], region: str | None) -> None:
    """Check every book from its rows; each wrong row is named, and the exit status is 1."""
    house = _open_house()
    check_region(region, house.packs.ledgers, noted)
    of_books = [(Book(*chain.split(":")), head) for chain, head in noted]
    count = 0
    with begin_reading(house, SYSTEM, SteadyClock(house)) as work:
        for finding in books.check(work, of_books, only=region):
            count += 1
            click.echo(f"{finding.place}: {_SAID[finding.fault]}")
        ends = books.list_heads(work)
    if count:
        raise click.ClickException(f"{count} places are wrong.")
    for book, head in ends:
        if region in (None, book.region):
            click.echo(f"{':'.join(book)}:{head}")


@ledger.command()
@click.option("--format", "kind", type=click.Choice(["beancount", "csv", "xlsx"]), required=True)
@click.option("--region", required=True, help="Whose ledger.")
@click.option("--book", default=books.MAIN_BOOK, show_default=True, help="Which of the region's books.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to; else standard output."
)
def export(*, kind: str, region: str, book: str, out: Path | None) -> None:
    """Write a book out, entry by entry: for bean-check, or for a spreadsheet."""
    if out is None and kind == "xlsx":
        raise click.UsageError("A workbook is written to a file: give --out.")
    house = _open_house()
    with (
        begin_reading(house, SYSTEM, SteadyClock(house)) as work,
        nullcontext(sys.stdout.buffer) if out is None else _written_whole(out) as file,
    ):
        _write(work, kind, _find_book(work, region, book), file)


@ledger.command()
@click.argument("year", type=click.IntRange(1990, 2099))
@click.option("--region", required=True, help="Whose accounts.")
@click.option("--book", default=books.MAIN_BOOK, show_default=True, help="Which of the region's books.")
def interest(*, year: int, region: str, book: str) -> None:
    """Post a YEAR's interest at the rate that the region's rules give; a second time changes nothing."""
    house = open_own_house(Settings.from_env(os.environ))
    with begin_work(house, SYSTEM, SteadyClock(house)) as work:
        found = _find_book(work, region, book)
        reached = books.post_due_interest(work, year, region=found.region, book=found.name)
    if reached is None:
        click.echo(f"{region} {year}: 待公布 (no rate in force on {year}-12-31; nothing was posted)")
    else:
        click.echo(f"{region} {year}: {reached} accounts")


def _write(work: Work, kind: str, book: Book, file: BinaryIO) -> None:
    if kind == "beancount":
        text = TextIOWrapper(file, encoding="utf-8")
        ledger_export.export_beancount(work, book, text)
        text.detach()  # flushes, and leaves the file to whoever opened it
    elif kind == "csv":
        file.writelines(ledger_export.export_csv(work, book))
    else:
        file.write(ledger_export.export_xlsx(work, book))


def _find_book(work: Work, region: str, name: str) -> Book:
    """A book that there is; the main one is every region's, even before anything stands in it."""
    if region not in work.packs.ledgers:
        known = ", ".join(sorted(work.packs.ledgers))
        raise click.BadParameter(f"there is no {region!r}; there are {known}.", param_hint="--region")
    book = Book(region, name)
    if name != books.MAIN_BOOK and book not in (known_book for known_book, _ in books.list_heads(work)):
        raise click.BadParameter(f"{region} keeps no book {name!r}.", param_hint="--book")
    return book


@contextmanager
def _written_whole(out: Path) -> Iterator[BinaryIO]:
    """A file that is there when all of it could be written, and else as it was before."""
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(out)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _open_house() -> House:
    return open_furnished_house(Settings.from_env(os.environ))
