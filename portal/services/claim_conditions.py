"""What a claim takes: its offer and questions, its conditions, and the amount that the rules give."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from portal.content.regions import ClaimOffer
from portal.domain.citizens import Person
from portal.domain.claim_forms import Question, list_questions
from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ClaimState
from portal.domain.decisions import Condition
from portal.domain.enrolment import age_on, identity_fact, withdrawal_fact
from portal.domain.errors import Refusal
from portal.domain.land_fund import ledger_payment
from portal.domain.ledger.accounts import Kind
from portal.domain.money import ZERO, Yuan
from portal.domain.policy import Figure, NoRuleInForce, Step, Unit
from portal.domain.rulebook import Rulebook
from portal.domain.subsidy import SubsidyHistory, YearlyClaimFacts, check_yearly_claim, yearly_subsidy
from portal.services.work import Work, legal_day
from portal.storage import citizens as stored_citizens
from portal.storage import claims as stored_claims
from portal.storage import ledger as stored_ledger
from portal.storage.claims import Claim
from portal.storage.ledger import PersonLine


class KindNotOffered(Refusal):
    """This person's region takes no claim of this kind."""

    code: ClassVar[str] = "no_such_claim_kind"


def get_offer(work: Work, person: Person, kind: ClaimKind) -> ClaimOffer:
    """What the person's region says of a kind of claim; raises ``KindNotOffered``."""
    offer = work.packs.get(person.region).claims.get(kind)
    if offer is None:
        raise KindNotOffered(kind=kind)
    return offer


def questions_of(offer: ClaimOffer) -> tuple[Question, ...]:
    """What is asked for a claim, in order, with the papers that this region wants."""
    return list_questions(offer.kind, [(material.id, material.required) for material in offer.materials])


def list_claimable_years(work: Work, person: Person, mended_claim_id: int | None = None) -> tuple[int, ...]:
    """Contribution years neither paid nor asked for, newest first; a claim being mended keeps its own year.

    Missed years are not forfeited (reading A-JN-3); staff decide about them.
    """
    first = work.packs.get(person.region).rulebook.count("subsidy.first_year", work.today).value
    held = stored_claims.list_slots(work.session, person.id)
    taken = stored_claims.list_subsidy_years(work.session, person.id)
    return tuple(
        year
        for year in range(work.today.year, first - 1, -1)
        if year not in taken and held.get(f"year:{year}", mended_claim_id) == mended_claim_id
    )


def check_conditions(
    work: Work,
    person: Person,
    kind: ClaimKind,
    answers: Mapping[str, Any],
    papers: Collection[str],
    *,
    claim: Claim | None = None,
    payee_is_own: bool | None = None,
) -> tuple[Condition, ...]:
    """Test every condition of a claim, met or not, each with its clause.

    ``papers`` are the materials that are there; ``claim`` is the one being tested again, which does not
    stand in its own way. ``payee_is_own`` is None until somebody has compared the names.
    """
    filed_in = claim.filed_at if claim is not None else work.now
    held = {
        slot
        for slot, holder in stored_claims.list_slots(work.session, person.id).items()
        if claim is None or holder != claim.id
    }
    case = _Case(
        work, person, kind, answers, frozenset(papers), legal_day(filed_in), frozenset(held), payee_is_own
    )
    return _CHECKS.get(kind, _check_by_facts)(case, work.packs.get(person.region).rulebook)


def work_out_amount(
    work: Work, person: Person, kind: ClaimKind, answers: Mapping[str, Any], claim: Claim | None = None
) -> Figure | None:
    """What the rules give for a claim, with its working; None where staff decide and key the amount.

    So it is for a year before the rules began, too: that year is not refused (reading A-JN-2). A ``claim``
    that was paid is worked out as it stood before its money moved.
    """
    work_out = _AMOUNTS.get(kind)
    if work_out is None:
        return None
    try:
        return work_out(work, person, answers, work.packs.get(person.region).rulebook, claim)
    except NoRuleInForce:
        return None


def explain_amount(work: Work, claim: Claim) -> Figure | None:
    """How the amount of a claim came about: by the rules, or as staff decided it; None while it has none."""
    if claim.amount is None:
        return None
    person = stored_citizens.get_person(work.session, claim.person_id)
    worked_out = work_out_amount(work, person, claim.kind, claim.answers, claim)
    if worked_out is not None and worked_out.yuan == claim.amount:
        return worked_out
    offer = get_offer(work, person, claim.kind)
    steps = (Step("decided_amount", {"amount": claim.amount}),)
    return Figure("decided_amount", claim.amount, Unit.YUAN, steps, offer.because, work.today, offer.readings)


@dataclass(frozen=True)
class _Case:
    """All that is known when conditions are tested."""

    work: Work
    person: Person
    kind: ClaimKind
    answers: Mapping[str, Any]
    papers: frozenset[str]
    filed_on: date
    held: frozenset[str]
    payee_is_own: bool | None

    @property
    def identity(self) -> str:
        return identity_fact(self.person.category, confirmed=self.person.is_confirmed)

    @property
    def is_withdrawn(self) -> bool:
        return self.person.withdrawn_on is not None


