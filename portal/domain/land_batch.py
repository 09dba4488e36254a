"""A land batch on its way to people's accounts: what is due, the plan's sum, and the chain of deadlines."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.domain.deadlines import Deadline, WorkingCalendar, months_after, working_days_after
from portal.domain.money import ZERO, Yuan, round_yuan
from portal.domain.policy import Citation
from portal.domain.rulebook import Rulebook


@dataclass(frozen=True)
class Milestone:
    """One step of the chain and the last day for it; ``because`` is missing for a rule from outside."""

    step: str
    deadline: Deadline
    because: Citation | None


_CHAIN = ("forward", "list", "post")


def batch_due(area_mu: Decimal, subsidy_per_mu: Yuan) -> Yuan:
    """Work out the subsidy of a batch from its area and the standard keyed by the land department."""
    return round_yuan(area_mu * subsidy_per_mu)


def plan_difference(deposited: Yuan, amounts: Iterable[Yuan]) -> Yuan:
    """Say by how much a village plan misses the deposit; it must be nothing, to the fen (hedong-2019#2.2)."""
    return deposited - sum(amounts, ZERO)


def is_new_track(approved_on: date, rules: Rulebook, on: date) -> bool:
    """Say whether a batch must be credited without delay by the rules of a day (hedong-2019#2.3)."""
    return approved_on.year >= rules.count("batch.new_track_from", on).value


def batch_chain(approval_received: date, rules: Rulebook, working: WorkingCalendar) -> tuple[Milestone, ...]:
    """List the last days from the arrival of the land approval to the posting, each step taken in full.

    The last milestone is the provincial limit, which runs beside the district's chain and may end first.
    """
    milestones = []
    start = approval_received
    for step in _CHAIN:
        days = rules.count(f"batch.{step}_days", approval_received)
        deadline = working_days_after(start, days.value, working)
        milestones.append(Milestone(step, deadline, days.citation))
        start = deadline.day
    months = rules.count("batch.provincial_limit_months", approval_received)
    limit = Deadline(months_after(approval_received, months.value))
    return (*milestones, Milestone("provincial_limit", limit, months.citation))


def notice_ends(put_up: date, rules: Rulebook, working: WorkingCalendar) -> Deadline:
    """Give the last day of a public notice; the plan may be handed on after it (hedong-2019#3.2)."""
    return working_days_after(put_up, rules.count("notice.days", put_up).value, working)
