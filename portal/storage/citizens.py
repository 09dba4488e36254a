"""People on record. Nothing here opens a seal; ``sealed_columns`` hands the sealed bytes to who may."""

from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import Row, Select, select, update
from sqlalchemy.orm import Session

from portal.domain.citizens import NoSuchPerson, Person
from portal.domain.enrolment import BenefitStatus, Category, Scheme
from portal.storage.models.citizens import PersonRecord

_TABLE = PersonRecord.__table__
_COLUMNS = tuple(_TABLE.c[field.name] for field in fields(Person))
_SELECT: Select[tuple[object, ...]] = select(*_COLUMNS)


def get_person(session: Session, person_id: int) -> Person:
    """One person; raises ``NoSuchPerson``."""
    row = session.execute(_SELECT.where(_TABLE.c.id == person_id)).one_or_none()
    if row is None:
        raise NoSuchPerson
    return _person(row)


def lock_person(session: Session, person_id: int) -> Person:
    """One person, held until the work ends, so that two acts on them come one after the other."""
    row = session.execute(_SELECT.where(_TABLE.c.id == person_id).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchPerson
    return _person(row)


def find_by_number(session: Session, number_indexes: Sequence[bytes]) -> Person | None:
    """The person whose citizen number is filed under one of these blind indexes."""
    row = session.execute(_SELECT.where(_TABLE.c.number_index.in_(number_indexes))).one_or_none()
    return None if row is None else _person(row)


def find_by_insurance_no(session: Session, region: str, insurance_no: str) -> Person | None:
    """The person with this insurance number, in a region."""
    row = session.execute(
        _SELECT.where(_TABLE.c.region == region, _TABLE.c.insurance_no == insurance_no)
    ).one_or_none()
    return None if row is None else _person(row)


def list_by_name(session: Session, region: str, name: str, village: str, birth_year: int) -> list[Person]:
    """People of this name in a village, born in a year, in the order they came on record."""
    rows = session.execute(
        _SELECT.where(
            _TABLE.c.region == region,
            _TABLE.c.name == name,
            _TABLE.c.village == village,
            _TABLE.c.birth_year == birth_year,
        ).order_by(_TABLE.c.id)
    )
    return [_person(row) for row in rows]


def sealed_column(session: Session, person_id: int, column: str) -> bytes | None:
    """A sealed column as it stands, such as ``number_sealed`` or ``phone_sealed``."""
    sealed: bytes | None = session.execute(
        select(_TABLE.c[column]).where(_TABLE.c.id == person_id)
    ).scalar_one()
    return sealed


def change_person(session: Session, person_id: int, **columns: object) -> None:
    """Set columns of one person and raise the row's version."""
    session.execute(
        update(PersonRecord)
        .where(PersonRecord.id == person_id)
        .values(**columns, version=PersonRecord.version + 1)
    )


def _person(row: Row[tuple[object, ...]]) -> Person:
    values = dict(row._mapping)
    return Person(
        **{
            **values,
            "category": Category(values["category"]),
            "scheme": Scheme(values["scheme"]),
            "benefit_status": BenefitStatus(values["benefit_status"]),
        }
    )
