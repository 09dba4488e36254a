"""Photographed papers: rows that say what was handed in; the sealed files stand under ``blob``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.receipts import NoSuchReceipt, ReceiptState
from portal.storage.models.claims import ClaimRecord, ReceiptRecord, RefusedPaperRecord

_TABLE = ReceiptRecord.__table__


@dataclass(frozen=True)
class Receipt:
    """One photographed paper; ``digest`` is of its pixels, ``likeness`` 128 bytes for each page not blank."""

    id: int
    draft_id: int | None
    claim_id: int | None
    person_id: int
    material: str
    position: int
    kind: str
    pages: int
    size: int
    digest: bytes
    likeness: bytes
    state: ReceiptState
    reason: str | None
    added_at: datetime


@dataclass(frozen=True)
class RefusedPaper:
    """A file that was sent and not taken: the code and the facts of the refusal, and nothing of the file."""

    id: int
    material: str
    code: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class ReceiptFile:
    """A paper's row, the number of its claim (None while it is a draft's), and the name of its file."""

    id: int
    claim: str | None
    blob: str


_SELECT = select(*(_TABLE.c[field.name] for field in fields(Receipt)))
_MOST_REFUSED = 5


def add_receipt(
    session: Session,
    *,
    draft_id: int,
    person_id: int,
    material: str,
    kind: str,
    pages: int,
    size: int,
    blob: str,
    key_wrapped: bytes,
    digest: bytes,
    likeness: bytes,
    at: datetime,
) -> Receipt:
    """A paper of a draft, after the others of its material."""
    last = session.execute(
        select(func.max(ReceiptRecord.position)).where(
            ReceiptRecord.draft_id == draft_id, ReceiptRecord.material == material
        )
    ).scalar_one()
    receipt_id = session.execute(
        insert(ReceiptRecord)
        .values(
            draft_id=draft_id,
            person_id=person_id,
            material=material,
            position=(last or 0) + 1,
            kind=kind,
            pages=pages,
            size=size,
            blob=blob,
            key_wrapped=key_wrapped,
            digest=digest,
            likeness=likeness,
            state=str(ReceiptState.RECEIVED),
            added_at=at,
        )
        .returning(ReceiptRecord.id)
    ).scalar_one()
    return get_receipt(session, receipt_id)


def get_receipt(session: Session, receipt_id: int) -> Receipt:
    """One paper; raises ``NoSuchReceipt``."""
    row = session.execute(_SELECT.where(_TABLE.c.id == receipt_id)).mappings().one_or_none()
    if row is None:
        raise NoSuchReceipt
    return _receipt(row)


def get_sealed(session: Session, receipt_id: int) -> tuple[str, bytes]:
    """Where a paper's sealed file stands, and its wrapped key."""
    row = session.execute(
        select(ReceiptRecord.blob, ReceiptRecord.key_wrapped).where(ReceiptRecord.id == receipt_id)
    ).one()
    return row.blob, row.key_wrapped


def list_of_claim(session: Session, claim_id: int) -> list[Receipt]:
    """The papers of a claim, replaced ones too, in the order in which they came."""
    return _list(session, _SELECT.where(_TABLE.c.claim_id == claim_id))


def list_of_draft(session: Session, draft_id: int, claim_id: int | None) -> list[Receipt]:
    """The papers of a draft; where it mends a claim, those of the claim that still count come first."""
    mine = _TABLE.c.draft_id == draft_id
    if claim_id is not None:
        mine = or_(mine, (_TABLE.c.claim_id == claim_id) & (_TABLE.c.state != str(ReceiptState.REPLACED)))
    return _list(session, _SELECT.where(mine))


def set_state(session: Session, receipt_id: int, state: ReceiptState, reason: str | None = None) -> None:
    """Say what became of a paper, and why."""
    session.execute(
        update(ReceiptRecord).where(ReceiptRecord.id == receipt_id).values(state=str(state), reason=reason)
    )


def remove_receipt(session: Session, receipt_id: int) -> None:
    """Forget a paper of a draft; its file is swept afterwards."""
    session.execute(delete(ReceiptRecord).where(ReceiptRecord.id == receipt_id))


