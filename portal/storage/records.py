"""What a villager's own page shows, in a few prepared questions and without an object for each row."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    SelectBase,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from portal.domain.citizens import NoSuchPerson, Person
from portal.domain.enrolment import BenefitStatus, Category, Scheme
from portal.domain.land_records import BatchState
from portal.domain.ledger.accounts import Source
from portal.domain.money import Yuan, from_fen
from portal.storage.models import Base
from portal.storage.prepared import Prepared
from portal.storage.types import Fen

_PERSON = Base.metadata.tables["person"]
_BATCH = Base.metadata.tables["land_batch"]
_LETTER = Base.metadata.tables["quota_letter"]
_HOUSEHOLD = Base.metadata.tables["household"]
_DEPOSIT = Base.metadata.tables["deposit"]
_NOTICE = Base.metadata.tables["notice"]
_CLAIM = Base.metadata.tables["claim"]
_DRAFT = Base.metadata.tables["claim_draft"]
_SLOT = Base.metadata.tables["claim_slot"]
_SUBSIDY_YEAR = Base.metadata.tables["subsidy_year"]
_ENTRY = Base.metadata.tables["ledger_entry"]
_POSTING = Base.metadata.tables["ledger_posting"]
_ACCOUNT = Base.metadata.tables["ledger_account"]
_HEAD = Base.metadata.tables["ledger_head"]
# A levy lies in a special ledger under its own name, and in an account as the government's subsidy.
_LEVY_SOURCES = (Source.LAND_LEVY.value, Source.GOV_SUBSIDY.value)


@dataclass(frozen=True)
class BatchOnRecord:
    """A person's land batch as it was imported, with what was deposited for it."""

    code: str
    name: str
    approved_on: date | None
    forwarded_on: date | None
    list_received_on: date | None
    amount_due: Decimal | None
    people: int | None
    levy_per_person: Decimal | None
    state: BatchState | None
    deposited: Decimal | None
    deposited_on: date | None
    data_as_of: date


@dataclass(frozen=True)
class LetterOnRecord:
    """The newest letter that gives a person's household enrolment quotas."""

    code: str
    quotas: int
    letter_on: date
    valid_until: date
    enrol_by: date | None


@dataclass(frozen=True)
class PersonOnRecord:
    """A person with the batch, household and quota letter they belong to."""

    person: Person
    batch: BatchOnRecord | None
    letter: LetterOnRecord | None
    has_household_land_taken: bool


class OpenMatter(NamedTuple):
    """A claim, or a draft that was not handed in: then it has no number and no state."""

    kind: str
    number: str | None
    state: str | None
    claim_year: int | None
    since: datetime


class UnreadNotice(NamedTuple):
    """A message that the person has not read; ``wording`` and ``facts`` make its words."""

    wording: str
    facts: Mapping[str, Any]
    at: datetime


class SubsidisedYear(NamedTuple):
    """A contribution year that was subsidised: by which movement, when, and with how much."""

    year: int
    movement: str
    on: date
    amount: Decimal


def get_person(session: Session, person_id: int) -> PersonOnRecord:
    """One person with what belongs to them; raises ``NoSuchPerson``."""
    row = session.execute(_ON_RECORD, {"person": person_id}).mappings().one_or_none()
    if row is None:
        raise NoSuchPerson
    return PersonOnRecord(
        person=Person(
            **{
                **{name: row[name] for name in _PERSON_FIELDS},
                "category": Category(row["category"]),
                "scheme": Scheme(row["scheme"]),
                "benefit_status": BenefitStatus(row["benefit_status"]),
            }
        ),
        batch=None if row["batch_code"] is None else _batch(row),
        letter=None
        if row["letter_code"] is None
        else LetterOnRecord(**{name: row[f"letter_{name}"] for name in _LETTER_FIELDS}),
        has_household_land_taken=row["taken_area"] is not None,
    )


def list_open_matters(session: Session, person_id: int) -> list[OpenMatter]:
    """Everything a person began or filed, newest first, whether it is still open or not."""
    return [OpenMatter(*row) for row in session.execute(_MATTERS, {"person": person_id})]


def list_unread_notices(session: Session, person_id: int) -> list[UnreadNotice]:
    """The newest messages that a person has not read."""
    return [UnreadNotice(*row) for row in session.execute(_UNREAD, {"person": person_id})]


def list_subsidised_years(session: Session, person_id: int) -> list[SubsidisedYear]:
    """The contribution years that were subsidised, earliest first."""
    return [SubsidisedYear(*row) for row in session.execute(_YEARS, {"person": person_id})]


