"""Drafts: answers not yet handed in, one of each kind for a person."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.orm import Session

from portal.domain.claim_kinds import ClaimKind
from portal.domain.errors import Refusal
from portal.storage.models.claims import DraftHelperRecord, DraftRecord

_TABLE = DraftRecord.__table__


class NoSuchDraft(Refusal):
    """There is no such draft, it is over, or it is not this person's."""

    code: ClassVar[str] = "no_such_draft"


@dataclass(frozen=True)
class Draft:
    """Answers so far; ``resubmits_claim_id`` is the returned claim that they mend.

    ``assisted_by`` names who else may go on with it: ``person 12`` or ``staff 3``.
    """

    id: int
    person_id: int
    kind: ClaimKind
    answers: Mapping[str, Any]
    resubmits_claim_id: int | None
    assisted_by: str | None
    begun_at: datetime
    changed_at: datetime
    expires_at: datetime


_SELECT = select(*(_TABLE.c[field.name] for field in fields(Draft)))


def add_draft(
    session: Session,
    *,
    person_id: int,
    kind: ClaimKind,
    answers: Mapping[str, Any],
    resubmits_claim_id: int | None,
    now: datetime,
    expires_at: datetime,
) -> int:
    """A new draft; the person has none of this kind."""
    draft_id: int = session.execute(
        insert(DraftRecord)
        .values(
            person_id=person_id,
            kind=str(kind),
            answers=dict(answers),
            resubmits_claim_id=resubmits_claim_id,
            begun_at=now,
            changed_at=now,
            expires_at=expires_at,
        )
        .returning(DraftRecord.id)
    ).scalar_one()
    return draft_id


def get_draft(session: Session, draft_id: int, now: datetime) -> Draft:
    """One draft that is not over; raises ``NoSuchDraft``."""
    return _one(session.execute(_SELECT.where(_TABLE.c.id == draft_id)).mappings().one_or_none(), now)


def lock_draft(session: Session, draft_id: int, now: datetime) -> Draft:
    """One draft that is not over, held until the work ends; raises ``NoSuchDraft``."""
    query = _SELECT.where(_TABLE.c.id == draft_id).with_for_update()
    return _one(session.execute(query).mappings().one_or_none(), now)


def find_of_kind(session: Session, person_id: int, kind: ClaimKind) -> int | None:
    """A person's draft of a kind, over or not."""
    return session.execute(
        select(DraftRecord.id).where(DraftRecord.person_id == person_id, DraftRecord.kind == str(kind))
    ).scalar_one_or_none()


def find_by_resume_code(session: Session, hashes: tuple[bytes, ...], now: datetime) -> Draft | None:
    """The draft that a code on a slip opens."""
    row = (
        session.execute(
            _SELECT.where(_TABLE.c.resume_code_hash.in_(hashes), _TABLE.c.expires_at > now).with_for_update()
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _draft(row)


def list_for_person(session: Session, person_id: int, now: datetime) -> list[Draft]:
    """A person's drafts that are not over, last changed first."""
    rows = session.execute(
        _SELECT.where(_TABLE.c.person_id == person_id, _TABLE.c.expires_at > now).order_by(
            _TABLE.c.changed_at.desc(), _TABLE.c.id
        )
    ).mappings()
    return [_draft(row) for row in rows]


def change_draft(session: Session, draft_id: int, **columns: object) -> None:
    """Set columns of a draft."""
    session.execute(update(DraftRecord).where(DraftRecord.id == draft_id).values(**columns))


def add_helper(session: Session, draft_id: int, staff_person_id: int) -> None:
    """Note that somebody at the desk goes on with a draft; once is enough."""
    if staff_person_id not in list_helpers(session, draft_id):
        session.execute(insert(DraftHelperRecord).values(draft_id=draft_id, staff_person_id=staff_person_id))


def list_helpers(session: Session, draft_id: int) -> list[int]:
    """Who at the desk has gone on with a draft."""
    helper = DraftHelperRecord.staff_person_id
    return list(session.scalars(select(helper).where(DraftHelperRecord.draft_id == draft_id)))


def remove_draft(session: Session, draft_id: int) -> None:
    """Forget a draft."""
    session.execute(delete(DraftRecord).where(DraftRecord.id == draft_id))


def list_over(session: Session, now: datetime) -> list[int]:
    """Drafts whose time is up."""
    return list(session.scalars(select(DraftRecord.id).where(DraftRecord.expires_at <= now)))


def _one(row: RowMapping | None, now: datetime) -> Draft:
    if row is None or row["expires_at"] <= now:
        raise NoSuchDraft
    return _draft(row)


def _draft(row: RowMapping) -> Draft:
    return Draft(**{**row, "kind": ClaimKind(row["kind"])})
