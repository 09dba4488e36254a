"""Taking in what offices send as sheets: looked at first, then kept whole or not at all."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO

from portal.domain.land_records import SHEETS
from portal.domain.roster_import import (
    PREVIEW_LIFETIME,
    FileHasProblems,
    FileKind,
    NoSuchPreview,
    RosterAccepted,
    RosterPreviewed,
)
from portal.domain.sheets import Circumstances, Line, Row, SheetProblem, find_header, read_lines
from portal.domain.staff import Role
from portal.services import audit
from portal.services.rosters.findings import Findings
from portal.services.rosters.people import People
from portal.services.rosters.records import Records
from portal.services.work import Actor, ActorKind, Work
from portal.spreadsheets.reading import open_sheet
from portal.spreadsheets.writing import Cell, write_csv, write_xlsx
from portal.storage import rosters as stored_rosters
from portal.storage import staff as stored_staff
from portal.storage.first_rows import FirstRowsOnDisk
from portal.storage.rosters import PastImport, StoredPreview
from portal.storage.staff import NoSuchAccount

PEOPLE = "roster"

MAY_IMPORT = (Role.CLERK, Role.ADMINISTRATOR)

ROWS_AT_ONCE = 1000
"""So many rows are looked up, sealed and written together; no more are ever held."""

Progress = Callable[[int, int], None]
"""Told how many rows are done, and about how many there are."""

_TOKEN_KIND = "roster_preview"  # noqa: S105  the name of a kind of token
_DIGEST_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Preview:
    """A file that was read and waits, and what was found in it."""

    token: str
    findings: Findings
    read_at: datetime
    expires_at: datetime


def examine(
    work: Work, sheet: str, region: str, stream: BinaryIO, progress: Progress | None = None
) -> Findings:
    """Read a whole file and say everything that it would do and that is wrong with it; nothing is stored.

    Raises:
        Refusal: it is no sheet that can be read at all, or its header is not found.
    """
    return _read(work, sheet, region, stream, _digest(stream), progress, take=False)


def accept(
    work: Work, sheet: str, region: str, stream: BinaryIO, progress: Progress | None = None
) -> Findings:
    """Take a file in, whole or not at all. A file that says nothing new changes nothing.

    Raises:
        FileHasProblems: one row cannot be taken, so none is.
        ProposerMissing: a phone or payee would change, and nobody of the desk stands for the file.
    """
    digest = _digest(stream)
    stored_rosters.lock_imports(work.session)
    is_known = stored_rosters.is_known_file(work.session, region, sheet, digest)
    findings = _read(work, sheet, region, stream, digest, progress, take=True)
    if findings.problem_count:
        raise FileHasProblems(problems=findings.problem_count)
    if findings.changes_anything or not is_known:
        import_id = stored_rosters.add_import(
            work.session,
            sheet=sheet,
            region=region,
            file_digest=digest,
            accepted_at=work.now,
            accepted_by=work.actor.staff_person_id,
            counts=findings.counts,
        )
        audit.record(
            work,
            RosterAccepted(
                import_id, sheet, findings.new, findings.changed, findings.unchanged, findings.held
            ),
            region=region,
        )
    return findings


def stand_for(work: Work, login: str, region: str) -> Actor:
    """Who of the desk takes a file in from a terminal: a clerk or administrator of its region.

    Raises:
        NoSuchAccount: there is none such with this login.
    """
    account = stored_staff.find_account(work.session, login)
    if (
        account is None
        or account.disabled_at is not None
        or account.region != region
        or account.roles.isdisjoint(MAY_IMPORT)
    ):
        raise NoSuchAccount(login=login)
    return Actor(
        ActorKind.STAFF,
        region=region,
        staff_person_id=account.person_id,
        staff_account_id=account.id,
        job_no=account.job_no,
        staff_name=account.name,
        roles=account.roles,
        town=account.town,
    )


def preview(work: Work, sheet: str, content: bytes) -> str:
    """Read a file of the actor's region and keep it under seal for an hour; returns the preview's token.

    Raises:
        Refusal: it is no sheet that can be read at all, or its header is not found.
    """
    region, staff_person_id = _desk(work)
    findings = examine(work, sheet, region, BytesIO(content))
    token = secrets.token_urlsafe(24)
    wrapped, data_key = work.keys.new_data_key(_TOKEN_KIND)
    found = findings.to_json().encode()
    blob = work.house.blobs.add(data_key.seal(b"%d\n%b%b" % (len(found), found, content)))
    stored_rosters.add_preview(
        work.session,
        token_hash=work.keys.token_hash(_TOKEN_KIND, token),
        sheet=sheet,
        region=region,
        blob=blob,
        key_wrapped=wrapped,
        file_digest=hashlib.sha256(content).digest(),
        counts=findings.counts,
        staff_person_id=staff_person_id,
        read_at=work.now,
        expires_at=work.now + PREVIEW_LIFETIME,
    )
    rows = findings.new + findings.changed + findings.unchanged
    audit.record(work, RosterPreviewed(sheet, rows, findings.problem_count), region=region)
    return token


def get_preview(work: Work, token: str) -> Preview:
    """A file that waits, as its reader may see it again; raises ``NoSuchPreview``."""
    stored = _get_own(work, token)
    findings, _ = _unseal(work, stored)
    return Preview(token, findings, stored.read_at, stored.expires_at)


def accept_preview(work: Work, token: str) -> Findings:
    """Take in a file that was previewed; what has changed on record meanwhile counts.

    Raises:
        NoSuchPreview: it is over, was accepted, or is somebody else's.
        FileHasProblems: one row cannot be taken, so none is.
    """
    stored = _get_own(work, token)
    _, content = _unseal(work, stored)
    findings = accept(work, stored.sheet, stored.region, BytesIO(content))
    stored_rosters.end_preview(work.session, stored.id, work.now)
    return findings


def drop_preview(work: Work, token: str) -> None:
    """Do without a file that was previewed; raises ``NoSuchPreview``."""
    stored_rosters.end_preview(work.session, _get_own(work, token).id, work.now)


def forget_expired_previews(work: Work) -> None:
    """Remove the files of previews that are over, and their rows."""
    for preview_id, blob in stored_rosters.list_expired_previews(work.session, work.now):
        work.house.blobs.remove(blob)  # first: a row without a file does no harm, and is met again
        stored_rosters.remove_preview(work.session, preview_id)


def list_imports(work: Work) -> list[PastImport]:
    """What the actor's region took in last, newest first."""
    region, _ = _desk(work)
    return stored_rosters.list_imports(work.session, region)