_PERSON_FIELDS = tuple(field.name for field in fields(Person))
_LETTER_FIELDS = tuple(field.name for field in fields(LetterOnRecord))
_BATCH_COLUMNS = tuple(field.name for field in fields(BatchOnRecord) if field.name in _BATCH.c)


def _batch(row: Any) -> BatchOnRecord:
    values = {name: row[f"batch_{name}"] for name in _BATCH_COLUMNS}
    state = values["state"]
    return BatchOnRecord(
        **{**values, "state": None if state is None else BatchState(state)},
        deposited=row["deposited"],
        deposited_on=row["deposited_on"],
    )


def _of_batch(value: Any) -> Any:
    return (
        select(value)
        .where(_DEPOSIT.c.region == _BATCH.c.region, _DEPOSIT.c.land_batch == _BATCH.c.code)
        .correlate(_BATCH)
        .scalar_subquery()
    )


_ON_RECORD: Select[Any] = (
    select(
        *(_PERSON.c[name] for name in _PERSON_FIELDS),
        *(_BATCH.c[name].label(f"batch_{name}") for name in _BATCH_COLUMNS),
        *(_LETTER.c[name].label(f"letter_{name}") for name in _LETTER_FIELDS),
        type_coerce(_of_batch(func.sum(_DEPOSIT.c.amount)), Fen).label("deposited"),
        _of_batch(func.max(_DEPOSIT.c.deposited_on)).label("deposited_on"),
        _HOUSEHOLD.c.taken_area,
    )
    .select_from(
        _PERSON.outerjoin(
            _BATCH, and_(_BATCH.c.region == _PERSON.c.region, _BATCH.c.code == _PERSON.c.land_batch)
        )
        .outerjoin(
            _HOUSEHOLD,
            and_(_HOUSEHOLD.c.region == _PERSON.c.region, _HOUSEHOLD.c.code == _PERSON.c.household),
        )
        .outerjoin(
            _LETTER, and_(_LETTER.c.region == _PERSON.c.region, _LETTER.c.household == _PERSON.c.household)
        )
    )
    .where(_PERSON.c.id == bindparam("person"))
    .order_by(_LETTER.c.letter_on.desc())
    .limit(1)
)

_MATTERS = union_all(
    select(_CLAIM.c.kind, _CLAIM.c.number, _CLAIM.c.state, _CLAIM.c.claim_year, _CLAIM.c.state_since).where(
        _CLAIM.c.person_id == bindparam("person")
    ),
    select(_DRAFT.c.kind, null(), null(), null(), _DRAFT.c.changed_at).where(
        _DRAFT.c.person_id == bindparam("person")
    ),
).order_by(_CLAIM.c.state_since.desc())

_UNREAD = (
    select(_NOTICE.c.wording, _NOTICE.c.facts, _NOTICE.c.at)
    .where(_NOTICE.c.person_id == bindparam("person"), _NOTICE.c.read_at.is_(None))
    .order_by(_NOTICE.c.id.desc())
    .limit(3)
)

_YEARS = (
    select(
        _SUBSIDY_YEAR.c.contribution_year,
        _ENTRY.c.movement,
        _ENTRY.c.happened_on,
        # The entry touches the person once: their account, or what is on its way to their bank.
        type_coerce(func.abs(type_coerce(_POSTING.c.amount, BigInteger)), Fen),
    )
    .select_from(
        _SUBSIDY_YEAR.join(_ENTRY, _ENTRY.c.id == _SUBSIDY_YEAR.c.entry_id)
        .join(_ACCOUNT, _ACCOUNT.c.person_id == _SUBSIDY_YEAR.c.person_id)
        .join(_POSTING, and_(_POSTING.c.entry_id == _ENTRY.c.id, _POSTING.c.account_id == _ACCOUNT.c.id))
    )
    .where(_SUBSIDY_YEAR.c.person_id == bindparam("person"))
    .order_by(_SUBSIDY_YEAR.c.contribution_year)
)


def find_place_in_batch(session: Session, person: Person) -> tuple[int, int]:
    """How many people a person's batch has here, and how many come before them by insurance number."""
    of_batch = (_PERSON.c.region == person.region, _PERSON.c.land_batch == person.land_batch)
    before = func.count(case((_PERSON.c.insurance_no < person.insurance_no, 1)))
    people, place = session.execute(select(func.count(), before).where(*of_batch)).one()
    return people, place


