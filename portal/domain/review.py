"""Who may take the next step on a claim, and what they may decide.

Nobody does two of the four acts on one claim, for the claim's whole life, and whoever helped to
file it does none (guangdong-2025#art13, #art14 严禁一人通办). Only the same step may be taken
again by the same person, after a return.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from portal.domain.audit import Act
from portal.domain.claim_kinds import JUDGED_BY_PEOPLE, SEEN_ON_PAPER, VOICES, ClaimKind, Reason
from portal.domain.claims import ENDED, STEP_AT, ClaimAct, ClaimState, Course, Step
from portal.domain.decisions import Condition, Outcome
from portal.domain.errors import Refusal
from portal.domain.money import Yuan
from portal.domain.staff import Role

ROLE_FOR: Mapping[Step, Role] = {
    Step.FIRST_REVIEW: Role.FIRST_REVIEWER,
    Step.SECOND_REVIEW: Role.SECOND_REVIEWER,
    Step.APPROVAL: Role.APPROVER,
    Step.DISBURSEMENT: Role.CASHIER,
}

VERDICTS = (ClaimAct.PASS, ClaimAct.RETURN, ClaimAct.REJECT)


class Queue(StrEnum):
    """Where the desk looks for claims: what waits for a step, for the bank, for the villager, or is over."""

    FIRST_REVIEW = "first_review"
    SECOND_REVIEW = "second_review"
    APPROVAL = "approval"
    DISBURSEMENT = "disbursement"
    SENT = "sent"
    PAYMENT_FAILED = "payment_failed"
    CORRECTION = "correction"
    ENDED = "ended"


STATES_IN: Mapping[Queue, frozenset[ClaimState]] = MappingProxyType(
    {
        Queue.FIRST_REVIEW: frozenset({ClaimState.SUBMITTED}),
        Queue.SECOND_REVIEW: frozenset({ClaimState.REVIEWED_ONCE}),
        Queue.APPROVAL: frozenset({ClaimState.REVIEWED_TWICE}),
        Queue.DISBURSEMENT: frozenset({ClaimState.APPROVED}),
        Queue.SENT: frozenset({ClaimState.DISBURSING}),
        Queue.PAYMENT_FAILED: frozenset({ClaimState.PAYMENT_FAILED}),
        Queue.CORRECTION: frozenset({ClaimState.CORRECTION_NEEDED}),
        Queue.ENDED: ENDED,
    }
)
STEP_OF: Mapping[Queue, Step] = MappingProxyType(
    {
        Queue.FIRST_REVIEW: Step.FIRST_REVIEW,
        Queue.SECOND_REVIEW: Step.SECOND_REVIEW,
        Queue.APPROVAL: Step.APPROVAL,
        Queue.DISBURSEMENT: Step.DISBURSEMENT,
    }
)


class SamePersonTwice(Refusal):
    """This person already has a part in this claim; ``facts["earlier"]`` says which."""

    code: ClassVar[str] = "same_person_twice"


class SlipOfHandler(Refusal):
    """Whoever gave out the slip by which the actor came in has taken a step of this claim."""

    code: ClassVar[str] = "slip_of_handler"


class NotYourStep(Refusal):
    """The claim waits for a step that this account has no role for; ``facts["step"]`` says which."""

    code: ClassVar[str] = "not_your_step"


class OwnClaim(Refusal):
    """Nobody decides a claim of their own, or one that pays them, nor looks into its papers."""

    code: ClassVar[str] = "own_claim"


class ReasonMissing(Refusal):
    """A return or a rejection needs at least one reason."""

    code: ClassVar[str] = "reason_missing"


class ReasonContradicted(Refusal):
    """The guards find the opposite of a reason; ``facts`` has ``reasons`` and the guards' ``conditions``."""

    code: ClassVar[str] = "reason_contradicted"


class WordsMissing(Refusal):
    """The reason chosen says nothing until words are written beside it."""

    code: ClassVar[str] = "words_missing"


