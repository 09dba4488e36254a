"""Files from the office: their previews, and what they bring, read and written set by set."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    LargeBinary,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from portal.domain.ledger.accounts import Source
from portal.domain.money import Yuan
from portal.storage.models.base import Base
from portal.storage.models.citizens import HeldChangeRecord, PersonChangeRecord, PersonRecord
from portal.storage.models.ledger import EntryRecord, LedgerAccountRecord, PostingRecord
from portal.storage.models.rosters import (
    DepositRecord,
    HouseholdRecord,
    LandBatchRecord,
    PublicNoticeRecord,
    QuotaLetterRecord,
    RosterImportRecord,
    RosterPreviewRecord,
)

_PERSON = Base.metadata.tables[PersonRecord.__tablename__]

# What is looked for goes in beside a statement: written into one, it would outlive it until the garbage
# is collected, and a long file would fill the memory with what was looked for.
_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)

# An arbitrary number, the same on every host: whoever holds it takes a file in.
_IMPORT_LOCK = 20_400_302


class PersonOnRecord(NamedTuple):
    """A person's row as a roster is compared with it; the sealed columns are still sealed."""

    id: int
    uid: str
    region: str
    number_index: bytes
    name: str
    county: str
    town: str
    village: str
    village_group: str | None
    category: str
    identity_confirmed_on: date | None
    scheme: str
    benefit_status: str
    insurance_no: str | None
    phone_sealed: bytes | None
    card_sealed: bytes | None
    account_sealed: bytes | None
    bank_name: str | None
    opening_used_years: int
    opening_prior_subsidy: Decimal
    land_batch: str | None
    land_area: str | None
    household: str | None
    died_on: date | None


class Proposal(NamedTuple):
    """A phone or payee that waits for a second person: its blind index, and the bank beside it."""

    value_index: bytes | None
    bank_name: str | None


@dataclass(frozen=True)
class StoredPreview:
    """A file that was read and waits to be accepted."""

    id: int
    sheet: str
    region: str
    blob: str
    key_wrapped: bytes
    file_digest: bytes
    staff_person_id: int
    read_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class PastImport:
    """A file that was taken in."""

    sheet: str
    accepted_at: datetime
    counts: Mapping[str, int]


def lock_imports(session: Session) -> None:
    """Let one file in at a time; the embedded engine has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _IMPORT_LOCK})


# -- People ------------------------------------------------------------------------------------------


_ON_RECORD = select(*(_PERSON.c[name] for name in PersonOnRecord._fields))


def find_people(
    session: Session, number_indexes: Collection[bytes], *, hold: bool
) -> dict[bytes, PersonOnRecord]:
    """Everybody filed under one of these blind indexes, by the index; held on demand until the work ends."""
    query = _ON_RECORD.where(_PERSON.c.number_index.in_(_WANTED))
    rows = session.execute(query.with_for_update() if hold else query, {"wanted": list(number_indexes)})
    return {row.number_index: PersonOnRecord._make(row) for row in rows}


def find_insurance_owners(session: Session, insurance_numbers: Collection[str]) -> dict[str, bytes]:
    """Who has these insurance numbers: each with its owner's blind index."""
    rows = session.execute(
        select(_PERSON.c.insurance_no, _PERSON.c.number_index).where(_PERSON.c.insurance_no.in_(_WANTED)),
        {"wanted": list(insurance_numbers)},
    )
    return {row.insurance_no: row.number_index for row in rows}


def find_ids(session: Session, uids: Collection[str]) -> dict[str, int]:
    """The rows of people who were just added, by the names of their rows."""
    query = select(_PERSON.c.uid, _PERSON.c.id).where(_PERSON.c.uid.in_(_WANTED))
    rows = session.execute(query, {"wanted": list(uids)})
    return {row.uid: row.id for row in rows}


def list_ids(session: Session, region: str) -> dict[str, int]:
    """The rows of a region's people by their insurance numbers."""
    rows = session.execute(
        select(_PERSON.c.insurance_no, _PERSON.c.id).where(
            _PERSON.c.region == region, _PERSON.c.insurance_no.is_not(None)
        )
    )
    return {row.insurance_no: row.id for row in rows}


