"""The audit chain: one for each region, its head locked last in a transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.crypto.key_ring import KeyRing
from portal.domain.audit import Act
from portal.domain.chain import FIRST_LINK, canonical, head_payload, link
from portal.storage.models.audit import AuditHeadRecord, AuditRecord


@dataclass(frozen=True)
class RecordedActor:
    """An actor as the record names them."""

    kind: str
    id: int | None
    job_no: str | None


@dataclass(frozen=True)
class Head:
    """The last link of a region's chain."""

    sequence: int
    last_link: bytes


@dataclass(frozen=True)
class Break:
    """A place where the chain does not hold: ``sequence`` is the row, ``fault`` a code."""

    region: str
    sequence: int
    fault: str


def write(
    session: Session,
    keys: KeyRing,
    acts: Sequence[tuple[str, Act]],
    *,
    actor: RecordedActor,
    at: datetime,
    request_id: str | None,
) -> None:
    """Append acts to the chains of their regions."""
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


def list_breaks(session: Session, keys: KeyRing, region: str) -> Iterator[Break]:
    """Every place where a region's chain does not hold, in order.

    Codes: ``missing`` (a row is gone), ``changed`` (a row does not match its link), ``tail`` (the
    last rows are gone, or rows follow the head), ``head`` (the head was not written with our key).
    """
    expected, last_link = 0, FIRST_LINK
    rows = session.execute(
        select(AuditRecord.__table__)
        .where(AuditRecord.region == region)
        .order_by(AuditRecord.sequence)
        .execution_options(yield_per=1000)
    ).mappings()
    for row in rows:
        expected += 1
        if row["sequence"] != expected:
            yield Break(region, expected, "missing")
            expected = row["sequence"]
        elif link(last_link, _payload(row)) != row["chain_hash"]:
            yield Break(region, expected, "changed")
        last_link = row["chain_hash"]
    head = session.get(AuditHeadRecord, region)
    if head is None:
        if expected:
            yield Break(region, expected, "head")
        return
    if (head.sequence, head.chain_hash) != (expected, last_link):
        yield Break(region, expected, "tail")
    if not keys.is_mac_of(head.mac, _signed(region, head.sequence, head.chain_hash)):
        yield Break(region, head.sequence, "head")


def list_regions(session: Session) -> list[str]:
    """The regions that have a chain, in order."""
    rows = session.scalars(select(AuditRecord.region).distinct())
    heads = session.scalars(select(AuditHeadRecord.region))
    return sorted({*rows, *heads})


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
