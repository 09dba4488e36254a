"""The audit chain: one for each region, its head locked last in a transaction."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, insert, select, union, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from portal.crypto.key_ring import KeyRing
from portal.domain.audit import Act, RecordedAct
from portal.domain.chain import (
    FIRST_LINK,
    Fault,
    Head,
    canonical,
    head_payload,
    link,
    list_faults,
)
from portal.storage.models.audit import AuditHeadRecord, AuditRecord
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.staff import StaffAccountRecord

_AT_ONCE = 1000


@dataclass(frozen=True)
class RecordedActor:
    """An actor as the record names them."""

    kind: str
    id: int | None
    job_no: str | None


@dataclass(frozen=True)
class Break:
    """A place where a region's chain does not hold: at which row, and how."""

    region: str
    sequence: int
    fault: Fault


def write(
    session: Session,
    keys: KeyRing,
    acts: Sequence[tuple[str, Act]],
    *,
    actor: RecordedActor,
    at: datetime,
    request_id: str | None,
) -> None:
    """Append acts to the chains of their regions; ``at`` is hashed in UTC, as it is read back."""
    at = at.astimezone(UTC)
    in_order = sorted(acts, key=lambda pair: pair[0])  # always the same order of locks
    for region, of_region in groupby(in_order, key=lambda pair: pair[0]):
        head = _lock_head(session, region)
        sequence, last_link = head.sequence, head.last_link
        rows = []
        for _, act in of_region:
            sequence += 1
            row = {
                "region": region,
                "sequence": sequence,
                "at": at,
                "actor_kind": str(actor.kind),
                "actor_id": actor.id,
                "job_no": actor.job_no,
                "act": act.name,
                "subject_kind": act.subject,
                "subject_id": act.subject_id,
                "facts": act.facts,
                "request_id": request_id,
            }
            last_link = link(last_link, _payload(row))
            rows.append({**row, "chain_hash": last_link})
        session.execute(insert(AuditRecord), rows)
        session.execute(
            update(AuditHeadRecord)
            .where(AuditHeadRecord.region == region)
            .values(
                sequence=sequence,
                chain_hash=last_link,
                mac=keys.mac(_signed(region, sequence, last_link)),
            )
        )


def list_breaks(
    session: Session, keys: KeyRing, region: str, noted: Collection[Head] = ()
) -> Iterator[Break]:
    """Every place where a region's chain does not hold, in order; ``noted`` are its heads noted elsewhere."""
    stored = session.get(AuditHeadRecord, region)
    head = None if stored is None else Head(stored.sequence, stored.chain_hash)

    def is_signed(head: Head) -> bool:
        return stored is not None and keys.is_mac_of(
            stored.mac, _signed(region, head.sequence, head.last_link)
        )

    for sequence, fault in list_faults(read_chained(session, region), head, is_signed, noted=noted):
        yield Break(region, sequence, fault)


def read_chained(session: Session, region: str) -> Iterator[tuple[int, bytes, bytes]]:
    """Sequence, payload and link of each row; a row that holds something else than it may has no payload."""
    of_region = AuditRecord.region == region
    numbers = session.scalars(
        select(AuditRecord.sequence).where(of_region).order_by(AuditRecord.sequence)
    ).all()
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        try:
            yield from _read_rows(session, region, some[0], some[-1])
        except ValueError:
            for number in some:
                yield _read_row(session, region, number)


def _read_rows(session: Session, region: str, first: int, last: int) -> list[tuple[int, bytes, bytes]]:
    rows = session.execute(
        select(AuditRecord.__table__, *(cast(column, Text).label(f"{column.name}_text") for column in _SPELT))
        .where(AuditRecord.region == region, AuditRecord.sequence.between(first, last))
        .order_by(AuditRecord.sequence)
    )
    dialect = session.get_bind().dialect
    return [
        (row["sequence"], _payload(row) if _is_as_spelt(row, dialect) else b"", row["chain_hash"])
        for row in rows.mappings()
    ]


# What a file keeps as text; a server keeps values, which have one spelling only.
_SPELT = (AuditRecord.__table__.c.at, AuditRecord.__table__.c.facts)


def _is_as_spelt(row: Any, dialect: Dialect) -> bool:
    """Whether moments and facts stand as we write them; another byte may well read as the same value."""
    if dialect.name != "sqlite":
        return True
    for column in _SPELT:
        spell = column.type.dialect_impl(dialect).bind_processor(dialect)
        if spell is not None and spell(row[column.name]) != row[f"{column.name}_text"]:
            return False
    return True


