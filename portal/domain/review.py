"""Who may take the next step on a claim, and what they may decide.

Nobody does two of the four acts on one claim, for the claim's whole life, and whoever helped to
file it does none (guangdong-2025#art13, #art14 严禁一人通办). Only the same step may be taken
again by the same person, after a return.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from portal.domain.audit import Act
from portal.domain.claims import STEP_AT, ClaimAct, ClaimState, Course, Step
from portal.domain.errors import Refusal
from portal.domain.staff import Role

ROLE_FOR: Mapping[Step, Role] = {
    Step.FIRST_REVIEW: Role.FIRST_REVIEWER,
    Step.SECOND_REVIEW: Role.SECOND_REVIEWER,
    Step.APPROVAL: Role.APPROVER,
    Step.DISBURSEMENT: Role.CASHIER,
}

VERDICTS = frozenset({ClaimAct.PASS, ClaimAct.RETURN, ClaimAct.REJECT})


class SamePersonTwice(Refusal):
    """This person already has a part in this claim; ``facts["earlier"]`` says which."""

    code: ClassVar[str] = "same_person_twice"


class NotYourStep(Refusal):
    """The claim waits for a step that this account has no role for; ``facts["step"]`` says which."""

    code: ClassVar[str] = "not_your_step"


class OwnClaim(Refusal):
    """Nobody decides a claim of their own."""

    code: ClassVar[str] = "own_claim"


class ReasonMissing(Refusal):
    """A return or a rejection needs at least one reason."""

    code: ClassVar[str] = "reason_missing"


class ConditionsNotMet(Refusal):
    """A guard says no, so the claim cannot be passed on; ``facts["reasons"]`` lists the codes."""

    code: ClassVar[str] = "conditions_not_met"


class AmountDisagrees(Refusal):
    """The keyed amount is not the one that the rules give; ``facts`` has ``keyed`` and ``worked_out``."""

    code: ClassVar[str] = "amount_disagrees"


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
        OwnClaim: the reviewer is the applicant.
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


@dataclass(frozen=True)
class ClaimDecided(Act):
    """Someone at the desk passed, returned or rejected a claim."""

    subject: ClassVar[str] = "claim"
    claim_id: int
    step: Step
    verdict: ClaimAct
    reasons: tuple[str, ...] = ()
