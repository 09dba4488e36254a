"""People at the desk and their accounts."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.orm import Session

from portal.domain.errors import Refusal
from portal.domain.staff import Role
from portal.storage.models.staff import StaffAccountRecord, StaffPersonRecord


class NoSuchAccount(Refusal):
    """There is no staff account with this login."""

    code: ClassVar[str] = "no_such_account"


@dataclass(frozen=True)
class StaffAccount:
    """A way to sign in at the desk, with the natural person behind it."""

    id: int
    person_id: int
    name: str
    job_no: str
    login: str
    password_hash: str
    totp_sealed: bytes
    totp_last_step: int
    roles: frozenset[Role]
    region: str
    town: str | None
    must_change_password: bool
    rights_reviewed_at: datetime
    disabled_at: datetime | None


_COLUMNS = (
    StaffAccountRecord.id,
    StaffAccountRecord.person_id,
    StaffPersonRecord.name,
    StaffPersonRecord.job_no,
    StaffAccountRecord.login,
    StaffAccountRecord.password_hash,
    StaffAccountRecord.totp_sealed,
    StaffAccountRecord.totp_last_step,
    StaffAccountRecord.roles,
    StaffAccountRecord.region,
    StaffAccountRecord.town,
    StaffAccountRecord.must_change_password,
    StaffAccountRecord.rights_reviewed_at,
    StaffAccountRecord.disabled_at,
)
_SELECT = select(*_COLUMNS).join(StaffPersonRecord, StaffPersonRecord.id == StaffAccountRecord.person_id)


def find_account(session: Session, login: str) -> StaffAccount | None:
    """The account with this login, disabled or not."""
    row = session.execute(_SELECT.where(StaffAccountRecord.login == login)).one_or_none()
    return None if row is None else _account(row._mapping)


def get_account(session: Session, account_id: int | None) -> StaffAccount:
    """One account by its row; raises ``NoSuchAccount``."""
    row = session.execute(_SELECT.where(StaffAccountRecord.id == account_id)).one_or_none()
    if row is None:
        raise NoSuchAccount
    return _account(row._mapping)


def lock_account(session: Session, login: str) -> StaffAccount:
    """The account with this login, held until the work ends; raises ``NoSuchAccount``."""
    row = session.execute(
        _SELECT.where(StaffAccountRecord.login == login).with_for_update(of=StaffAccountRecord)
    ).one_or_none()
    if row is None:
        raise NoSuchAccount(login=login)
    return _account(row._mapping)


def list_accounts(session: Session, region: str | None = None) -> list[StaffAccount]:
    """All accounts, by job number."""
    query = _SELECT.order_by(StaffPersonRecord.job_no, StaffAccountRecord.login)
    if region is not None:
        query = query.where(StaffAccountRecord.region == region)
    return [_account(row._mapping) for row in session.execute(query)]


def find_person(session: Session, number_indexes: tuple[bytes, ...]) -> int | None:
    """The natural person with this citizen number, however many accounts they have."""
    return session.execute(
        select(StaffPersonRecord.id).where(StaffPersonRecord.number_index.in_(number_indexes))
    ).scalar_one_or_none()


def is_known_as(session: Session, person_id: int, name: str, job_no: str) -> bool:
    """Whether a natural person goes by this name and this job number."""
    known = session.get_one(StaffPersonRecord, person_id)
    return (known.name, known.job_no) == (name, job_no)


def is_job_no_taken(session: Session, job_no: str) -> bool:
    """Whether a natural person already has this job number."""
    return session.scalar(select(StaffPersonRecord.id).where(StaffPersonRecord.job_no == job_no)) is not None


def add_person(session: Session, *, name: str, number_sealed: bytes, number_index: bytes, job_no: str) -> int:
    """A natural person at the desk."""
    person_id: int = session.execute(
        insert(StaffPersonRecord)
        .values(name=name, number_sealed=number_sealed, number_index=number_index, job_no=job_no)
        .returning(StaffPersonRecord.id)
    ).scalar_one()
    return person_id


def add_account(
    session: Session,
    *,
    person_id: int,
    login: str,
    password_hash: str,
    totp_sealed: bytes,
    roles: frozenset[Role],
    region: str,
    town: str | None,
    must_change_password: bool,
    now: datetime,
) -> int:
    """A new account of a natural person."""
    account_id: int = session.execute(
        insert(StaffAccountRecord)
        .values(
            person_id=person_id,
            login=login,
            password_hash=password_hash,
            totp_sealed=totp_sealed,
            roles=sorted(str(role) for role in roles),
            region=region,
            town=town,
            must_change_password=must_change_password,
            added_at=now,
            rights_reviewed_at=now,
        )
        .returning(StaffAccountRecord.id)
    ).scalar_one()
    return account_id


def use_totp_step(session: Session, account_id: int, step: int) -> bool:
    """Use a time step up; False when it, or a later one, was used before, by whichever browser."""
    used = session.execute(
        update(StaffAccountRecord)
        .where(StaffAccountRecord.id == account_id, StaffAccountRecord.totp_last_step < step)
        .values(totp_last_step=step)
        .returning(StaffAccountRecord.id)
    )
    return used.scalar_one_or_none() is not None


def change_account(session: Session, account_id: int, **columns: object) -> None:
    """Set columns of one account."""
    session.execute(update(StaffAccountRecord).where(StaffAccountRecord.id == account_id).values(**columns))


def _account(row: RowMapping) -> StaffAccount:
    values = dict(row)
    return StaffAccount(**{**values, "roles": frozenset(Role(role) for role in values["roles"])})
