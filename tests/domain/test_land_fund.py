from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.land_fund import (
    Balance,
    deposit_refund,
    ledger_payment,
    my_share,
    share_among_heirs,
    share_interest_by_balance,
)
from portal.domain.money import ZERO, from_fen
from portal.domain.policy import Citation, DatedValue, Rule, Unit
from portal.domain.rulebook import Rulebook

TODAY = date(2026, 11, 21)
CLAUSE = Citation("a-2026", "9", "按比例分配")
RULES = Rulebook(
    "a",
    {
        name: Rule(name, Unit.CODE, (DatedValue(date(2026, 1, 1), "code", CLAUSE),))
        for name in ("share.method", "ledger.payment", "refund.method")
    },
)
amounts = st.integers(min_value=0, max_value=10**9).map(from_fen)


@given(amounts, st.lists(amounts, max_size=8))
def test_the_special_ledger_pays_what_was_contributed_until_it_is_used_up(ledger, contributions):
    start, documented, paid = ledger, ZERO, ZERO
    for contribution in contributions:
        documented += contribution
        payment = ledger_payment(ledger, documented, paid, RULES, TODAY).yuan
        assert payment >= 0
        ledger, paid = ledger - payment, paid + payment

    assert paid == min(start, documented)
    assert ledger == start - paid


def test_a_contribution_is_never_paid_back_twice():
    payment = ledger_payment(Decimal("100.00"), Decimal("50.00"), Decimal("50.00"), RULES, TODAY)

    assert payment.yuan == ZERO
    assert payment.because == (CLAUSE,)


@given(amounts.filter(bool), amounts, amounts)
def test_a_refund_never_exceeds_what_was_paid_in_with_its_interest(deposited, due, interest):
    refund = deposit_refund(deposited, due, interest, RULES, TODAY).yuan

    assert max(ZERO, deposited - due) <= refund <= deposited + interest
    assert refund == ZERO or deposited > due


@given(
    amounts,
    st.lists(
        st.tuples(st.integers(min_value=1, max_value=10**9).map(from_fen), st.integers(1, 366)),
        min_size=1,
        max_size=10,
    ),
)
def test_interest_shared_over_projects_loses_no_fen(posted, balances):
    shared = share_interest_by_balance(
        posted, [Balance(f"{place:03}", amount, days) for place, (amount, days) in enumerate(balances)]
    )

    assert sum(shared.values()) == posted


def test_my_share_shows_how_the_odd_fen_fell():
    keys = ["001", "002", "003"]

    mine = my_share("interest_share", Decimal("100.00"), [1, 1, 1], keys, "001", RULES, TODAY)
    other = my_share("interest_share", Decimal("100.00"), [1, 1, 1], keys, "003", RULES, TODAY)

    assert (mine.yuan, other.yuan) == (Decimal("33.34"), Decimal("33.33"))
    assert {step.code: step.facts for step in mine.steps} == {
        "shared_total": {"amount": Decimal("100.00")},
        "equal_parts": {"people": 3},
        "cut_to_fen": {"amount": Decimal("33.33")},
        "odd_fen": {"fen": 1, "mine": 1},
        "my_share": {"amount": Decimal("33.34")},
    }


def test_a_share_by_levy_shows_both_levies():
    weights = [Decimal("10000.00"), Decimal("20000.00"), Decimal("33333.33")]

    figure = my_share("interest_share", Decimal("1234.57"), weights, ["1", "2", "3"], "2", RULES, TODAY)

    assert figure.yuan == Decimal("389.87")
    assert figure.steps[1].facts == {"mine": Decimal("20000.00"), "all": Decimal("63333.33")}


@given(amounts, st.integers(min_value=1, max_value=12))
def test_heirs_without_an_agreement_differ_by_a_fen_at_most(amount, heirs):
    parts = share_among_heirs(amount, [f"{place:02}" for place in range(heirs)]).values()

    assert sum(parts) == amount
    assert max(parts) - min(parts) <= Decimal("0.01")


def test_heirs_share_as_they_agreed():
    parts = share_among_heirs(Decimal("100.00"), ["a", "b"], agreed=[3, 1])

    assert parts == {"a": Decimal("75.00"), "b": Decimal("25.00")}
