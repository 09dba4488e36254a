from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from portal.domain.claim_kinds import VOICES, ClaimKind
from portal.domain.claims import STEP_AT, ActNotOpen, ClaimAct, ClaimState, Course, Step
from portal.domain.decisions import Condition, Outcome
from portal.domain.errors import Refusal
from portal.domain.review import (
    ROLE_FOR,
    STATES_IN,
    VERDICTS,
    AmountDisagrees,
    AmountMissing,
    ConditionsNotMet,
    ConditionsUnconfirmed,
    FindingsMissing,
    KeyedOtherwise,
    NotYourStep,
    OwnClaim,
    ReasonContradicted,
    ReasonMissing,
    SamePersonTwice,
    WordsMissing,
    agree_on_amount,
    check_first_pass,
    check_handler,
    check_pass,
    check_reasons,
    decide,
    find_outcome,
)
from portal.domain.staff import Role

ZHANG, LI, WANG = 1, 2, 3
PAYING, SETTLING = Course(pays=True), Course(pays=False)
EVERY_ROLE = frozenset(Role)
THOUSAND = Decimal("1000.00")
OTHER = Decimal("900.00")

MET = Condition("alive", Outcome.MET, "condition_not_in_text", (), "alive")
OPEN = replace(MET, id="own_account", outcome=Outcome.UNKNOWN, found=None)
UNMET = replace(MET, id="years_left", outcome=Outcome.NOT_MET, reason="cap_reached")


def may_decide(state: ClaimState, verdict: ClaimAct, pays: bool) -> bool:
    """RULES §6.3 in one line each, written without the table under test."""
    under_review = state in (ClaimState.SUBMITTED, ClaimState.REVIEWED_ONCE, ClaimState.REVIEWED_TWICE)
    back_before_paying = pays and state is ClaimState.APPROVED and verdict is ClaimAct.RETURN
    return under_review or back_before_paying


@pytest.mark.parametrize("course", [PAYING, SETTLING])
@pytest.mark.parametrize(("state", "verdict"), [*product(ClaimState, VERDICTS)])
def test_every_state_takes_the_verdicts_it_should_and_no_other(
    state: ClaimState, verdict: ClaimAct, course: Course
):
    if may_decide(state, verdict, course.pays):
        assert decide(course, state, {}, verdict, ZHANG, EVERY_ROLE, reasons=("no_receipt",)).step
    else:
        with pytest.raises(ActNotOpen):
            decide(course, state, {}, verdict, ZHANG, EVERY_ROLE, reasons=("no_receipt",))


@pytest.mark.parametrize(("step", "role"), [*product(ROLE_FOR, Role)])
def test_a_step_is_for_its_role_and_for_no_other(step: Step, role: Role):
    if ROLE_FOR[step] is role:
        check_handler(step, {}, ZHANG, frozenset({role}))
    else:
        with pytest.raises(NotYourStep):
            check_handler(step, {}, ZHANG, frozenset({role}))


@pytest.mark.parametrize(("earlier", "step"), [*product(Step, ROLE_FOR)])
def test_nobody_takes_two_steps_on_one_claim_whatever_roles_they_hold(earlier: Step, step: Step):
    if earlier is step:
        check_handler(step, {ZHANG: earlier}, ZHANG, EVERY_ROLE)
    else:
        with pytest.raises(SamePersonTwice) as refused:
            check_handler(step, {ZHANG: earlier}, ZHANG, EVERY_ROLE)
        assert refused.value.facts["earlier"] is earlier


def test_another_person_may_take_a_step_that_somebody_took_before_a_return():
    handlers = {ZHANG: Step.FIRST_REVIEW, LI: Step.SECOND_REVIEW}

    decision = decide(PAYING, ClaimState.SUBMITTED, handlers, ClaimAct.PASS, WANG, EVERY_ROLE)

    assert (decision.step, decision.leads_to) == (Step.FIRST_REVIEW, ClaimState.REVIEWED_ONCE)


def test_nobody_decides_a_claim_of_their_own():
    with pytest.raises(OwnClaim):
        decide(PAYING, ClaimState.SUBMITTED, {}, ClaimAct.PASS, ZHANG, EVERY_ROLE, is_own_claim=True)


@pytest.mark.parametrize("verdict", [ClaimAct.RETURN, ClaimAct.REJECT])
def test_no_claim_is_sent_back_or_rejected_without_a_reason(verdict: ClaimAct):
    with pytest.raises(ReasonMissing):
        decide(PAYING, ClaimState.SUBMITTED, {}, verdict, ZHANG, EVERY_ROLE)


def test_approval_ends_a_claim_that_moves_no_money():
    decision = decide(SETTLING, ClaimState.REVIEWED_TWICE, {}, ClaimAct.PASS, ZHANG, EVERY_ROLE)

    assert decision.leads_to is ClaimState.SETTLED


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (MET, Outcome.MET),
        (UNMET, Outcome.NOT_MET),
        (OPEN, Outcome.MET),
        (replace(OPEN, id="nobody_looked"), Outcome.UNKNOWN),
        (replace(OPEN, reason="payee_mismatch"), Outcome.NOT_MET),
        (replace(MET, reason="no_receipt"), Outcome.NOT_MET),
    ],
)
def test_the_owner_of_a_rejected_claim_is_told_what_people_found(condition: Condition, outcome: Outcome):
    assert find_outcome(condition, {"payee_mismatch", "no_receipt"}, {"own_account"}) is outcome


