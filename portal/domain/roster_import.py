"""What a file from an office may do to the record: whose rows it may touch, what a second person decides."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar

from portal.domain.audit import Act
from portal.domain.deadlines import WorkingCalendar, working_days_after
from portal.domain.errors import Refusal

PREVIEW_LIFETIME = timedelta(hours=1)
"""How long a file that was read waits, under seal, for somebody to accept it."""

PAYEE_HELD_WORKING_DAYS = 3
"""How long payments wait after a phone or payee is to be changed: long enough to ask the person."""


class PersonOfAnotherRegion(Refusal):
    """The person is on another region's record; two regions never both pay for one person."""

    code: ClassVar[str] = "person_of_another_region"


class OutsideYourTown(Refusal):
    """The row is of another town than the one that this account works for."""

    code = "outside_your_town"


class InsuranceNoTaken(Refusal):
    """Somebody else on record has this insurance number."""

    code = "insurance_no_taken"


class OpeningAlreadyPosted(Refusal):
    """An opening balance stands in the ledger with another amount; only a reversal changes what is posted."""

    code = "opening_already_posted"


class OpeningNotInRegion(Refusal):
    """The region's texts know no account that money of this source could open."""

    code = "opening_not_in_region"


class OpeningWithoutBatch(Refusal):
    """Levy money is kept by land batch, and the row names none."""

    code = "opening_without_batch"


class FileHasProblems(Refusal):
    """A file is taken in whole or not at all, and this one has ``facts["problems"]`` problems."""

    code = "file_has_problems"


class NoSuchPreview(Refusal):
    """The preview is over, was accepted, or is somebody else's."""

    code = "no_such_preview"


class ProposerMissing(Refusal):
    """The file changes a phone or payee, and nobody is named who stands for it."""

    code = "proposer_missing"


class FileKind(StrEnum):
    """In what form the portal hands a sheet out."""

    XLSX = "xlsx"
    CSV = "csv"


@dataclass(frozen=True)
class RosterPreviewed(Act):
    """A file was read, and nothing of it stored yet."""

    sheet: str
    rows: int
    problems: int


@dataclass(frozen=True)
class RosterAccepted(Act):
    """A file was taken in whole; ``held`` are the phones and payees that wait for a second person."""

    subject: ClassVar[str] = "roster_import"
    roster_import_id: int
    sheet: str
    new: int
    changed: int
    unchanged: int
    held: int


def last_day_held(proposed_on: date, working: WorkingCalendar) -> date:
    """Give the last day on which nothing is paid to somebody whose phone or payee is to be changed."""
    return working_days_after(proposed_on, PAYEE_HELD_WORKING_DAYS, working).day
