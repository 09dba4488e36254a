"""A roster beside the people on record: who is new, what changed, and what waits for a second person."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from portal.domain.enrolment import BenefitStatus, Category, Scheme
from portal.domain.errors import Refusal
from portal.domain.ledger.accounts import LAND_SOURCES, Account, Kind, Source
from portal.domain.ledger.entries import Entry, Posting
from portal.domain.masks import account_tail, phone_tail
from portal.domain.money import ZERO, Yuan
from portal.domain.roster import ChangeKind, FieldChange, Risk, RosterChange, RosterFacts, compare
from portal.domain.roster_import import (
    InsuranceNoTaken,
    OpeningAlreadyPosted,
    OpeningNotInRegion,
    OpeningWithoutBatch,
    OutsideYourTown,
    PersonOfAnotherRegion,
    ProposerMissing,
    last_day_held,
)
from portal.domain.sheets import Line, SheetProblem
from portal.services import ledger
from portal.services.identity import NUMBER_COLUMN
from portal.services.rosters.findings import Meaning, ShownChange, shown
from portal.services.work import CHINA, Work
from portal.storage import messages as stored_messages
from portal.storage import rosters as stored_rosters
from portal.storage.rosters import PersonOnRecord, Proposal

_SEALED = ("phone", "card", "account")
_INDEXED = frozenset({"phone", "account"})
_TAILS = {"phone": phone_tail, "card": account_tail, "account": account_tail}
_OPENING_FIELDS = {source: f"opening_{source.value}" for source in Source}
_list_openings: Callable[[RosterFacts], tuple[Yuan | None, ...]] = attrgetter(*_OPENING_FIELDS.values())
_PLAIN = (
    "name",
    "county",
    "town",
    "village",
    "village_group",
    "category",
    "identity_confirmed_on",
    "scheme",
    "benefit_status",
    "insurance_no",
    "opening_used_years",
    "opening_prior_subsidy",
    "land_batch",
    "land_area",
    "household",
    "died_on",
)

_list_plain: Callable[[RosterFacts], tuple[Any, ...]] = attrgetter(*_PLAIN)

_NO_OPENINGS: Mapping[Source, Yuan] = MappingProxyType({})


class Proposed(NamedTuple):
    """A phone or payee that the roster would change; a bank goes with its account."""

    field: str
    value: str
    bank_name: str | None

    @property
    def covers(self) -> frozenset[str]:
        """The columns that it stands for."""
        return frozenset({self.field, "bank_name"} if self.field == "account" else {self.field})

    @property
    def risk(self) -> Risk:
        """Where it leads: to codes, or to money."""
        return Risk.PHONE if self.field == "phone" else Risk.PAYEE


class PlannedPerson(NamedTuple):
    """A sound row, and all that it would do."""

    row: int
    facts: RosterFacts
    number_index: bytes
    on_record: PersonOnRecord | None
    change: RosterChange
    proposed: tuple[Proposed, ...]
    openings: Mapping[Source, Yuan]

    @property
    def held(self) -> frozenset[str]:
        """The columns that change only on a second person's word."""
        return frozenset(column for each in self.proposed for column in each.covers)

    @property
    def meaning(self) -> Meaning:
        """What a preview says of it."""
        return Meaning(
            self.row,
            self.change.kind,
            tuple(
                ShownChange(
                    self.row,
                    self.facts.name,
                    change.field,
                    shown(change.field, change.old),
                    shown(change.field, change.new),
                    change.field in self.held,
                )
                for change in self.change.fields
            ),
        )