def list_levies_of_batch(session: Session, person: Person, movements: Collection[str]) -> dict[int, Yuan]:
    """What each person of a batch was given of the levy by these movements, by insurance number."""
    given = func.coalesce(
        func.sum(case((_ENTRY.c.id.is_not(None), -type_coerce(_POSTING.c.amount, BigInteger)))), 0
    )
    of_levy = and_(_ACCOUNT.c.person_id == _PERSON.c.id, _ACCOUNT.c.source.in_(_LEVY_SOURCES))
    rows = session.execute(
        select(_PERSON.c.id, given)
        .select_from(
            _PERSON.outerjoin(_ACCOUNT, of_levy)
            .outerjoin(_POSTING, _POSTING.c.account_id == _ACCOUNT.c.id)
            .outerjoin(_ENTRY, and_(_ENTRY.c.id == _POSTING.c.entry_id, _ENTRY.c.movement.in_(movements)))
        )
        .where(_PERSON.c.region == person.region, _PERSON.c.land_batch == person.land_batch)
        .group_by(_PERSON.c.id, _PERSON.c.insurance_no)
        .order_by(_PERSON.c.insurance_no)
    )
    return {person_id: from_fen(int(fen)) for person_id, fen in rows}


# -- Whether anything has changed ----------------------------------------------------------------------


def read_stamp(session: Session, person_id: int) -> tuple[Any, ...]:
    """Everything on record that a person's page shows, in one question: while it is equal, so is the page."""
    (stamp,) = _STAMP.ask(session, person=person_id)
    return stamp


def _ask_stamp(dialect: Dialect) -> Select[Any]:
    """Rows as text, since nobody looks into them; of what is only ever added to, the newest tells all."""
    of_person: BindParameter[int] = bindparam("person")
    entries = (
        select(func.count(), func.max(_POSTING.c.entry_id))
        .select_from(_ACCOUNT.join(_POSTING, _POSTING.c.account_id == _ACCOUNT.c.id))
        .where(_ACCOUNT.c.person_id == of_person)
    )
    years = select(_SUBSIDY_YEAR.c.contribution_year, _SUBSIDY_YEAR.c.entry_id).where(
        _SUBSIDY_YEAR.c.person_id == of_person
    )
    slots = select(_SLOT.c.slot, _SLOT.c.claim_id).where(_SLOT.c.person_id == of_person)
    # Notices only come, and only from unread to read. No LIMIT here: SQLite prepares such a question anew
    # whenever it is asked.
    notices = _UNREAD.with_only_columns(func.count(), func.max(_NOTICE.c.id)).order_by(None).limit(None)
    on_record = _ON_RECORD.order_by(None).limit(None)
    asked = (
        on_record,
        entries,
        years,
        slots,
        notices,
        _MATTERS,
        _batch_of_person(of_person),
        _money_of_batch(of_person),
    )
    return select(*(_as_text(question, dialect.name) for question in asked))


_STAMP = Prepared(_ask_stamp)


def _batch_of_person(person: BindParameter[int]) -> Select[int, int, Any, Any]:
    """By whom a person's share of the batch is worked out: how many there are, and who comes before them.

    Rows are numbered without end, so that two sets of as many people have one sum only by a rare chance.
    """
    of_batch = _PERSON.alias("of_batch")
    is_before = of_batch.c.insurance_no < _PERSON.c.insurance_no
    return (
        select(
            func.count(),
            func.count(case((is_before, 1))),
            func.sum(case((is_before, of_batch.c.id))),
            func.sum(case((is_before, of_batch.c.id * of_batch.c.id))),
        )
        .select_from(
            _PERSON.join(
                of_batch,
                and_(of_batch.c.region == _PERSON.c.region, of_batch.c.land_batch == _PERSON.c.land_batch),
            )
        )
        .where(_PERSON.c.id == person)
    )


def _money_of_batch(person: BindParameter[int]) -> Select[Any]:
    """Where the region's books end, for whoever is of a batch: the others' levies and all interest count."""
    return (
        select(_HEAD.c.book, _HEAD.c.sequence)
        .select_from(_PERSON.join(_HEAD, _HEAD.c.region == _PERSON.c.region))
        .where(_PERSON.c.id == person, _PERSON.c.land_batch.is_not(None))
        .order_by(_HEAD.c.book)
    )


def _as_text(question: SelectBase, dialect: str) -> ScalarSelect[Any]:
    rows = question.subquery()
    text: ColumnElement[Any]
    if dialect == "sqlite":
        text = func.json_group_array(func.json_array(*rows.c))
    else:
        text = cast(func.json_agg(func.json_build_array(*rows.c)), Text)
    return select(text).scalar_subquery()
