"""Villagers as the desk finds them: searching, looking, uncovering a number, and changes that wait."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from portal.domain.citizen_id import CitizenId, CitizenIdUnsound
from portal.domain.citizens import NoSuchPerson, Person
from portal.domain.disclosure import (
    NumberUncovered,
    PeopleSearched,
    PersonViewed,
    SealedField,
    UncoverReason,
)
from portal.domain.held_changes import (
    HeldChange,
    HeldChangeDecided,
    HeldChangeProposed,
    NoSuchHeldChange,
    check_second_person,
)
from portal.domain.masks import account_tail, phone_tail
from portal.domain.policy import Figure
from portal.domain.roster import Risk
from portal.domain.roster_import import last_day_held
from portal.services import audit, identity
from portal.services.claim_cases import check_not_own
from portal.services.claim_helpers import check_slip_giver
from portal.services.claim_payees import lock_account_on_record
from portal.services.holdings import list_held
from portal.services.reach import is_in_reach
from portal.services.work import CHINA, Work
from portal.storage import citizens as stored_citizens
from portal.storage import claims as stored_claims
from portal.storage import held_changes as stored_changes
from portal.storage import messages as stored_messages
from portal.storage import rosters as stored_rosters
from portal.storage.claims import Claim
from portal.storage.held_changes import PersonChange

_COLUMNS: Mapping[SealedField, str] = MappingProxyType({field: f"{field}_sealed" for field in SealedField})


@dataclass(frozen=True)
class PersonFile:
    """What the desk sees of one villager; nothing of it is a whole number."""

    person: Person
    claims: tuple[Claim, ...]
    paid_years: tuple[int, ...]
    held: Sequence[Figure]
    changes: tuple[PersonChange, ...]
    waiting: tuple[HeldChange, ...]


@dataclass(frozen=True)
class Slip:
    """A paper code as it is printed for its owner."""

    person: Person
    code: str


# -- Finding ------------------------------------------------------------------------------------------------


def find_by_mark(work: Work, mark: str) -> list[Person]:
    """People by a claim number, an insurance number or a whole citizen number, within the actor's reach.

    Which kind of mark it was goes on record; the mark itself does not.
    """
    typed = "".join(mark.split()).upper()
    by, found = _look_up(work, typed)
    in_reach = [each for each in found if is_in_reach(work.actor, each.region, each.town)]
    audit.record(work, PeopleSearched(by, len(in_reach)))
    return in_reach


def find_by_name(work: Work, name: str, village: str, birth_year: int) -> list[Person]:
    """People of a name in a village, born in a year, within the actor's reach."""
    assert work.actor.region is not None  # noqa: S101  the desk is open to staff only
    listed = stored_citizens.list_by_name(work.session, work.actor.region, name, village, birth_year)
    in_reach = [each for each in listed if is_in_reach(work.actor, each.region, each.town)]
    audit.record(work, PeopleSearched("name", len(in_reach)))
    return in_reach


def _look_up(work: Work, typed: str) -> tuple[str, list[Person]]:
    try:
        number = CitizenId.parse(typed)
    except CitizenIdUnsound:
        pass
    else:
        indexes = work.keys.blind_indexes(identity.NUMBER_COLUMN, number.digits)
        return "citizen_number", _listed(stored_citizens.find_by_number(work.session, indexes))
    claim = stored_claims.find_by_number(work.session, typed)
    if claim is not None:
        return "claim_number", [stored_citizens.get_person(work.session, claim.person_id)]
    assert work.actor.region is not None  # noqa: S101  the desk is open to staff only
    by_insurance = stored_citizens.find_by_insurance_no(work.session, work.actor.region, typed)
    return "insurance_no", _listed(by_insurance)


def _listed(person: Person | None) -> list[Person]:
    return [] if person is None else [person]


# -- One person ---------------------------------------------------------------------------------------------


def open_person(work: Work, person_id: int) -> PersonFile:
    """Look at a villager; that one looked is put on record.

    Raises:
        NoSuchPerson: there is none, or they are out of reach.
    """
    person = _in_reach(work, person_id)
    audit.record(work, PersonViewed(person.id), region=person.region)
    return PersonFile(
        person=person,
        claims=tuple(stored_claims.list_for_person(work.session, person.id)),
        paid_years=tuple(sorted(stored_claims.list_subsidy_years(work.session, person.id))),
        held=list_held(work, person),
        changes=tuple(stored_changes.list_changes(work.session, person.id)),
        waiting=tuple(stored_changes.list_waiting_for(work.session, person.id)),
    )


def uncover_number(work: Work, person_id: int, field: SealedField, reason: UncoverReason) -> str | None:
    """A whole number of a villager, or None where none is on record; who saw it and why is put on record.

    Raises:
        NoSuchPerson: there is none, or they are out of reach.
        OwnClaim: it is the actor, or somebody whom they claim for.
    """
    person = _in_reach(work, person_id)
    check_not_own(work, person)
    audit.record(work, NumberUncovered(person.id, field, reason), region=person.region)
    sealed = stored_citizens.sealed_column(work.session, person.id, _COLUMNS[field])
    return None if sealed is None else work.keys.open_sealed(sealed, f"person.{field} {person.uid}")