class FindingsMissing(Refusal):
    """Whoever said that something is wrong is told what was looked at and what was changed."""

    code: ClassVar[str] = "findings_missing"


class PastYearUnexplained(Refusal):
    """A claim for a year gone by is passed only with a word why (reading A-JN-3)."""

    code: ClassVar[str] = "past_year_unexplained"


class ConditionsNotMet(Refusal):
    """A guard says no, so the claim cannot be passed on; ``facts["reasons"]`` lists the codes."""

    code: ClassVar[str] = "conditions_not_met"


class ConditionsUnconfirmed(Refusal):
    """Nobody has compared yet what only a person can; ``facts["conditions"]`` lists their ids."""

    code: ClassVar[str] = "conditions_unconfirmed"


class AmountMissing(Refusal):
    """Money is asked for, and nobody has keyed how much."""

    code: ClassVar[str] = "amount_missing"


class AmountDisagrees(Refusal):
    """The keyed amount is not the one that the rules give; ``facts`` has ``keyed`` and ``worked_out``."""

    code: ClassVar[str] = "amount_disagrees"


class KeyedOtherwise(Refusal):
    """The second reviewer keyed another amount than the first; neither is told, or one would only copy."""

    code: ClassVar[str] = "keyed_otherwise"


class NotAlike(Refusal):
    """Claims differ in kind or amount, or want a look of their own (``facts["remarked"]``)."""

    code: ClassVar[str] = "not_alike"


class NotPassedTogether(Refusal):
    """One of several claims cannot be passed; ``facts`` has its ``number`` and the ``cause``, a refusal."""

    code: ClassVar[str] = "not_passed_together"


@dataclass(frozen=True)
class Decision:
    """A verdict at a step, and where it leads."""

    step: Step
    verdict: ClaimAct
    reviewer_id: int
    leads_to: ClaimState


def decide(
    course: Course,
    state: ClaimState,
    handlers: Mapping[int, Step],
    verdict: ClaimAct,
    reviewer_id: int,
    roles: frozenset[Role],
    *,
    is_own_claim: bool = False,
    reasons: tuple[str, ...] = (),
) -> Decision:
    """Take the next decision on a claim, or refuse.

    ``handlers`` says which step each natural person has had on this claim so far.

    Raises:
        ActNotOpen: nothing is to be decided, or not this.
        NotYourStep: the account lacks the role.
        OwnClaim: the reviewer is the applicant, or one of those who claim for somebody that died.
        SamePersonTwice: the reviewer already took another step.
        ReasonMissing: sent back or rejected without a word why.
    """
    leads_to = course.next_state(state, verdict)
    step = STEP_AT[state]
    check_handler(step, handlers, reviewer_id, roles, is_own_claim=is_own_claim)
    if verdict is not ClaimAct.PASS and not reasons:
        raise ReasonMissing
    return Decision(step, verdict, reviewer_id, leads_to)


def check_handler(
    step: Step,
    handlers: Mapping[int, Step],
    person_id: int,
    roles: frozenset[Role],
    *,
    is_own_claim: bool = False,
) -> None:
    """Refuse unless this natural person may take this step on this claim."""
    if ROLE_FOR[step] not in roles:
        raise NotYourStep(step=step)
    if is_own_claim:
        raise OwnClaim
    earlier = handlers.get(person_id, step)
    if earlier is not step:
        raise SamePersonTwice(earlier=earlier)