class People:
    """Plans what rows of a roster mean, and does it."""

    def __init__(self, work: Work, region: str, *, is_known_file: bool, hold: bool) -> None:
        """``is_known_file``: exactly this file was taken in before, and proves nothing newer.

        ``hold``: people are held until the work ends, as they must be when something is done.
        """
        self._hold = hold
        self._work = work
        self._today = work.today
        self._region = region
        self._is_known_file = is_known_file

    # -- Looking -----------------------------------------------------------------------------------

    def plan(self, lines: Sequence[Line[RosterFacts]]) -> tuple[list[PlannedPerson], list[SheetProblem]]:
        """What these rows mean, and what is wrong with those that cannot be taken."""
        work = self._work
        indexes = [work.keys.blind_indexes(NUMBER_COLUMN, line.record.citizen_id.digits) for line in lines]
        wanted = [each for row in indexes for each in row]
        found = stored_rosters.find_people(work.session, wanted, hold=self._hold)
        on_record = [next((found[each] for each in row if each in found), None) for row in indexes]
        ids = [person.id for person in found.values()]
        posted = stored_rosters.find_openings(work.session, ids) if ids else {}
        proposals = stored_rosters.find_proposals(work.session, ids) if ids else {}
        owners = stored_rosters.find_insurance_owners(
            work.session, [line.record.insurance_no for line in lines if line.record.insurance_no]
        )
        planned: list[PlannedPerson] = []
        problems: list[SheetProblem] = []
        for line, own_indexes, person in zip(lines, indexes, on_record, strict=True):
            opening = _openings(line.record)
            wrong = [
                *self._check_reach(line.record, person),
                *_check_insurance_no(line.record, own_indexes, owners),
                *self._check_openings(line.record, opening, person, posted),
            ]
            if wrong:
                problems += [SheetProblem(line.number, column, refusal.code) for column, refusal in wrong]
            else:
                planned.append(self._plan_one(line, own_indexes[0], person, opening, posted, proposals))
        return planned, problems

    def _check_reach(
        self, facts: RosterFacts, person: PersonOnRecord | None
    ) -> Iterator[tuple[str, type[Refusal]]]:
        if person is not None and person.region != self._region:
            yield "citizen_id", PersonOfAnotherRegion
            return
        own_town = self._work.actor.town
        if own_town is not None and {facts.town, person.town if person else own_town} != {own_town}:
            yield "town", OutsideYourTown

    def _check_openings(
        self,
        facts: RosterFacts,
        openings: Mapping[Source, Yuan],
        person: PersonOnRecord | None,
        posted: Mapping[tuple[int, Source], Yuan],
    ) -> Iterator[tuple[str, type[Refusal]]]:
        for source, amount in openings.items():
            column = _OPENING_FIELDS[source]
            standing = None if person is None else posted.get((person.id, source))
            if standing is not None and standing != amount:
                yield column, OpeningAlreadyPosted
            elif standing is None:
                kind = _kind_of(source, facts)
                if not self._may_open(kind, source):
                    yield column, OpeningNotInRegion
                elif kind is Kind.SPECIAL_LEDGER and not _batch_of(facts, person):
                    yield column, OpeningWithoutBatch

    def _may_open(self, kind: Kind, source: Source) -> bool:
        movement = self._work.packs.ledgers[self._region].regime.movements.get(_MOVEMENTS[kind])
        return movement is not None and any(
            pattern.kind is kind and pattern.source in (None, source) for pattern in movement.credit
        )

    def _plan_one(
        self,
        line: Line[RosterFacts],
        number_index: bytes,
        person: PersonOnRecord | None,
        openings: Mapping[Source, Yuan],
        posted: Mapping[tuple[int, Source], Yuan],
        proposals: Mapping[tuple[int, str], Proposal],
    ) -> PlannedPerson:
        facts = line.record
        if person is None:
            return PlannedPerson(line.number, facts, number_index, None, compare(None, facts), (), openings)
        facts = _without_zeros(facts)
        known = self._facts_on_record(person, facts, posted)
        change = compare(known, facts)
        asked = tuple(_list_proposed(change, facts, known))
        proposed = tuple(each for each in asked if not self._waits_already(each, person, proposals))
        waiting = {column for each in asked if each not in proposed for column in each.covers}
        fields = tuple(each for each in change.fields if each.field not in waiting)
        kind = ChangeKind.CHANGED if fields else ChangeKind.UNCHANGED
        return PlannedPerson(
            line.number,
            facts,
            number_index,
            person,
            RosterChange(kind, fields),
            proposed,
            {source: amount for source, amount in openings.items() if (person.id, source) not in posted},
        )

    def _facts_on_record(
        self, person: PersonOnRecord, facts: RosterFacts, posted: Mapping[tuple[int, Source], Yuan]
    ) -> RosterFacts:
        known: dict[str, Any] = {name: getattr(person, name) for name in _PLAIN}
        known.update({name: self._open(person, name) for name in _SEALED})
        known.update({name: posted.get((person.id, source)) for source, name in _OPENING_FIELDS.items()})
        if person.land_area is not None:
            known["land_area"] = Decimal(person.land_area)
        return RosterFacts(citizen_id=facts.citizen_id, bank_name=person.bank_name, **known)

    def _open(self, person: PersonOnRecord, column: str) -> str | None:
        sealed = getattr(person, f"{column}_sealed")
        return None if sealed is None else self._work.keys.open_sealed(sealed, _context(column, person.uid))

    def _waits_already(
        self, asked: Proposed, person: PersonOnRecord, proposals: Mapping[tuple[int, str], Proposal]
    ) -> bool:
        waiting = proposals.get((person.id, asked.field))
        if waiting is None or waiting.bank_name != asked.bank_name:
            return False
        return waiting.value_index in self._work.keys.blind_indexes(f"person.{asked.field}", asked.value)

    # -- Doing -------------------------------------------------------------------------------------

    def take(self, planned: Sequence[PlannedPerson]) -> None:
        """Do what these rows mean."""
        new = {secrets.token_hex(8): each for each in planned if each.on_record is None}
        if new:
            stored_rosters.add_people(
                self._work.session, [self._new_row(uid, each) for uid, each in new.items()]
            )
        self._change([each for each in planned if each.change.kind is ChangeKind.CHANGED])
        self._propose([each for each in planned if each.proposed])
        self._open_accounts(planned, new)
        same = [
            each.on_record.id for each in planned if each.on_record is not None and not _plain_changes(each)
        ]
        if same and not self._is_known_file:
            stored_rosters.confirm_data(self._work.session, same, self._today)

    def _new_row(self, uid: str, planned: PlannedPerson) -> dict[str, Any]:
        facts, keys = planned.facts, self._work.keys
        row: dict[str, Any] = {
            **dict(zip(_PLAIN, _list_plain(facts), strict=True)),
            "uid": uid,
            "region": self._region,
            "birth_year": facts.citizen_id.birth_year,
            "number_sealed": keys.seal(facts.citizen_id.digits, _context("number", uid)),
            "number_index": planned.number_index,
            "bank_name": facts.bank_name,
            "data_as_of": self._today,
            "version": 1,
        }
        for column in _SEALED:
            value = getattr(facts, column)
            row[f"{column}_sealed"] = None if value is None else keys.seal(value, _context(column, uid))
            row[f"{column}_tail"] = None if value is None else _TAILS[column](value)
            if column in _INDEXED:
                row[f"{column}_index"] = (
                    None if value is None else keys.blind_index(f"person.{column}", value)
                )
        unsaid = Scheme.LEGACY if facts.category is Category.LEGACY_MEMBER else Scheme.NONE
        row["category"] = str(facts.category)
        row["scheme"] = str(facts.scheme or unsaid)
        row["benefit_status"] = str(facts.benefit_status or BenefitStatus.NOT_DRAWING)
        row["opening_used_years"] = facts.opening_used_years or 0
        row["opening_prior_subsidy"] = facts.opening_prior_subsidy or ZERO
        row["land_area"] = _area(facts.land_area)
        return row

    def _change(self, planned: Sequence[PlannedPerson]) -> None:
        plain = {each.row: _plain_changes(each) for each in planned}
        changed = [each for each in planned if plain[each.row]]
        if not changed:
            return
        stored_rosters.change_people(
            self._work.session, [self._changed_row(each, plain[each.row]) for each in changed]
        )
        stored_rosters.add_changes(
            self._work.session,
            [
                {
                    "person_id": _record_of(each).id,
                    "at": self._work.now,
                    "act": "roster_accepted",
                    "field": change.field,
                    "old": shown(change.field, change.old),
                    "new": shown(change.field, change.new),
                    "by_staff_person_id": self._work.actor.staff_person_id,
                }
                for each in changed
                for change in plain[each.row]
            ],
        )

    def _changed_row(self, planned: PlannedPerson, changes: Sequence[FieldChange]) -> dict[str, Any]:
        person = _record_of(planned)
        row: dict[str, Any] = {name: getattr(person, name) for name in (*_PLAIN, "bank_name")}
        row.update({change.field: _column(change.new) for change in changes if change.field in row})
        row["land_area"] = _area(row["land_area"])
        return {**row, "id": person.id, "data_as_of": self._today}

    def _propose(self, planned: Sequence[PlannedPerson]) -> None:
        if not planned:
            return
        work, proposer = self._work, self._work.actor.staff_person_id
        if proposer is None:
            raise ProposerMissing
        last_day = last_day_held(self._today, work.packs.calendar)
        rows = []
        for each in planned:
            person = _record_of(each)
            for asked in each.proposed:
                stored_rosters.withdraw_proposal(work.session, person.id, asked.field, proposer, work.now)
                rows.append(self._held_row(person, asked, proposer))
            for risk in {asked.risk for asked in each.proposed}:
                self._tell(person, risk, last_day.isoformat())
        stored_rosters.add_proposals(work.session, rows)
        until = datetime.combine(last_day + timedelta(days=1), time(), CHINA)
        stored_rosters.hold_payments(work.session, [_record_of(each).id for each in planned], until)

    def _held_row(self, person: PersonOnRecord, asked: Proposed, proposer: int) -> dict[str, Any]:
        keys, value = self._work.keys, asked.value
        return {
            "person_id": person.id,
            "field": asked.field,
            "value_sealed": keys.seal(value, _context(asked.field, person.uid)),
            "value_index": keys.blind_index(f"person.{asked.field}", value),
            "value_tail": _TAILS[asked.field](value),
            "bank_name": asked.bank_name,
            "proposed_at": self._work.now,
            "proposed_by": proposer,
        }

    def _tell(self, person: PersonOnRecord, risk: Risk, last_day: str) -> None:
        """Tell the phone that was on record before, whatever becomes of it, and leave a notice."""
        work = self._work
        wording, facts = f"{risk}_change_proposed", {"last_day": last_day}
        stored_messages.add_notice(
            work.session, person_id=person.id, wording=wording, facts=facts, now=work.now
        )
        phone = self._open(person, "phone")
        if phone is not None:
            key = secrets.token_hex(16)
            stored_messages.add_text(
                work.session,
                key=key,
                person_id=person.id,
                wording=wording,
                facts=facts,
                now=work.now,
                phone_sealed=work.keys.seal(phone, f"text_message.phone {key}"),
            )

    def _open_accounts(self, planned: Sequence[PlannedPerson], new: Mapping[str, PlannedPerson]) -> None:
        opening = [each for each in planned if each.openings]
        if not opening:
            return
        uids = [uid for uid, each in new.items() if each.openings]
        ids = stored_rosters.find_ids(self._work.session, uids) if uids else {}
        rows = {new[uid].row: row_id for uid, row_id in ids.items()}
        personal: dict[tuple[int, Source], Yuan] = {}
        special: list[Posting] = []
        for each in opening:
            person_id = each.on_record.id if each.on_record is not None else rows[each.row]
            for source, amount in each.openings.items():
                if _kind_of(source, each.facts) is Kind.PERSONAL_ACCOUNT:
                    personal[person_id, source] = amount
                else:
                    batch = _batch_of(each.facts, each.on_record)
                    special.append(Posting(Account(Kind.SPECIAL_LEDGER, person_id, source, batch), -amount))
        self._post(personal, special)

    def _post(self, personal: Mapping[tuple[int, Source], Yuan], special: Sequence[Posting]) -> None:
        work, key = self._work, f"opening:{secrets.token_hex(16)}"
        if personal:
            ledger.post_openings(work, personal, region=self._region, on=self._today, key=key)
        if special:
            spent: dict[Account, Yuan] = {}
            for posting in special:
                fund = Account(Kind.LAND_BATCH, source=posting.account.source, batch=posting.account.batch)
                spent[fund] = spent.get(fund, ZERO) - posting.amount
            funds = (Posting(fund, amount) for fund, amount in spent.items())
            entry = Entry(f"{key}:ledger", self._today, _MOVEMENTS[Kind.SPECIAL_LEDGER], (*funds, *special))
            ledger.post(work, entry, region=self._region)