def issue_slip(work: Work, person_id: int) -> Slip:
    """Make a paper code for a villager whose identity card the actor has in hand.

    Raises:
        NoSuchPerson: there is none, they are out of reach, or they have died.
        SamePersonTwice: the actor has taken a step on a claim of theirs that is open.
    """
    person = _in_reach(work, person_id)
    if not person.is_alive:
        raise NoSuchPerson
    check_slip_giver(work, person.id)
    return Slip(person, identity.issue_paper_code(work, person.id))


def _in_reach(work: Work, person_id: int) -> Person:
    person = stored_citizens.get_person(work.session, person_id)
    if not is_in_reach(work.actor, person.region, person.town):
        raise NoSuchPerson
    return person


# -- Changes that wait --------------------------------------------------------------------------------------


def list_held_changes(work: Work) -> list[HeldChange]:
    """Changed phones and payees within the actor's reach that wait for a second person, the oldest first."""
    assert work.actor.region is not None  # noqa: S101  the desk is open to staff only
    return stored_changes.list_waiting(work.session, work.actor.region, work.actor.town)


def propose_change(
    work: Work, person_id: int, field: SealedField, value: str, bank_name: str | None = None
) -> None:
    """Key the phone, card or account that a villager brought; it waits for a second person.

    The phone on record is told at once, and nothing is paid to the person for three working days.

    Raises:
        NoSuchPerson: there is none, or they are out of reach.
    """
    person = _in_reach(work, person_id)
    proposer = work.actor.staff_person_id
    assert proposer is not None  # noqa: S101  the desk is open to staff only
    stored_rosters.withdraw_proposal(work.session, person.id, field, proposer, work.now)
    stored_rosters.add_proposals(
        work.session,
        [
            {
                "person_id": person.id,
                "field": str(field),
                "value_sealed": work.keys.seal(value, f"person.{field} {person.uid}"),
                "value_index": work.keys.blind_index(f"person.{field}", value),
                "value_tail": _tail(field, value),
                "bank_name": bank_name,
                "proposed_at": work.now,
                "proposed_by": proposer,
            }
        ],
    )
    last_day = last_day_held(work.today, work.packs.calendar)
    stored_rosters.hold_payments(
        work.session, [person.id], datetime.combine(last_day + timedelta(days=1), time(), CHINA)
    )
    _tell_of_proposal(work, person, field, last_day)
    audit.record(work, HeldChangeProposed(person.id, field), region=person.region)


def _tail(field: SealedField, value: str) -> str:
    return (phone_tail if field is SealedField.PHONE else account_tail)(value)


def _tell_of_proposal(work: Work, person: Person, field: SealedField, last_day: date) -> None:
    """Tell the phone that is on record now: whoever holds it may know nothing of this."""
    risk = Risk.PHONE if field is SealedField.PHONE else Risk.PAYEE
    wording, facts = f"{risk}_change_proposed", {"last_day": last_day.isoformat()}
    stored_messages.add_notice(work.session, person_id=person.id, wording=wording, facts=facts, now=work.now)
    phone = stored_citizens.sealed_column(work.session, person.id, "phone_sealed")
    if phone is not None:
        key = secrets.token_hex(16)
        number = work.keys.open_sealed(phone, f"person.phone {person.uid}")
        stored_messages.add_text(
            work.session,
            key=key,
            person_id=person.id,
            wording=wording,
            facts=facts,
            now=work.now,
            phone_sealed=work.keys.seal(number, f"text_message.phone {key}"),
        )


def decide_held_change(work: Work, change_id: int, *, accepted: bool) -> None:
    """Let a changed phone or payee take effect, or deny it.

    Raises:
        NoSuchHeldChange: nothing waits there, or it is out of reach.
        ProposedByYou: the actor proposed it.
        PaymentUnderWay: money is on its way to the account that it would replace.
    """
    change = stored_changes.lock_waiting(work.session, change_id)
    if not is_in_reach(work.actor, change.region, change.town):
        raise NoSuchHeldChange
    check_second_person(change, work.actor.desk_person_id)
    stored_changes.close(
        work.session, change.id, accepted=accepted, by=work.actor.desk_person_id, now=work.now
    )
    if accepted:
        if change.field is not SealedField.PHONE:
            lock_account_on_record(work, change.person_id)
        _take_effect(work, change)
    audit.record(work, HeldChangeDecided(change.person_id, change.field, accepted), region=change.region)


def _take_effect(work: Work, change: HeldChange) -> None:
    value = stored_changes.get_value(work.session, change.id)
    columns: dict[str, object] = {f"{change.field}_sealed": value.sealed, f"{change.field}_tail": value.tail}
    if change.field is not SealedField.CARD:  # a card has no index: nobody is looked up by it
        columns[f"{change.field}_index"] = value.index
    if change.field is SealedField.ACCOUNT:
        columns["bank_name"] = value.bank_name
    stored_citizens.change_person(work.session, change.person_id, **columns)
    stored_changes.record_change(
        work.session,
        change.person_id,
        act=HeldChangeDecided.name,
        field=change.field,
        old=change.old_tail,
        new=value.tail,
        by=work.actor.staff_person_id,
        now=work.now,
    )
    stored_messages.add_notice(
        work.session,
        person_id=change.person_id,
        wording=f"{change.field}_changed",
        facts={"tail": value.tail},
        now=work.now,
    )
