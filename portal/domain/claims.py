"""A claim's way from filing to payment, as a table; its state is the fold of what happened to it.

::

    submitted ─pass→ reviewed_once ─pass→ reviewed_twice ─pass→ approved ─send→ disbursing ─pay→ paid
        │return          │return              │return                              │refuse payment
        └──────→ correction_needed ←──────────┘                            payment_failed ─fix payee→ approved
    any review ─reject→ rejected;  before approval ─cancel→ cancelled (RULES calls this withdrawn)
    payment_failed ─change payee→ reviewed_twice: an account that an heir gave anew is approved anew

A kind that pays nothing ends at ``settled`` instead of ``approved``. A claim of people who have no
record of their own is opened for them at the desk and waits, as ``correction_needed``, for their papers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from portal.domain.audit import Act
from portal.domain.claim_kinds import ClaimKind
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
    OPEN = "open"
    PASS = "pass"  # noqa: S105  a verdict, not a password
    RETURN = "return"
    RESUBMIT = "resubmit"
    REJECT = "reject"
    CANCEL = "cancel"
    SEND = "send"
    PAY = "pay"
    REFUSE_PAYMENT = "refuse_payment"
    FIX_PAYEE = "fix_payee"
    CHANGE_PAYEE = "change_payee"


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
        (ClaimState.PAYMENT_FAILED, ClaimAct.CHANGE_PAYEE): ClaimState.REVIEWED_TWICE,
    }
)

_SETTLING: Mapping[tuple[ClaimState, ClaimAct], ClaimState] = MappingProxyType(
    {**_COMMON, (ClaimState.REVIEWED_TWICE, ClaimAct.PASS): ClaimState.SETTLED}
)


class NoSuchClaim(Refusal):
    """There is no such claim, or it is not this person's."""

    code: ClassVar[str] = "no_such_claim"


class NoSuchPayee(Refusal):
    """The claim names no such payee, or they have been paid."""

    code: ClassVar[str] = "no_such_payee"


class MoneySent(Refusal):
    """Money of this claim went out already, so it neither ends unpaid nor gets other payees."""

    code: ClassVar[str] = "money_sent"


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


class HelperKind(StrEnum):
    """In what quality somebody fills in a claim that is not theirs."""

    STAFF = "staff"
    NEIGHBOUR = "neighbour"
    FAMILY = "family"


@dataclass(frozen=True)
class Helper:
    """Who filled a claim in for its owner, as the owner is told.

    ``who`` is a job number for staff, a masked name for a neighbour, and for family what they call
    themselves.
    """

    kind: HelperKind
    who: str


@dataclass(frozen=True)
class Course:
    """The way of one kind of claim: does money follow its approval."""

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


_PAYING_KINDS = frozenset(
    {
        ClaimKind.REIMBURSEMENT,
        ClaimKind.SCHEME_WITHDRAWAL,
        ClaimKind.LEDGER_REIMBURSEMENT,
        ClaimKind.ONE_OFF_PAYMENT,
    }
)

_BEGINNINGS = MappingProxyType(
    {ClaimAct.FILE: ClaimState.SUBMITTED, ClaimAct.OPEN: ClaimState.CORRECTION_NEEDED}
)


def course_of(kind: ClaimKind) -> Course:
    """The way that claims of a kind go."""
    return Course(pays=kind in _PAYING_KINDS)


def fold_state(course: Course, events: Iterable[ClaimEvent]) -> ClaimState:
    """Where a claim stands after all that happened to it; the first event files or opens it."""
    states = list_states(course, events)
    if not states:
        raise ValueError("a claim begins by being filed")
    return states[-1]


def list_states(course: Course, events: Iterable[ClaimEvent]) -> list[ClaimState]:
    """Where a claim stood after each thing that happened to it."""
    return list(_states_after(course, events))


def list_passes(course: Course, events: Sequence[ClaimEvent]) -> dict[Step, ClaimEvent]:
    """The acts that have brought the claim to where it stands, by step; a return takes them all back."""
    passes: dict[Step, ClaimEvent] = {}
    before: ClaimState | None = None
    for event, after in zip(events, list_states(course, events), strict=True):
        if before is not None and event.act in (ClaimAct.PASS, ClaimAct.SEND):
            passes[STEP_AT[before]] = event
        elif event.act is ClaimAct.RETURN:
            passes.clear()
        elif event.act is ClaimAct.REFUSE_PAYMENT:
            passes.pop(Step.DISBURSEMENT, None)
        elif event.act is ClaimAct.CHANGE_PAYEE:
            passes.pop(Step.APPROVAL, None)
        before = after
    return passes


def _states_after(course: Course, events: Iterable[ClaimEvent]) -> Iterator[ClaimState]:
    state: ClaimState | None = None
    for event in events:
        state = _BEGINNINGS[event.act] if state is None else course.next_state(state, event.act)
        yield state


# What only one claim of a person may hold at a time: of a kind, a year of filing or a contribution year.
_SLOTS: Mapping[ClaimKind, tuple[str, ...]] = MappingProxyType(
    {
        # One filed in a calendar year and one paid for a contribution year (reading A-JN-3).
        ClaimKind.REIMBURSEMENT: ("filed:reimbursement:{filed_in}", "year:{claim_year}"),
        # Once in a calendar year (reading A-GD-13).
        ClaimKind.LEDGER_REIMBURSEMENT: ("filed:ledger_reimbursement:{filed_in}",),
        ClaimKind.SCHEME_WITHDRAWAL: ("once:scheme_withdrawal",),
        ClaimKind.ONE_OFF_PAYMENT: ("once:one_off_payment",),
    }
)


def list_slots(kind: ClaimKind, filed_in: int, claim_year: int | None) -> tuple[str, ...]:
    """What a claim of this kind holds until it ends unpaid, so that no second one is filed beside it."""
    return tuple(slot.format(filed_in=filed_in, claim_year=claim_year) for slot in _SLOTS.get(kind, ()))


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


@dataclass(frozen=True)
class PayeeChangedByOwner(Act):
    """Whoever claims gave another account for somebody whom the bank could not pay."""

    subject: ClassVar[str] = "claim"
    claim_id: int


@dataclass(frozen=True)
class ClaimOpened(Act):
    """The desk opened a claim for people who have no record of their own."""

    subject: ClassVar[str] = "claim"
    claim_id: int
    kind: str


@dataclass(frozen=True)
class ClaimRated(Act):
    """A villager said how a closed claim was handled, from 1 (badly) to 3 (well)."""

    subject: ClassVar[str] = "claim"
    claim_id: int
    score: int


@dataclass(frozen=True)
class DraftResumed(Act):
    """Somebody went on with this person's draft by the code on its slip."""

    subject: ClassVar[str] = "person"
    person_id: int
    draft_id: int
