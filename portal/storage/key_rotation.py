"""Everything in the database that was made with a key of the ring, and how it is made anew.

A column that is missing here would be unreadable after a rotation, or would never be found again; a
test holds this list against every column of bytes that the tables have.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    RowMapping,
    Select,
    Table,
    Update,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from portal.crypto.errors import CannotOpen, CryptoError
from portal.crypto.key_ring import KeyRing, Purpose
from portal.domain.chain import head_payload
from portal.storage.models import Base

_TABLES = Base.metadata.tables
_PREFIX_BYTES = 2

_ENOUGH_PROOFS = 3
"""Rows of a table that are tried with a ring: one may have been damaged."""

Renew = Callable[[KeyRing, RowMapping], bytes]
Prove = Callable[[KeyRing, RowMapping], object]
"""Raises ``CryptoError`` where a row was not made with the ring."""
Place = tuple[Any, ...]
"""The primary key of a row."""


@dataclass(frozen=True)
class KeyedTable:
    """Columns of one table that were made with keys of one purpose.

    ``renew`` makes a column's value anew from its row. An empty one means that only the holder of a
    token could: such rows lapse by themselves. ``naming`` is what the rows must tell besides, and
    ``source`` where that stands when one table is not enough. ``prove`` is there where rows can tell
    whether a ring is theirs.
    """

    purpose: Purpose
    table: Table
    columns: tuple[str, ...]
    renew: dict[str, Renew]
    naming: tuple[ColumnElement[Any], ...] = ()
    source: FromClause | None = None
    prove: Prove | None = None

    def is_old(self, keys: KeyRing) -> ColumnElement[bool]:
        """Whether a row holds a value that the key in use did not make."""
        prefix = keys.prefix_in_use(self.purpose)
        return or_(*(func.substr(self.table.c[name], 1, _PREFIX_BYTES) != prefix for name in self.columns))

    def count_old(self, session: Session, keys: KeyRing) -> int:
        """How many rows hold such a value."""
        query = select(func.count()).select_from(self.table).where(self.is_old(keys))
        return session.execute(query).scalar_one()

    def renew_some(
        self, session: Session, keys: KeyRing, after: Place | None, at_most: int
    ) -> tuple[int, Place | None]:
        """Make some old rows anew, those after a place; returns how many, and where to go on.

        A row that somebody holds is passed over, so that nobody ever waits for two things at once;
        it is met again in the next pass.

        Raises:
            CannotOpen: a value does not open; the message names its row.
        """
        rows = session.execute(self._select_old(keys, after, at_most)).mappings().all()
        if rows:
            renewed = [{**self._renewed(keys, row), **self._at(row)} for row in rows]
            session.connection().execute(self._update, renewed)
        return len(rows), self._place(rows[-1]) if rows else None

    def try_some(self, session: Session, keys: KeyRing) -> Iterator[bool]:
        """Say of each of the oldest rows whether it was made with the ring; nothing where none can tell."""
        if self.prove is not None:
            for row in session.execute(self._select().limit(_ENOUGH_PROOFS)).mappings():
                try:
                    self.prove(keys, row)
                except CryptoError:
                    yield False
                else:
                    yield True

    def _select(self) -> Select[Any]:
        place = tuple(self.table.primary_key.columns)
        columns = (self.table.c[name] for name in self.columns)
        return (
            select(*place, *columns, *self.naming)
            .select_from(self.table if self.source is None else self.source)
            .order_by(*place)
        )

    def _select_old(self, keys: KeyRing, after: Place | None, at_most: int) -> Select[Any]:
        query = (
            self._select()
            .where(self.is_old(keys))
            .limit(at_most)
            .with_for_update(of=self.table, skip_locked=True)
        )
        if after is None:
            return query
        return query.where(tuple_(*self.table.primary_key.columns) > tuple_(*after))

    def _renewed(self, keys: KeyRing, row: RowMapping) -> dict[str, bytes | None]:
        try:
            return {
                name: None if row[name] is None else renew(keys, row) for name, renew in self.renew.items()
            }
        except CannotOpen as error:
            raise CannotOpen(f"{self.table.name} {self._place(row)}: {error}") from None

    def _place(self, row: RowMapping) -> Place:
        return tuple(row[column.name] for column in self.table.primary_key.columns)

    def _at(self, row: RowMapping) -> dict[str, Any]:
        return {f"at_{column.name}": row[column.name] for column in self.table.primary_key.columns}

    @property
    def _update(self) -> Update:
        """One statement for all rows of a step."""
        at = [column == bindparam(f"at_{column.name}") for column in self.table.primary_key.columns]
        return update(self.table).where(*at).values({name: bindparam(name) for name in self.renew})


def list_keyed_tables(purpose: Purpose) -> list[KeyedTable]:
    """The tables that keys of a purpose had a part in."""
    return [each for each in _KEYED if each.purpose is purpose]


def _sealed(column: str, context: str) -> dict[str, Renew]:
    """A sealed field; ``context`` is filled in from its row."""

    def renew(keys: KeyRing, row: RowMapping) -> bytes:
        place = context.format(**row)
        return keys.seal(keys.open_sealed(row[column], place), place)

    return {column: renew}


def _indexed(column: str, filed_as: str, sealed: str, context: str) -> dict[str, Renew]:
    """A blind index of what another column holds sealed."""

    def renew(keys: KeyRing, row: RowMapping) -> bytes:
        return keys.blind_index(filed_as.format(**row), keys.open_sealed(row[sealed], context.format(**row)))

    return {column: renew}


def _wrapped(context: str) -> dict[str, Renew]:
    """The key of a file."""
    return {"key_wrapped": lambda keys, row: keys.wrap_again(row["key_wrapped"], context.format(**row))}


def _signed(book: str) -> dict[str, Renew]:
    """The head of a chain. One that is not ours is not made ours by a rotation."""

    def renew(keys: KeyRing, row: RowMapping) -> bytes:
        payload = head_payload(book.format(**row), row["sequence"], row["chain_hash"])
        if not keys.is_mac_of(row["mac"], payload):
            raise CannotOpen("the head of the chain was not signed by us")
        return keys.mac(payload)

    return {"mac": renew}


def _filed(column: str, filed_as: str, sealed: str, context: str) -> Prove:
    """A row is found under what it holds. One that does not even open tells nothing of the index."""

    def prove(keys: KeyRing, row: RowMapping) -> None:
        try:
            value = keys.open_sealed(row[sealed], context.format(**row))
        except CryptoError:
            return
        if row[column] not in keys.blind_indexes(filed_as, value):
            raise CannotOpen("the index was made with another key")

    return prove


def _keyed(
    purpose: Purpose,
    table: str,
    renew: dict[str, Renew],
    naming: Sequence[str] = (),
    source: FromClause | None = None,
    prove: Prove | None = None,
) -> KeyedTable:
    columns = tuple(_TABLES[name.split(".")[0]].c[name.split(".")[1]] for name in naming)
    return KeyedTable(purpose, _TABLES[table], tuple(renew), renew, columns, source, prove)


def _lapsing(table: str, *columns: str) -> KeyedTable:
    return KeyedTable(Purpose.TOKEN, _TABLES[table], columns, {})


_NUMBER, _PHONE = "person.number {uid}", "person.phone {uid}"
_CARD, _ACCOUNT = "person.card {uid}", "person.account {uid}"
_STAFF_NUMBER = "staff_person.number {job_no}"
_RECEIPT = "receipt.key of person {person_id}"
_HELD = "person.{field} {uid}"
_HELD_OF_PERSON = _TABLES["held_change"].join(_TABLES["person"])

_KEYED = (
    _keyed(
        Purpose.FIELD,
        "person",
        _sealed("number_sealed", _NUMBER)
        | _sealed("phone_sealed", _PHONE)
        | _sealed("card_sealed", _CARD)
        | _sealed("account_sealed", _ACCOUNT),
        ["person.uid"],
        prove=_sealed("number_sealed", _NUMBER)["number_sealed"],
    ),
    _keyed(
        Purpose.FIELD,
        "held_change",
        _sealed("value_sealed", _HELD),
        ["held_change.field", "person.uid"],
        _HELD_OF_PERSON,
    ),
    _keyed(
        Purpose.FIELD,
        "claim_payee",
        _sealed("account_sealed", "claim_payee.account {uid}"),
        ["claim_payee.uid"],
    ),
    _keyed(
        Purpose.FIELD,
        "claimant",
        _sealed("number_sealed", "claimant.number {uid}"),
        ["claimant.uid"],
    ),
    _keyed(
        Purpose.FIELD,
        "staff_person",
        _sealed("number_sealed", _STAFF_NUMBER),
        ["staff_person.job_no"],
        prove=_sealed("number_sealed", _STAFF_NUMBER)["number_sealed"],
    ),
    _keyed(
        Purpose.FIELD,
        "staff_account",
        _sealed("totp_sealed", "staff_account.totp {login}"),
        ["staff_account.login"],
    ),
    _keyed(
        Purpose.FIELD,
        "text_message",
        _sealed("phone_sealed", "text_message.phone {idempotency_key}")
        | _sealed("secret_sealed", "text_message.secret {idempotency_key}"),
        ["text_message.idempotency_key"],
    ),
    _keyed(
        Purpose.INDEX,
        "person",
        _indexed("number_index", "person.number", "number_sealed", _NUMBER)
        | _indexed("phone_index", "person.phone", "phone_sealed", _PHONE)
        | _indexed("account_index", "person.account", "account_sealed", _ACCOUNT),
        ["person.uid", "person.number_sealed", "person.phone_sealed", "person.account_sealed"],
        prove=_filed("number_index", "person.number", "number_sealed", _NUMBER),
    ),
    _keyed(
        Purpose.INDEX,
        "held_change",
        _indexed("value_index", "person.{field}", "value_sealed", _HELD),
        ["held_change.field", "held_change.value_sealed", "person.uid"],
        _HELD_OF_PERSON,
    ),
    _keyed(
        Purpose.INDEX,
        "staff_person",
        _indexed("number_index", "staff_person.number", "number_sealed", _STAFF_NUMBER),
        ["staff_person.job_no", "staff_person.number_sealed"],
        prove=_filed("number_index", "staff_person.number", "number_sealed", _STAFF_NUMBER),
    ),
    _keyed(
        Purpose.RECEIPT,
        "receipt",
        _wrapped(_RECEIPT),
        ["receipt.person_id"],
        prove=_wrapped(_RECEIPT)["key_wrapped"],
    ),
    _keyed(Purpose.RECEIPT, "roster_preview", _wrapped("roster_preview")),
    _keyed(
        Purpose.CHAIN,
        "audit_head",
        _signed("audit {region}"),
        ["audit_head.sequence", "audit_head.chain_hash"],
        prove=_signed("audit {region}")["mac"],
    ),
    _keyed(
        Purpose.CHAIN,
        "ledger_head",
        _signed("ledger {region} {book}"),
        ["ledger_head.sequence", "ledger_head.chain_hash"],
        prove=_signed("ledger {region} {book}")["mac"],
    ),
    _lapsing("session", "token_hash"),
    _lapsing("one_time_code", "challenge_hash", "code_hash", "number_key"),
    _lapsing("attempt", "key_hash"),
    _lapsing("claim_draft", "resume_code_hash"),
    _lapsing("roster_preview", "token_hash"),
    _lapsing("statement", "code_hash"),
)