def check_reasons(
    verdict: ClaimAct, reasons: Collection[str], conditions: Sequence[Condition], words: str
) -> None:
    """Refuse a return or a rejection whose reasons are untrue or say nothing.

    Where no condition is tested, as of an objection, only words tell what a rejection rests on.

    Raises:
        ReasonContradicted: the guards find the opposite of a reason.
        WordsMissing: nothing is written that says why.
    """
    opposed = [
        each
        for each in conditions
        if each.reason in reasons
        and each.reason not in JUDGED_BY_PEOPLE
        and all(other.outcome is Outcome.MET for other in conditions if other.reason == each.reason)
    ]
    if opposed:
        raise ReasonContradicted(
            reasons=list(dict.fromkeys(each.reason for each in opposed)),
            conditions=[each.id for each in opposed],
        )
    is_bare = verdict is ClaimAct.REJECT and not conditions
    if (is_bare or Reason.IN_WORDS in reasons) and not words.strip():
        raise WordsMissing


def check_first_pass(kind: ClaimKind, words: str, *, is_of_past_year: bool) -> None:
    """Refuse a first review that passes without a word what its applicant, or the next reviewer, has to read.

    Raises:
        FindingsMissing: an objection or a tip-off is answered by what was found, and nothing is written.
        PastYearUnexplained: the year is gone by, and nobody says why it is paid.
    """
    if words.strip():
        return
    if kind in VOICES:
        raise FindingsMissing
    if is_of_past_year:
        raise PastYearUnexplained


def find_outcome(condition: Condition, reasons: Collection[str], confirmed: Collection[str]) -> Outcome:
    """How a condition of a rejected claim came out, after people looked too.

    ``reasons`` are those of the rejection, ``confirmed`` the conditions that a reviewer vouched for.
    """
    is_open = condition.outcome is Outcome.UNKNOWN
    if condition.reason in reasons and (is_open or condition.reason in SEEN_ON_PAPER):
        return Outcome.NOT_MET
    return Outcome.MET if is_open and condition.id in confirmed else condition.outcome


def check_pass(conditions: Sequence[Condition], confirmed: Collection[str]) -> None:
    """Refuse to pass a claim on while a condition is not met, or is known to nobody and was not compared.

    ``confirmed`` are the ids of conditions that a reviewer vouches for.

    Raises:
        ConditionsNotMet: a guard says no.
        ConditionsUnconfirmed: a person has to look first.
    """
    unmet = [each.reason for each in conditions if each.outcome is Outcome.NOT_MET]
    if unmet:
        raise ConditionsNotMet(reasons=unmet)
    open_ones = [
        each.id for each in conditions if each.outcome is Outcome.UNKNOWN and each.id not in confirmed
    ]
    if open_ones:
        raise ConditionsUnconfirmed(conditions=open_ones)


def agree_on_amount(
    step: Step, *, keyed: Yuan | None, on_record: Yuan | None, worked_out: Yuan | None
) -> Yuan:
    """The amount that a step stands for, in yuan, once two sides agree on it.

    The first reviewer keys it. From then on the amount on record must be what the rules give; where no
    rule gives one, as for a recorded balance, the second reviewer keys it again without being shown the
    first figure (reading A-JN-9).

    Raises:
        AmountMissing: nobody has keyed it.
        AmountDisagrees: the two sides differ.
        KeyedOtherwise: two people keyed different amounts, each without being shown the other's.
    """
    is_blind = worked_out is None and step is Step.SECOND_REVIEW
    if step is Step.FIRST_REVIEW:
        stands, held_against = keyed, worked_out
    else:
        stands = on_record
        held_against = keyed if is_blind else worked_out
        if held_against is None and is_blind:
            raise AmountMissing
    if stands is None:
        raise AmountMissing
    if held_against is not None and held_against != stands:
        if is_blind:
            raise KeyedOtherwise
        raise AmountDisagrees(keyed=stands, worked_out=held_against)
    return stands


@dataclass(frozen=True)
class ClaimDecided(Act):
    """Someone at the desk passed, returned or rejected a claim."""

    subject: ClassVar[str] = "claim"
    claim_id: int
    step: Step
    verdict: ClaimAct
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class CalledBack(Act):
    """Someone at the desk called a villager who was not content."""

    subject: ClassVar[str] = "claim"
    claim_id: int
