import pytest

from portal.domain.decisions import DecisionRow, DecisionTable, NoRowApplies, UndecidedYet
from portal.domain.policy import Citation

CLAUSE = Citation("a-2020", "1", "一")


def row(row_id, result, **when):
    fits = {fact: frozenset(values.split("|")) for fact, values in when.items()}
    return DecisionRow(row_id, fits, result, (CLAUSE,))


TABLE = DecisionTable(
    "entitlement",
    (
        row("1", "used_up", years="used_up"),
        row("2", "credited", scheme="resident", identity="confirmed|not_needed"),
        row("3", "claim", scheme="employee"),
    ),
)


def test_the_first_row_that_fits_decides():
    assert TABLE.decide({"years": "used_up", "scheme": "employee"}).id == "1"
    assert TABLE.decide({"years": "left", "scheme": "employee"}).id == "3"


def test_a_fact_that_could_still_change_the_answer_is_asked_for():
    with pytest.raises(UndecidedYet) as undecided:
        TABLE.decide({"scheme": "employee"})

    assert undecided.value.facts["missing"] == "years"


def test_only_what_still_matters_is_asked_in_the_order_of_the_rows():
    assert TABLE.next_question({}) == "years"
    assert TABLE.next_question({"years": "left"}) == "scheme"
    assert TABLE.next_question({"years": "left", "scheme": "resident"}) == "identity"
    assert TABLE.next_question({"years": "left", "scheme": "employee"}) is None
    assert TABLE.next_question({"years": "used_up"}) is None


def test_a_case_the_text_does_not_foresee_goes_to_a_person():
    facts = {"years": "left", "scheme": "none"}

    assert TABLE.next_question(facts) is None
    with pytest.raises(NoRowApplies):
        TABLE.decide(facts)