_MOVEMENTS = {Kind.PERSONAL_ACCOUNT: "opening_balance", Kind.SPECIAL_LEDGER: "special_ledger_opening"}


def _kind_of(source: Source, facts: RosterFacts) -> Kind:
    """Levy money lies in the special ledger with its interest; all else in the personal account."""
    in_ledger = source in LAND_SOURCES and bool(facts.opening_land_levy)
    return Kind.SPECIAL_LEDGER if in_ledger else Kind.PERSONAL_ACCOUNT


def _batch_of(facts: RosterFacts, person: PersonOnRecord | None) -> str | None:
    return facts.land_batch or (person.land_batch if person is not None else None)


def _check_insurance_no(
    facts: RosterFacts, own_indexes: Sequence[bytes], owners: Mapping[str, bytes]
) -> Iterator[tuple[str, type[Refusal]]]:
    owner = owners.get(facts.insurance_no or "")
    if owner is not None and owner not in own_indexes:
        yield "insurance_no", InsuranceNoTaken


def _openings(facts: RosterFacts) -> Mapping[Source, Yuan]:
    """The opening balances that are more than nothing; most rows have none, so they are asked once."""
    if not any(_list_openings(facts)):
        return _NO_OPENINGS
    return {source: amount for source, amount in facts.opening_balances.items() if amount}


