from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.deadlines import WorkingCalendar
from portal.domain.land_batch import batch_chain, batch_due, notice_ends, plan_difference
from portal.domain.money import from_fen, share
from portal.domain.policy import Citation, DatedValue, Rule, Unit
from portal.domain.rulebook import Rulebook

CLAUSE = Citation("a-2019", "3.3", "30个工作日内")
WEEKENDS_ONLY = WorkingCalendar(frozenset({2026, 2027}), frozenset(), frozenset(), frozenset())


def rule(name, days, citation=CLAUSE, outside=""):
    return Rule(name, Unit.WORKING_DAYS, (DatedValue(date(2019, 1, 1), days, citation, outside=outside),))


RULES = Rulebook(
    "a",
    {
        each.name: each
        for each in (
            rule("notice.days", 5),
            rule("batch.forward_days", 10),
            rule("batch.list_days", 30),
            rule("batch.post_days", 30),
            rule("batch.provincial_limit_months", 3, None, "省里的文件"),
        )
    },
)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_each_step_of_the_chain_starts_where_the_one_before_it_ends(received):
    forward, listed, posted, limit = batch_chain(received, RULES, WEEKENDS_ONLY)

    assert received < forward.deadline.day < listed.deadline.day < posted.deadline.day
    assert [step.because for step in (forward, listed, posted)] == [CLAUSE] * 3
    assert (limit.step, limit.because) == ("provincial_limit", None)
    assert WEEKENDS_ONLY.is_working_day(posted.deadline.day)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_a_notice_is_never_up_for_less_than_a_week(put_up):
    assert (notice_ends(put_up, RULES, WEEKENDS_ONLY).day - put_up).days >= 5


def test_what_is_due_is_rounded_once_for_the_whole_batch():
    assert batch_due(Decimal("0.333"), Decimal("15000.00")) == Decimal("4995.00")
    assert batch_due(Decimal("33.3335"), Decimal("0.10")) == Decimal("3.33")
    assert batch_due(Decimal("33.35"), Decimal("0.10")) == Decimal("3.34")


@given(
    st.integers(min_value=0, max_value=10**11).map(from_fen),
    st.lists(st.integers(min_value=1, max_value=10**6), min_size=1, max_size=50),
)
def test_a_plan_shared_by_the_portal_always_meets_the_deposit(deposited, areas):
    amounts = share(deposited, areas, [f"{place:03}" for place in range(len(areas))])

    assert plan_difference(deposited, amounts) == 0
    assert plan_difference(deposited, amounts[1:]) == amounts[0]
