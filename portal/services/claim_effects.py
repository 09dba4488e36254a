"""What follows for a person's record when a claim comes to a good end."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from portal.domain.citizens import Person
from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ClaimState
from portal.domain.roster_import import last_day_held
from portal.services.claim_payees import lock_account_on_record, open_account
from portal.services.work import CHINA, Work
from portal.storage import citizens as stored_citizens
from portal.storage import claim_payees as stored_payees
from portal.storage import held_changes as stored_changes
from portal.storage import rosters as stored_rosters
from portal.storage.claims import Claim


def take_effect(work: Work, claim: Claim, state: ClaimState) -> None:
    """Change the person's record as the claim's end demands, and note it; most claims change nothing."""
    effect = _EFFECTS.get((claim.kind, state))
    if effect is not None:
        effect(work, claim, stored_citizens.get_person(work.session, claim.person_id))


def _finish_withdrawal(work: Work, claim: Claim, person: Person) -> None:
    """The old account was paid out; from now on the yearly subsidy can be claimed (jinning-2020#5.4.1)."""
    _set_to_today(work, claim, person, "withdrawn_on", person.withdrawn_on)


def _confirm_identity(work: Work, claim: Claim, person: Person) -> None:
    """The identity is confirmed from now on (jinning-2020#5.2)."""
    _set_to_today(work, claim, person, "identity_confirmed_on", person.identity_confirmed_on)


def _set_to_today(work: Work, claim: Claim, person: Person, column: str, old: date | None) -> None:
    stored_citizens.change_person(work.session, person.id, **{column: work.today})
    _note(work, claim, person, column, None if old is None else old.isoformat(), work.today.isoformat())


def _adopt_account(work: Work, claim: Claim, person: Person) -> None:
    """Pay to the account that three people agreed to; as with any new payee, not for three working days."""
    lock_account_on_record(work, person.id)
    payee = stored_payees.list_of_claim(work.session, claim.id)[0]
    number = open_account(work, payee)
    stored_citizens.change_person(
        work.session,
        person.id,
        account_sealed=work.keys.seal(number, f"person.account {person.uid}"),
        account_index=work.keys.blind_index("person.account", number),
        account_tail=payee.account_tail,
        bank_name=payee.bank_name,
    )
    free_from = last_day_held(work.today, work.packs.calendar) + timedelta(days=1)
    stored_rosters.hold_payments(work.session, [person.id], datetime.combine(free_from, time(), CHINA))
    _note(work, claim, person, "account", person.account_tail, payee.account_tail)


def _note(work: Work, claim: Claim, person: Person, field: str, old: str | None, new: str | None) -> None:
    stored_changes.record_change(
        work.session,
        person.id,
        act=f"claim {claim.number}",
        field=field,
        old=old,
        new=new,
        by=work.actor.staff_person_id,
        now=work.now,
    )


_EFFECTS: Mapping[tuple[ClaimKind, ClaimState], Callable[[Work, Claim, Person], None]] = MappingProxyType(
    {
        (ClaimKind.SCHEME_WITHDRAWAL, ClaimState.PAID): _finish_withdrawal,
        (ClaimKind.IDENTITY_CONFIRMATION, ClaimState.SETTLED): _confirm_identity,
        (ClaimKind.OTHER_BANK_ACCOUNT, ClaimState.SETTLED): _adopt_account,
    }
)