def _read_row(session: Session, region: str, number: int) -> tuple[int, bytes, bytes]:
    try:
        return _read_rows(session, region, number, number)[0]
    except ValueError:  # a moment that never was, or facts that are no facts
        stored = select(AuditRecord.chain_hash).where(
            AuditRecord.region == region, AuditRecord.sequence == number
        )
        return number, b"", session.execute(stored).scalar_one()


@dataclass(frozen=True)
class AuditWish:
    """Which acts of a region are looked for; what is None does not matter. Moments are half open."""

    region: str
    since: datetime | None = None
    until: datetime | None = None
    acts: frozenset[str] | None = None
    job_no: str | None = None
    subject: tuple[str, int] | None = None


_RECORDED = select(
    AuditRecord.sequence,
    AuditRecord.at,
    AuditRecord.actor_kind,
    AuditRecord.actor_id,
    AuditRecord.job_no,
    AuditRecord.act,
    AuditRecord.subject_kind,
    AuditRecord.subject_id,
    AuditRecord.facts,
    AuditRecord.request_id,
)
"""A ``RecordedAct``, column by column."""


def list_acts(
    session: Session, wish: AuditWish, *, limit: int, before: int | None = None
) -> list[RecordedAct]:
    """Acts that fit, newest first; ``before`` goes on below a sequence number."""
    query = _RECORDED.where(*_fits(wish)).order_by(AuditRecord.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditRecord.sequence < before)
    return [RecordedAct(*row) for row in session.execute(query)]


def list_acts_on(
    session: Session, kind: str, row_ids: Collection[int], acts: Collection[str]
) -> list[RecordedAct]:
    """What of these acts was done to these rows of a kind, row by row, oldest first."""
    query = _RECORDED.where(
        AuditRecord.subject_kind == kind, AuditRecord.subject_id.in_(row_ids), AuditRecord.act.in_(acts)
    ).order_by(AuditRecord.subject_id, AuditRecord.region, AuditRecord.sequence)
    return [RecordedAct(*row) for row in session.execute(query)]


def list_heads(session: Session) -> list[tuple[str, Head]]:
    """Where each region's chain ends."""
    rows = session.execute(
        select(AuditHeadRecord.region, AuditHeadRecord.sequence, AuditHeadRecord.chain_hash).order_by(
            AuditHeadRecord.region
        )
    )
    return [(row.region, Head(row.sequence, row.chain_hash)) for row in rows]


def _fits(wish: AuditWish) -> list[ColumnElement[bool]]:
    fits = [AuditRecord.region == wish.region]
    if wish.since is not None:
        fits.append(AuditRecord.at >= wish.since)
    if wish.until is not None:
        fits.append(AuditRecord.at < wish.until)
    if wish.acts is not None:
        fits.append(AuditRecord.act.in_(sorted(wish.acts)))
    if wish.job_no is not None:
        fits.append(AuditRecord.job_no == wish.job_no)
    if wish.subject is not None:
        fits += [AuditRecord.subject_kind == wish.subject[0], AuditRecord.subject_id == wish.subject[1]]
    return fits


def list_regions(session: Session) -> list[str]:
    """The regions that have a chain or ought to, since somebody came on record there; in order."""
    places = (AuditRecord.region, AuditHeadRecord.region, PersonRecord.region, StaffAccountRecord.region)
    return sorted(session.scalars(union(*map(select, places))))


def _lock_head(session: Session, region: str) -> Head:
    dialect = session.get_bind().dialect.name
    start = (
        (postgresql if dialect == "postgresql" else sqlite)
        .insert(AuditHeadRecord)
        .values(region=region, sequence=0, chain_hash=FIRST_LINK, mac=b"")
    )
    session.execute(start.on_conflict_do_nothing())
    row = session.execute(
        select(AuditHeadRecord.sequence, AuditHeadRecord.chain_hash)
        .where(AuditHeadRecord.region == region)
        .with_for_update()
    ).one()
    return Head(row.sequence, row.chain_hash)


def _signed(region: str, sequence: int, last_link: bytes) -> bytes:
    return head_payload(f"audit {region}", sequence, last_link)


def _payload(row: Any) -> bytes:
    """One spelling of a row, the same before it is stored and after it is read back."""
    return canonical(
        {
            "region": row["region"],
            "sequence": row["sequence"],
            "at": row["at"].isoformat(timespec="microseconds"),
            "actor_kind": row["actor_kind"],
            "actor_id": row["actor_id"],
            "job_no": row["job_no"],
            "act": row["act"],
            "subject_kind": row["subject_kind"],
            "subject_id": row["subject_id"],
            "facts": row["facts"],
            "request_id": row["request_id"],
        }
    )