def remove_of_drafts(session: Session, draft_ids: list[int]) -> None:
    """Forget the papers of drafts that go."""
    session.execute(delete(ReceiptRecord).where(ReceiptRecord.draft_id.in_(draft_ids)))


def move_to_claim(session: Session, draft_id: int, claim_id: int) -> None:
    """Put a draft's papers with the claim that it became."""
    session.execute(
        update(ReceiptRecord)
        .where(ReceiptRecord.draft_id == draft_id)
        .values(draft_id=None, claim_id=claim_id)
    )


def copy_to_draft(session: Session, claim_id: int, draft_id: int, at: datetime) -> None:
    """Put the papers of an ended claim with a new draft too; both rows speak of one file."""
    kept = (
        "person_id",
        "material",
        "position",
        "kind",
        "pages",
        "size",
        "blob",
        "key_wrapped",
        "digest",
        "likeness",
    )
    rows = session.execute(
        select(*(_TABLE.c[name] for name in kept)).where(
            _TABLE.c.claim_id == claim_id, _TABLE.c.state != str(ReceiptState.REPLACED)
        )
    ).mappings()
    for row in rows.all():
        session.execute(
            insert(ReceiptRecord).values(
                **row, draft_id=draft_id, state=str(ReceiptState.RECEIVED), added_at=at
            )
        )


def add_refused(
    session: Session, draft_id: int, material: str, code: str, facts: Mapping[str, Any], at: datetime
) -> None:
    """Note a file that was not taken; of one material only the newest few are remembered."""
    session.execute(
        insert(RefusedPaperRecord).values(
            draft_id=draft_id, material=material, code=code, facts=dict(facts), sent_at=at
        )
    )
    of_material = (RefusedPaperRecord.draft_id == draft_id, RefusedPaperRecord.material == material)
    newest = (
        select(RefusedPaperRecord.id)
        .where(*of_material)
        .order_by(RefusedPaperRecord.id.desc())
        .limit(_MOST_REFUSED)
    )
    session.execute(
        delete(RefusedPaperRecord).where(*of_material, RefusedPaperRecord.id.not_in(newest.scalar_subquery()))
    )


def list_refused(session: Session, draft_id: int) -> list[RefusedPaper]:
    """The files of a draft that were not taken and not sent anew, the oldest first."""
    rows = session.execute(
        select(
            RefusedPaperRecord.id,
            RefusedPaperRecord.material,
            RefusedPaperRecord.code,
            RefusedPaperRecord.facts,
        )
        .where(RefusedPaperRecord.draft_id == draft_id)
        .order_by(RefusedPaperRecord.id)
    )
    return [RefusedPaper(*row) for row in rows]


def remove_refused(session: Session, draft_id: int, refused_id: int) -> None:
    """Forget a file that was not taken."""
    session.execute(
        delete(RefusedPaperRecord).where(
            RefusedPaperRecord.draft_id == draft_id, RefusedPaperRecord.id == refused_id
        )
    )


def iterate_blobs(session: Session) -> Iterator[str]:
    """The names of all files that a row speaks of."""
    return iter(session.scalars(select(ReceiptRecord.blob)).yield_per(1000))


def list_files(session: Session) -> list[ReceiptFile]:
    """The file of every paper, in the order of their rows; two papers may share one."""
    rows = session.execute(
        select(ReceiptRecord.id, ClaimRecord.number, ReceiptRecord.blob)
        .outerjoin(ClaimRecord, ReceiptRecord.claim_id == ClaimRecord.id)
        .order_by(ReceiptRecord.id)
    )
    return [ReceiptFile(*row) for row in rows]


def _list(session: Session, query: Select[tuple[object, ...]]) -> list[Receipt]:
    ordered = query.order_by(_TABLE.c.claim_id.is_(None), _TABLE.c.position, _TABLE.c.id)
    return [_receipt(row) for row in session.execute(ordered).mappings()]


def _receipt(row: RowMapping) -> Receipt:
    return Receipt(**{**row, "state": ReceiptState(row["state"])})