def _check_reimbursement(case: _Case, rules: Rulebook) -> tuple[Condition, ...]:
    person = case.person
    filed = "filed:reimbursement:"
    return check_yearly_claim(
        YearlyClaimFacts(
            category=person.category,
            identity_confirmed=person.is_confirmed,
            scheme=person.scheme,
            benefit_status=person.benefit_status,
            withdrawal_finished=case.is_withdrawn,
            contribution_year=int(case.answers["year"]),
            has_receipt=bool(case.papers),
            history=SubsidyHistory(
                stored_claims.list_subsidy_years(case.work.session, person.id), person.opening_used_years
            ),
            filed_in_years=frozenset(
                int(slot.removeprefix(filed)) for slot in case.held if slot.startswith(filed)
            ),
            payee_is_own=case.payee_is_own,
            alive=person.is_alive,
        ),
        rules,
        case.filed_on,
    )


def _check_by_facts(case: _Case, rules: Rulebook) -> tuple[Condition, ...]:
    """Hold what the record and the answers say against the pack; a fact nobody knows goes to a person."""
    person = case.person
    facts: dict[str, str | int | None] = {
        **{name: value for name, value in case.answers.items() if isinstance(value, str)},
        "life": "alive" if person.is_alive else "deceased",
        "category": person.category.value,
        "identity": case.identity,
        "scheme": person.scheme.value,
        "benefit": person.benefit_status.value,
        "withdrawal": withdrawal_fact(person.category, finished=case.is_withdrawn),
        "receipt": "present" if case.papers else "absent",
        "claims_this_year": sum(slot == f"filed:{case.kind}:{case.filed_on.year}" for slot in case.held),
        "payee": None if case.payee_is_own is None else ("own" if case.payee_is_own else "other"),
    }
    if "member_born_on" in case.answers:
        facts["age"] = age_on(date.fromisoformat(case.answers["member_born_on"]), case.filed_on)
    if case.kind is ClaimKind.LEDGER_REIMBURSEMENT:
        facts["ledger_option"] = find_ledger_option(case.work, person.id)
        facts["ledger"] = "has_money" if _special_ledger(case.work, person) else "empty"
    return rules.check_claim(case.kind, facts, case.filed_on)


def find_ledger_option(work: Work, person_id: int) -> str | None:
    """What the person chose in a settled claim; None where they chose on paper, if at all."""
    for claim in stored_claims.list_for_person(work.session, person_id):
        if claim.kind is ClaimKind.SPECIAL_LEDGER_OPTION and claim.state is ClaimState.SETTLED:
            return str(claim.answers["ledger_option"])
    return None


def _special_ledger(work: Work, person: Person) -> Yuan:
    """What a person's special ledger holds."""
    holdings = stored_ledger.list_holdings(work.session, person.id)
    return sum((held for account, held in holdings.items() if account.kind is Kind.SPECIAL_LEDGER), ZERO)


def _amount_of_a_year(
    _: Work, __: Person, answers: Mapping[str, Any], rules: Rulebook, ___: Claim | None
) -> Figure:
    return yearly_subsidy(int(answers["year"]), rules)


def _amount_of_the_ledger(
    work: Work, person: Person, answers: Mapping[str, Any], rules: Rulebook, claim: Claim | None
) -> Figure | None:
    """Own contribution not given back yet, as far as the special ledger lasts (guangdong-2025#art11.2)."""
    if "own_contribution" not in answers:
        return None
    taken = _find_taken(work, person, claim)
    given_back = sum(
        (
            each.amount
            for each in stored_claims.list_for_person(work.session, person.id)
            if each.kind is ClaimKind.LEDGER_REIMBURSEMENT
            and each.state is ClaimState.PAID
            and each.amount is not None
            and (claim is None or each.id != claim.id)
            and (claim is None or taken is None or each.state_since < claim.state_since)
        ),
        ZERO,
    )
    held = _special_ledger(work, person) if taken is None else taken.balance - taken.amount
    on = work.today if taken is None else taken.on
    return ledger_payment(held, Decimal(answers["own_contribution"]), given_back, rules, on)


def _find_taken(work: Work, person: Person, claim: Claim | None) -> PersonLine | None:
    """The first line by which a claim's money left the special ledger, unless it came back."""
    if claim is None:
        return None
    lines = reversed(stored_ledger.list_lines(work.session, person.id))
    of_claim = (line for line in lines if line.kind == Kind.SPECIAL_LEDGER and line.claim_id == claim.id)
    return next((line for line in of_claim if line.stands), None)


_CHECKS: Mapping[ClaimKind, Callable[[_Case, Rulebook], tuple[Condition, ...]]] = MappingProxyType(
    {ClaimKind.REIMBURSEMENT: _check_reimbursement}
)
_WorkOut = Callable[[Work, Person, Mapping[str, Any], Rulebook, Claim | None], Figure | None]
_AMOUNTS: Mapping[ClaimKind, _WorkOut] = MappingProxyType(
    {
        ClaimKind.REIMBURSEMENT: _amount_of_a_year,
        ClaimKind.LEDGER_REIMBURSEMENT: _amount_of_the_ledger,
    }
)
