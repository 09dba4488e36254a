"""A claim's way from filing to payment, as a table; its state is the fold of what happened to it.

::

    submitted ─pass→ reviewed_once ─pass→ reviewed_twice ─pass→ approved ─send→ disbursing ─pay→ paid
        │return          │return              │return                              │refuse payment
        └──────→ correction_needed ←──────────┘                            payment_failed ─fix payee→ approved
    any review ─reject→ rejected;  before approval ─cancel→ cancelled (RULES calls this withdrawn)

A kind that pays nothing ends at ``settled`` instead of ``approved``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from portal.domain.audit import Act
from portal.domain.errors import Refusal


class ClaimState(StrEnum):
    """Where a claim stands."""

    SUBMITTED = "submitted"
    CORRECTION_NEEDED = "correction_needed"
    REVIEWED_ONCE = "reviewed_once"
    REVIEWED_TWICE = "reviewed_twice"
    APPROVED = "approved"
    DISBURSING = "disbursing"
    PAYMENT_FAILED = "payment_failed"
    PAID = "paid"
    SETTLED = "settled"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class ClaimAct(StrEnum):
    """What can happen to a claim."""

    FILE = "file"
    PASS = "pass"  # noqa: S105  a verdict, not a password
    RETURN = "return"
    RESUBMIT = "resubmit"
    REJECT = "reject"
    CANCEL = "cancel"
    SEND = "send"
    PAY = "pay"
    REFUSE_PAYMENT = "refuse_payment"
    FIX_PAYEE = "fix_payee"


class Step(StrEnum):
    """The four acts that take four people (guangdong-2025#art14); helping at filing bars from all."""

    FIRST_REVIEW = "first_review"
    SECOND_REVIEW = "second_review"
    APPROVAL = "approval"
    DISBURSEMENT = "disbursement"
    ASSISTANCE = "assistance"


FOUR_STEPS = (Step.FIRST_REVIEW, Step.SECOND_REVIEW, Step.APPROVAL, Step.DISBURSEMENT)

ENDED = frozenset({ClaimState.PAID, ClaimState.SETTLED, ClaimState.REJECTED, ClaimState.CANCELLED})

# Which step a claim waits for.
STEP_AT: Mapping[ClaimState, Step] = MappingProxyType(
    {
        ClaimState.SUBMITTED: Step.FIRST_REVIEW,
        ClaimState.REVIEWED_ONCE: Step.SECOND_REVIEW,
        ClaimState.REVIEWED_TWICE: Step.APPROVAL,
        ClaimState.APPROVED: Step.DISBURSEMENT,
        ClaimState.DISBURSING: Step.DISBURSEMENT,
    }
)

_COMMON: dict[tuple[ClaimState, ClaimAct], ClaimState] = {
    (ClaimState.SUBMITTED, ClaimAct.PASS): ClaimState.REVIEWED_ONCE,
    (ClaimState.REVIEWED_ONCE, ClaimAct.PASS): ClaimState.REVIEWED_TWICE,
    (ClaimState.CORRECTION_NEEDED, ClaimAct.RESUBMIT): ClaimState.SUBMITTED,
    (ClaimState.CORRECTION_NEEDED, ClaimAct.CANCEL): ClaimState.CANCELLED,
    **{
        (state, act): to
        for state in (ClaimState.SUBMITTED, ClaimState.REVIEWED_ONCE, ClaimState.REVIEWED_TWICE)
        for act, to in (
            (ClaimAct.RETURN, ClaimState.CORRECTION_NEEDED),
            (ClaimAct.REJECT, ClaimState.REJECTED),
            (ClaimAct.CANCEL, ClaimState.CANCELLED),
        )
    },
}

_PAYING: Mapping[tuple[ClaimState, ClaimAct], ClaimState] = MappingProxyType(
    {
        **_COMMON,
        (ClaimState.REVIEWED_TWICE, ClaimAct.PASS): ClaimState.APPROVED,
        (ClaimState.APPROVED, ClaimAct.SEND): ClaimState.DISBURSING,
        # Guards run again before money moves; what they find sends the claim back, not on.
        (ClaimState.APPROVED, ClaimAct.RETURN): ClaimState.CORRECTION_NEEDED,
        (ClaimState.DISBURSING, ClaimAct.PAY): ClaimState.PAID,
        (ClaimState.DISBURSING, ClaimAct.REFUSE_PAYMENT): ClaimState.PAYMENT_FAILED,
        (ClaimState.PAYMENT_FAILED, ClaimAct.FIX_PAYEE): ClaimState.APPROVED,
    }
)

_SETTLING: Mapping[tuple[ClaimState, ClaimAct], ClaimState] = MappingProxyType(
    {**_COMMON, (ClaimState.REVIEWED_TWICE, ClaimAct.PASS): ClaimState.SETTLED}
)


class NoSuchClaim(Refusal):
    """There is no such claim, or it is not this person's."""

    code: ClassVar[str] = "no_such_claim"


class ActNotOpen(Refusal):
    """The claim does not stand where this can happen to it; ``facts`` has ``state`` and ``act``."""

    code: ClassVar[str] = "act_not_open"


@dataclass(frozen=True)
class ClaimEvent:
    """One thing that happened: which act, when, by whom (a person at the desk, or nobody), and its facts."""

    act: ClaimAct
    at: datetime
    staff_person_id: int | None
    job_no: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Course:
    """The way of one kind of claim: does it pay, and may one person have only one a year of it."""

    pays: bool

    def next_state(self, state: ClaimState, act: ClaimAct) -> ClaimState:
        """Where an act leads.

        Raises:
            ActNotOpen: it cannot happen to a claim that stands there.
        """
        after = (_PAYING if self.pays else _SETTLING).get((state, act))
        if after is None:
            raise ActNotOpen(state=state, act=act)
        return after

    def may(self, state: ClaimState, act: ClaimAct) -> bool:
        """Whether an act can happen to a claim that stands there."""
        return (state, act) in (_PAYING if self.pays else _SETTLING)


def fold_state(course: Course, events: Iterable[ClaimEvent]) -> ClaimState:
    """Where a claim stands after all that happened to it; the first event files it."""
    state: ClaimState | None = None
    for event in events:
        state = ClaimState.SUBMITTED if state is None else course.next_state(state, event.act)
    if state is None:
        raise ValueError("a claim begins by being filed")
    return state


@dataclass(frozen=True)
class ClaimFiled(Act):
    """A villager handed a claim in."""

    subject: ClassVar[str] = "claim"
    claim_id: int
    kind: str
    assisted: bool


@dataclass(frozen=True)
class ClaimResubmitted(Act):
    """A villager handed in what was missing."""

    subject: ClassVar[str] = "claim"
    claim_id: int


@dataclass(frozen=True)
class ClaimCancelled(Act):
    """A villager took a claim back before approval."""

    subject: ClassVar[str] = "claim"
    claim_id: int


@dataclass(frozen=True)
class PayeeFixed(Act):
    """A villager corrected where a refused payment should go."""

    subject: ClassVar[str] = "claim"
    claim_id: int