CAP_MET = replace(UNMET, outcome=Outcome.MET)


@pytest.mark.parametrize(
    ("reason", "conditions"),
    [
        ("cap_reached", [UNMET]),
        ("cap_reached", [UNMET, CAP_MET]),
        ("cap_reached", [replace(UNMET, outcome=Outcome.UNKNOWN)]),
        ("cap_reached", [MET]),
        # A guard saw that a paper was sent, and cannot read it; the text is silent whatever guards say.
        ("no_receipt", [replace(CAP_MET, reason="no_receipt")]),
        ("receipt_wrong_year", [replace(CAP_MET, reason="receipt_wrong_year")]),
        ("condition_not_in_text", [MET]),
    ],
)
def test_a_reason_stands_unless_every_guard_for_it_says_the_opposite(
    reason: str, conditions: list[Condition]
):
    for verdict in (ClaimAct.RETURN, ClaimAct.REJECT):
        check_reasons(verdict, [reason], conditions, "")


def test_a_reason_that_the_guards_contradict_is_refused_with_what_they_found():
    for verdict in (ClaimAct.RETURN, ClaimAct.REJECT):
        with pytest.raises(ReasonContradicted) as refused:
            check_reasons(verdict, ["no_receipt", "cap_reached"], [MET, CAP_MET], "查过了")
        assert refused.value.facts == {"reasons": ["cap_reached"], "conditions": ["years_left"]}


def test_words_stand_where_no_reason_and_no_guard_says_why():
    with pytest.raises(WordsMissing):
        check_reasons(ClaimAct.RETURN, ["in_words"], [MET], " ")
    with pytest.raises(WordsMissing):
        check_reasons(ClaimAct.REJECT, ["record_is_right"], [], "")

    check_reasons(ClaimAct.REJECT, ["record_is_right"], [], "两年的账都对过了。")
    check_reasons(ClaimAct.RETURN, ["not_clear"], [], "")


@pytest.mark.parametrize("kind", sorted(VOICES))
def test_whoever_said_that_something_is_wrong_is_answered_in_words(kind: ClaimKind):
    with pytest.raises(FindingsMissing):
        check_first_pass(kind, " ", is_of_past_year=False)

    check_first_pass(kind, "账对过了，补上一年。", is_of_past_year=False)
    check_first_pass(ClaimKind.CHANGE, "", is_of_past_year=False)


def test_an_unmet_condition_stops_a_claim_and_every_reason_is_named():
    with pytest.raises(ConditionsNotMet) as refused:
        check_pass([MET, UNMET, replace(UNMET, reason="no_receipt")], {"own_account"})

    assert refused.value.facts["reasons"] == ["cap_reached", "no_receipt"]


def test_what_only_a_person_can_compare_is_compared_before_a_claim_goes_on():
    with pytest.raises(ConditionsUnconfirmed) as refused:
        check_pass([MET, OPEN], set())
    assert refused.value.facts["conditions"] == ["own_account"]

    check_pass([MET, OPEN], {"own_account"})


def test_no_reviewer_can_vouch_for_what_the_record_denies():
    with pytest.raises(ConditionsNotMet):
        check_pass([UNMET], {"years_left"})


@pytest.mark.parametrize(
    ("step", "keyed", "on_record", "worked_out", "outcome"),
    [
        (Step.FIRST_REVIEW, THOUSAND, None, THOUSAND, THOUSAND),
        (Step.FIRST_REVIEW, THOUSAND, None, None, THOUSAND),
        (Step.FIRST_REVIEW, OTHER, None, THOUSAND, AmountDisagrees),
        (Step.FIRST_REVIEW, None, None, THOUSAND, AmountMissing),
        (Step.SECOND_REVIEW, None, THOUSAND, THOUSAND, THOUSAND),
        (Step.SECOND_REVIEW, None, OTHER, THOUSAND, AmountDisagrees),
        (Step.SECOND_REVIEW, THOUSAND, OTHER, THOUSAND, AmountDisagrees),
        (Step.SECOND_REVIEW, THOUSAND, THOUSAND, None, THOUSAND),
        (Step.SECOND_REVIEW, OTHER, THOUSAND, None, KeyedOtherwise),
        (Step.SECOND_REVIEW, None, THOUSAND, None, AmountMissing),
        (Step.APPROVAL, None, THOUSAND, THOUSAND, THOUSAND),
        (Step.APPROVAL, None, THOUSAND, None, THOUSAND),
        (Step.APPROVAL, None, THOUSAND, OTHER, AmountDisagrees),
        (Step.DISBURSEMENT, None, THOUSAND, OTHER, AmountDisagrees),
        (Step.DISBURSEMENT, None, None, THOUSAND, AmountMissing),
    ],
)
def test_an_amount_stands_once_two_sides_agree_on_it(
    step: Step,
    keyed: Decimal | None,
    on_record: Decimal | None,
    worked_out: Decimal | None,
    outcome: Decimal | type[Refusal],
):
    def agree() -> Decimal:
        return agree_on_amount(step, keyed=keyed, on_record=on_record, worked_out=worked_out)

    if isinstance(outcome, Decimal):
        assert agree() == outcome
    else:
        with pytest.raises(outcome):
            agree()


def test_every_state_is_found_in_exactly_one_queue():
    found = [state for states in STATES_IN.values() for state in states]

    assert sorted(found) == sorted(ClaimState)
    assert set(STEP_AT) < set(found)