def add_people(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """New people, all with the same columns; by the driver itself, which halves the time of a county."""
    connection = session.connection()
    statement = insert(_PERSON).inline().compile(dialect=connection.dialect, column_keys=list(rows[0]))
    names = statement.positiontup or list(rows[0])
    columns = [_bind(name, list(map(itemgetter(name), rows)), connection.dialect) for name in names]
    values = zip(*columns, strict=True)
    connection.exec_driver_sql(
        str(statement),
        list(values) if statement.positional else [dict(zip(names, row, strict=True)) for row in values],
    )


def _bind(name: str, values: list[Any], dialect: Dialect) -> list[Any]:
    """What a column's values are to the driver; each different one is asked once."""
    kind = _PERSON.c[name].type
    if isinstance(kind, LargeBinary):
        return values  # bytes go as they are
    bind = kind.dialect_impl(dialect).bind_processor(dialect)
    if bind is None:
        return values
    bound = {value: bind(value) for value in set(values)}
    return [bound[value] for value in values]


def change_people(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set columns of people; each row holds its ``id`` and the same other columns as the rest."""
    columns = [name for name in rows[0] if name != "id"]
    session.connection().execute(
        update(_PERSON)
        .where(_PERSON.c.id == bindparam("row_id"))
        .values({name: bindparam(f"new_{name}") for name in columns} | {"version": _PERSON.c.version + 1}),
        [{"row_id": row["id"], **{f"new_{name}": row[name] for name in columns}} for row in rows],
    )


def confirm_data(session: Session, person_ids: Collection[int], data_as_of: date) -> None:
    """Note that a newer file says the same of these people."""
    session.execute(update(_PERSON).where(_PERSON.c.id.in_(person_ids)).values(data_as_of=data_as_of))


def add_changes(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """What was changed, field by field, as the person may see it."""
    session.execute(insert(PersonChangeRecord), rows)


def find_openings(session: Session, person_ids: Collection[int]) -> dict[tuple[int, Source], Yuan]:
    """The opening balances that stand in the ledger, by person and source."""
    rows = session.execute(
        select(
            LedgerAccountRecord.person_id,
            LedgerAccountRecord.source,
            func.sum(PostingRecord.amount, type_=PostingRecord.amount.type),
        )
        .join(PostingRecord, PostingRecord.account_id == LedgerAccountRecord.id)
        .join(EntryRecord, EntryRecord.id == PostingRecord.entry_id)
        .where(
            LedgerAccountRecord.person_id.in_(_WANTED),
            EntryRecord.movement.in_(["opening_balance", "special_ledger_opening"]),
        )
        .group_by(LedgerAccountRecord.person_id, LedgerAccountRecord.source),
        {"wanted": list(person_ids)},
    )
    return {
        (person_id, Source(source)): -amount
        for person_id, source, amount in rows
        if person_id is not None and source is not None
    }


# -- Phones and payees that wait ---------------------------------------------------------------------


def find_proposals(session: Session, person_ids: Collection[int]) -> dict[tuple[int, str], Proposal]:
    """What waits for a second person's word, by person and field."""
    rows = session.execute(
        select(
            HeldChangeRecord.person_id,
            HeldChangeRecord.field,
            HeldChangeRecord.value_index,
            HeldChangeRecord.bank_name,
        ).where(HeldChangeRecord.person_id.in_(_WANTED), HeldChangeRecord.decided_at.is_(None)),
        {"wanted": list(person_ids)},
    )
    return {(row.person_id, row.field): Proposal(row.value_index, row.bank_name) for row in rows}


def withdraw_proposal(session: Session, person_id: int, field: str, by: int, now: datetime) -> None:
    """Close what waits for a field, because something newer is proposed for it."""
    session.execute(
        update(HeldChangeRecord)
        .where(
            HeldChangeRecord.person_id == person_id,
            HeldChangeRecord.field == field,
            HeldChangeRecord.decided_at.is_(None),
        )
        .values(decided_at=now, decided_by=by, accepted=False)
    )


def add_proposals(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Phones and payees that wait for a second person."""
    session.execute(insert(HeldChangeRecord), rows)


def hold_payments(session: Session, person_ids: Collection[int], until: datetime) -> None:
    """Pay nothing to these people before a moment; a longer hold stays."""
    session.execute(
        update(_PERSON)
        .where(
            _PERSON.c.id.in_(person_ids),
            (_PERSON.c.payee_held_until.is_(None)) | (_PERSON.c.payee_held_until < until),
        )
        .values(payee_held_until=until)
    )


# -- Batches, households, letters, deposits, notices ---------------------------------------------------

_READ_ONLY: dict[str, tuple[type[Base], str]] = {
    "land_batch": (LandBatchRecord, "code"),
    "household": (HouseholdRecord, "code"),
    "quota_letter": (QuotaLetterRecord, "code"),
    "deposit": (DepositRecord, "voucher"),
    "public_notice": (PublicNoticeRecord, "code"),
}


def find_rows(session: Session, sheet: str, region: str, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """What is on record of a sheet under these keys, each row by its columns."""
    table, key = _table(sheet)
    query = select(table).where(table.c.region == region, table.c[key].in_(_WANTED))
    rows = session.execute(query, {"wanted": list(keys)}).mappings()
    return {row[key]: dict(row) for row in rows}


def key_column(sheet: str) -> str:
    """The column by which a row of a sheet is known again."""
    return _READ_ONLY[sheet][1]


def add_rows(session: Session, sheet: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """New rows of a sheet."""
    table, _ = _table(sheet)
    session.connection().execute(insert(table), rows)


def change_row(session: Session, sheet: str, row_id: int, values: Mapping[str, Any]) -> None:
    """Put what a newer file says in the place of what an older one said."""
    table, _ = _table(sheet)
    session.execute(update(table).where(table.c.id == row_id).values(values))


def _table(sheet: str) -> tuple[Table, str]:
    record, key = _READ_ONLY[sheet]
    return Base.metadata.tables[record.__tablename__], key


# -- Previews and imports ------------------------------------------------------------------------------


def add_preview(
    session: Session,
    *,
    token_hash: bytes,
    sheet: str,
    region: str,
    blob: str,
    key_wrapped: bytes,
    file_digest: bytes,
    counts: Mapping[str, int],
    staff_person_id: int,
    read_at: datetime,
    expires_at: datetime,
) -> None:
    """A file that was read and waits."""
    session.execute(
        insert(RosterPreviewRecord).values(
            token_hash=token_hash,
            sheet=sheet,
            region=region,
            blob=blob,
            key_wrapped=key_wrapped,
            file_digest=file_digest,
            counts=dict(counts),
            staff_person_id=staff_person_id,
            read_at=read_at,
            expires_at=expires_at,
        )
    )


def find_preview(session: Session, token_hashes: Sequence[bytes]) -> StoredPreview | None:
    """The preview of a token, over or not, held until the work ends."""
    row = session.execute(
        select(
            RosterPreviewRecord.id,
            RosterPreviewRecord.sheet,
            RosterPreviewRecord.region,
            RosterPreviewRecord.blob,
            RosterPreviewRecord.key_wrapped,
            RosterPreviewRecord.file_digest,
            RosterPreviewRecord.staff_person_id,
            RosterPreviewRecord.read_at,
            RosterPreviewRecord.expires_at,
        ).where(RosterPreviewRecord.token_hash.in_(token_hashes))
    ).one_or_none()
    return None if row is None else StoredPreview(*row)


def end_preview(session: Session, preview_id: int, now: datetime) -> None:
    """Let a preview be over; its file goes with the next sweep."""
    session.execute(
        update(RosterPreviewRecord).where(RosterPreviewRecord.id == preview_id).values(expires_at=now)
    )


def list_preview_blobs(session: Session) -> list[str]:
    """The names of the files that wait for a word."""
    return list(session.scalars(select(RosterPreviewRecord.blob)))


def list_expired_previews(session: Session, now: datetime) -> Iterator[tuple[int, str]]:
    """Previews that are over, each with the name of its file."""
    rows = session.execute(
        select(RosterPreviewRecord.id, RosterPreviewRecord.blob)
        .where(RosterPreviewRecord.expires_at <= now)
        .order_by(RosterPreviewRecord.id)
    )
    return ((row.id, row.blob) for row in rows.all())


def remove_preview(session: Session, preview_id: int) -> None:
    """Forget a preview whose file is gone."""
    session.execute(delete(RosterPreviewRecord).where(RosterPreviewRecord.id == preview_id))


def add_import(
    session: Session,
    *,
    sheet: str,
    region: str,
    file_digest: bytes,
    accepted_at: datetime,
    accepted_by: int | None,
    counts: Mapping[str, int],
) -> int:
    """A file that was taken in, and what it came to."""
    import_id: int = session.execute(
        insert(RosterImportRecord)
        .values(
            sheet=sheet,
            region=region,
            file_digest=file_digest,
            accepted_at=accepted_at,
            accepted_by=accepted_by,
            counts=dict(counts),
        )
        .returning(RosterImportRecord.id)
    ).scalar_one()
    return import_id


def is_known_file(session: Session, region: str, sheet: str, file_digest: bytes) -> bool:
    """Whether exactly this file was taken in before."""
    found = session.execute(
        select(RosterImportRecord.id)
        .where(
            RosterImportRecord.region == region,
            RosterImportRecord.sheet == sheet,
            RosterImportRecord.file_digest == file_digest,
        )
        .limit(1)
    ).scalar_one_or_none()
    return found is not None


def list_imports(session: Session, region: str, limit: int = 20) -> list[PastImport]:
    """The files taken in last, newest first."""
    rows = session.execute(
        select(RosterImportRecord.sheet, RosterImportRecord.accepted_at, RosterImportRecord.counts)
        .where(RosterImportRecord.region == region)
        .order_by(RosterImportRecord.id.desc())
        .limit(limit)
    )
    return [PastImport(*row) for row in rows]