def _without_zeros(facts: RosterFacts) -> RosterFacts:
    """An opening balance of nothing is none."""
    given = _list_openings(facts)
    if all(amount is None or amount for amount in given):
        return facts
    nothing: dict[str, Any] = {name: getattr(facts, name) or None for name in _OPENING_FIELDS.values()}
    return facts._replace(**nothing)


def _list_proposed(change: RosterChange, facts: RosterFacts, known: RosterFacts) -> Iterator[Proposed]:
    fields = {each.field for each in change.fields}
    for column in ("phone", "card"):
        if column in fields:
            yield Proposed(column, getattr(facts, column), None)
    account = facts.account or known.account
    if account is not None and not fields.isdisjoint({"account", "bank_name"}):
        yield Proposed("account", account, facts.bank_name)


def _plain_changes(planned: PlannedPerson) -> list[FieldChange]:
    return [change for change in planned.change.fields if change.field not in planned.held]


def _record_of(planned: PlannedPerson) -> PersonOnRecord:
    if planned.on_record is None:
        raise ValueError("a new person has no record to change")
    return planned.on_record


def _area(mu: Decimal | str | None) -> str | None:
    """An area as its column keeps it: as text, for it is no amount of money."""
    return None if mu is None else f"{Decimal(mu).normalize():f}"


def _column(value: object) -> object:
    """A fact as its column keeps it."""
    if isinstance(value, StrEnum):
        return str(value)
    return value


def _context(column: str, uid: str) -> str:
    return f"person.{column} {uid}"