def write_sheet(title: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]], kind: FileKind) -> bytes:
    """A sheet to be downloaded: a template, or a list of problems. No cell of it is a formula."""
    return write_xlsx(title, headers, rows) if kind is FileKind.XLSX else b"".join(write_csv(headers, rows))


def _read(
    work: Work,
    sheet: str,
    region: str,
    stream: BinaryIO,
    digest: bytes,
    progress: Progress | None,
    *,
    take: bool,
) -> Findings:
    opened = open_sheet(stream)
    rows = _counted(opened.rows, opened.row_count, progress)
    with FirstRowsOnDisk() as first_rows:
        header = find_header(SHEETS[sheet], rows, first_rows)
        findings = Findings(sheet, region, header.ignored)
        known = stored_rosters.is_known_file(work.session, region, sheet, digest)
        subject: People | Records = (
            People(work, region, is_known_file=known, hold=take)
            if sheet == PEOPLE
            else Records(work, sheet, region, is_known_file=known)
        )
        read = read_lines(header, rows, Circumstances(work.today, work.house.is_demo))
        for lines in _in_chunks(read, findings):
            planned, problems = subject.plan(lines)
            findings.add_problems(problems)
            for each in planned:
                findings.add_meaning(each.meaning)
            if take and not findings.problem_count:
                subject.take(planned)  # type: ignore[arg-type]  # its own plans
    findings.problems.sort(key=lambda problem: problem.row)
    return findings


def _in_chunks(read: Iterator[Line[Any] | SheetProblem], findings: Findings) -> Iterator[list[Line[Any]]]:
    """Sound rows, so many at a time; problems go to the findings as they come."""
    while chunk := list(islice(read, ROWS_AT_ONCE)):
        lines = [each for each in chunk if isinstance(each, Line)]
        findings.add_problems(each for each in chunk if isinstance(each, SheetProblem))
        if lines:
            yield lines


def _counted(rows: Iterator[Row], about: int, progress: Progress | None) -> Iterator[Row]:
    done = 0
    for done, row in enumerate(rows, 1):
        yield row
        if progress is not None and done % ROWS_AT_ONCE == 0:
            progress(done, about)
    if progress is not None:
        progress(done, done)


def _digest(stream: BinaryIO) -> bytes:
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(_DIGEST_CHUNK):
        digest.update(chunk)
    return digest.digest()


def _desk(work: Work) -> tuple[str, int]:
    actor = work.actor
    if actor.region is None or actor.staff_person_id is None:
        raise NoSuchPreview
    return actor.region, actor.staff_person_id


def _get_own(work: Work, token: str) -> StoredPreview:
    region, staff_person_id = _desk(work)
    stored = stored_rosters.find_preview(work.session, work.keys.token_hashes(_TOKEN_KIND, token))
    if (
        stored is None
        or stored.expires_at <= work.now
        or (stored.region, stored.staff_person_id) != (region, staff_person_id)
    ):
        raise NoSuchPreview
    return stored


def _unseal(work: Work, stored: StoredPreview) -> tuple[Findings, bytes]:
    data_key = work.keys.open_data_key(stored.key_wrapped, _TOKEN_KIND)
    length, _, rest = data_key.open_sealed(work.house.blobs.get(stored.blob)).partition(b"\n")
    return Findings.from_json(rest[: int(length)].decode()), rest[int(length) :]
