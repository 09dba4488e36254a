"""Who did what with a person's file, across everything that is theirs."""

from dataclasses import fields

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.domain.audit import RecordedAct
from portal.storage.models.audit import AuditRecord
from portal.storage.models.claims import ClaimRecord, ReceiptRecord

_COLUMNS = tuple(AuditRecord.__table__.c[field.name] for field in fields(RecordedAct))


def list_acts_on_person(session: Session, person_id: int, limit: int | None = None) -> list[RecordedAct]:
    """What anyone did with a person's file, claims or papers, newest first."""
    theirs = {
        "claim": select(ClaimRecord.id).where(ClaimRecord.person_id == person_id),
        "receipt": select(ReceiptRecord.id).where(ReceiptRecord.person_id == person_id),
    }
    of_person = and_(AuditRecord.subject_kind == "person", AuditRecord.subject_id == person_id)
    of_theirs = (
        and_(AuditRecord.subject_kind == kind, AuditRecord.subject_id.in_(rows))
        for kind, rows in theirs.items()
    )
    rows = session.execute(
        select(*_COLUMNS)
        .where(or_(of_person, *of_theirs))
        .order_by(AuditRecord.at.desc(), AuditRecord.region, AuditRecord.sequence.desc())
        .limit(limit)
    )
    return [RecordedAct(*row) for row in rows]
