"""Puts acts on record, finds them again, and checks that the record is whole."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from portal.domain.audit import Act, RecordedAct
from portal.domain.chain import Head
from portal.services.work import CHINA, Work
from portal.spreadsheets.writing import Cell, write_csv, write_xlsx
from portal.storage import audit as stored_audit
from portal.storage import claims as stored_claims
from portal.storage.audit import AuditWish, Break
from portal.storage.damage import text_as_it_stands

# Where an act belongs to no region, as when a machine does its rounds.
HOUSE_BOOK = "house"

LINES_A_PAGE = 100
MOST_LINES_EXPORTED = 200_000

Spell = Callable[[RecordedAct], Sequence[Cell]]
"""Makes the cells of a line in the reader's words."""


@dataclass(frozen=True)
class Wanted:
    """Which acts are looked for; what is None does not matter. Days are legal days, both included."""

    first_day: date | None = None
    last_day: date | None = None
    acts: frozenset[str] | None = None
    job_no: str | None = None
    claim_number: str | None = None


@dataclass(frozen=True)
class AuditExported(Act):
    """Someone took a part of the audit log out as a file."""

    lines: int
    form: str


def record(work: Work, act: Act, region: str | None = None) -> None:
    """Put an act on record; it is written when the work ends, together with what was done."""
    work.on_record.append((region or work.actor.region or HOUSE_BOOK, act))


def search(work: Work, wanted: Wanted, before: int | None = None) -> list[RecordedAct]:
    """A page of acts of the actor's region, newest first; ``before`` goes on below a sequence number."""
    wish = _wish(work, wanted)
    return (
        [] if wish is None else stored_audit.list_acts(work.session, wish, limit=LINES_A_PAGE, before=before)
    )


def export_csv(work: Work, wanted: Wanted, headers: Sequence[str], spell: Spell) -> Iterator[bytes]:
    """What is wanted as a CSV, line by line; that it was taken out goes on record."""
    return write_csv(headers, map(spell, _take_out(work, wanted, "csv")))


def export_xlsx(work: Work, wanted: Wanted, headers: Sequence[str], spell: Spell, title: str) -> bytes:
    """What is wanted as a workbook; that it was taken out goes on record."""
    return write_xlsx(title, headers, map(spell, _take_out(work, wanted, "xlsx")))


def _take_out(work: Work, wanted: Wanted, form: str) -> list[RecordedAct]:
    wish = _wish(work, wanted)
    lines = [] if wish is None else stored_audit.list_acts(work.session, wish, limit=MOST_LINES_EXPORTED)
    record(work, AuditExported(len(lines), form))
    return lines


def _wish(work: Work, wanted: Wanted) -> AuditWish | None:
    """What is asked of the table; None where a claim is named that there is not."""
    subject = None
    if wanted.claim_number is not None:
        claim = stored_claims.find_by_number(work.session, wanted.claim_number)
        if claim is None:
            return None
        subject = ("claim", claim.id)
    return AuditWish(
        region=_region(work),
        since=None if wanted.first_day is None else _midnight(wanted.first_day),
        until=None if wanted.last_day is None else _midnight(wanted.last_day + timedelta(days=1)),
        acts=wanted.acts,
        job_no=wanted.job_no,
        subject=subject,
    )


def _region(work: Work) -> str:
    return work.actor.region or HOUSE_BOOK


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


def check(
    work: Work, noted: Collection[tuple[str, Head]] = (), *, only: str | None = None
) -> Iterator[Break]:
    """Every place where a chain does not hold, region by region, or in ``only`` one.

    ``noted`` are heads noted outside the database, any number of a region.
    """
    with text_as_it_stands(work.session):
        for region in sorted({*stored_audit.list_regions(work.session), *(region for region, _ in noted)}):
            if only in (None, region):
                heads = [head for of, head in noted if of == region]
                yield from stored_audit.list_breaks(work.session, work.keys, region, heads)


def list_heads(work: Work) -> list[tuple[str, Head]]:
    """Where each region's chain ends, to be noted outside the database."""
    return stored_audit.list_heads(work.session)
