"""The desk's queues: what waits for which step, the overdue first."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.claim_kinds import VOICES, ClaimKind
from portal.domain.claims import ENDED, ClaimState, Step
from portal.domain.review import ROLE_FOR, STATES_IN, STEP_OF, Queue
from portal.services.remarks import is_of_past_year
from portal.services.work import Work
from portal.storage import reviews as stored_reviews
from portal.storage.reviews import Queued, QueueWish

LINES_A_PAGE = 100
SORTS = tuple(stored_reviews.SORTS)


@dataclass(frozen=True)
class QueueLine:
    """A claim in a queue: how many days are left of what was promised, and what a reviewer should know."""

    claim: Queued
    days_left: int
    remarks: tuple[str, ...]
    twins: tuple[str, ...]


@dataclass(frozen=True)
class QueuePage:
    """A page of a queue; ``withheld`` says what is not shown because the person had another part in it."""

    queue: Queue
    lines: tuple[QueueLine, ...]
    total: int
    overdue: int
    withheld: Mapping[Step, int]
    counts: Mapping[Queue, int]
    page: int

    @property
    def has_more(self) -> bool:
        """Whether another page follows."""
        return self.page * LINES_A_PAGE < self.total


def first_queue(work: Work) -> Queue:
    """The queue that the actor's own roles lead to first."""
    return next(
        (queue for queue, step in STEP_OF.items() if work.actor.has_role(ROLE_FOR[step])), Queue.FIRST_REVIEW
    )


def show_queue(
    work: Work,
    queue: Queue,
    *,
    town: str | None = None,
    kind: ClaimKind | None = None,
    year: int | None = None,
    sort: str = "promise",
    descending: bool = False,
    page: int = 1,
) -> QueuePage:
    """A page of a queue; by default what was promised earliest, and so is overdue, comes first."""
    actor = work.actor
    assert actor.region is not None and actor.staff_person_id is not None  # noqa: S101, PT018  open to staff
    reach = actor.town or town
    wish = QueueWish(
        actor.region,
        STATES_IN[queue],
        actor.staff_person_id,
        STEP_OF.get(queue),
        reach,
        frozenset() if kind is None else frozenset({kind}),
        year,
    )
    listed = stored_reviews.list_queue(
        work.session,
        wish,
        sort=sort,
        descending=descending,
        limit=LINES_A_PAGE,
        offset=(page - 1) * LINES_A_PAGE,
    )
    twins = stored_reviews.list_twins(work.session, [claim.id for claim in listed])
    total, overdue = stored_reviews.count_queue(work.session, wish, work.today)
    return QueuePage(
        queue=queue,
        lines=tuple(_line(work, claim, tuple(twins.get(claim.id, ()))) for claim in listed),
        total=total,
        overdue=overdue,
        withheld=stored_reviews.count_withheld(work.session, wish),
        counts=_count_queues(work, actor.region, actor.town),
        page=page,
    )


def list_voices(work: Work) -> list[Queued]:
    """Objections and tip-offs within reach that are not settled, what was promised earliest first."""
    actor = work.actor
    assert actor.region is not None and actor.staff_person_id is not None  # noqa: S101, PT018  open to staff
    unsettled = frozenset(ClaimState) - ENDED
    wish = QueueWish(actor.region, unsettled, actor.staff_person_id, town=actor.town, kinds=VOICES)
    return stored_reviews.list_queue(
        work.session, wish, sort="promise", descending=False, limit=LINES_A_PAGE, offset=0
    )


def _line(work: Work, claim: Queued, twins: tuple[str, ...]) -> QueueLine:
    remarks = []
    if is_of_past_year(claim):
        remarks.append("past_year")
    if claim.payee_held_until is not None and claim.payee_held_until > work.now:
        remarks.append("payee_held")
    return QueueLine(claim, (claim.promised_on - work.today).days, tuple(remarks), twins)


def _count_queues(work: Work, region: str, town: str | None) -> dict[Queue, int]:
    by_state = stored_reviews.count_by_state(work.session, region, town)
    return {queue: sum(by_state.get(state, 0) for state in states) for queue, states in STATES_IN.items()}
