from pathlib import Path

import pytest

from portal.content.cases import FORMULAS, read_cases
from portal.content.packs import load_packs

KB = Path(__file__).parents[2] / "kb"
PACKS = load_packs(KB)
PROBLEMS: list = []
CASES = [(region, case) for region in PACKS for case in read_cases(KB / "regions" / region.id, PROBLEMS)]
# The examples every regime was specified with; a pack that loses one has lost a promise.
PROMISED = {
    "jinning": [f"JN-{number}" for number in range(1, 12)],
    "hedong": [f"HD-{number}" for number in range(1, 7)],
    "linyi": [f"LY-{number}" for number in range(1, 6)],
    "taizhou": [f"TZ-{number}" for number in range(1, 8)],
    "guangdong": [f"GD-{number}" for number in range(1, 12)],
}


@pytest.mark.parametrize(("region", "case"), CASES, ids=[case.id for _, case in CASES])
def test_a_worked_example_comes_out_to_the_fen_and_the_day(region, case):
    before = len(PROBLEMS)

    case.run(region, PACKS.calendar)

    assert PROBLEMS[before:] == []


def test_every_file_of_examples_is_sound():
    assert PROBLEMS == []


@pytest.mark.parametrize("region", PROMISED)
def test_every_promised_example_has_a_neighbour_across_its_boundary(region):
    found = [case.id for owner, case in CASES if owner.id == region]

    for promised in PROMISED[region]:
        assert promised in found
        assert f"{promised}b" in found


def test_every_formula_is_proved_by_an_example():
    assert set(FORMULAS) == {case.formula for _, case in CASES}


def test_a_wrong_expectation_is_told_with_its_place(tmp_path):
    problems = []
    (tmp_path / "cases.toml").write_text(
        """
[[cases]]
id = "one"
name = "a fen too many"
formula = "top_up"
on = 2020-04-30
given = { prior_subsidy = "9000.00", prio = 1 }
expect = { amount = "6000.01", years = 3 }

[[cases]]
id = "one"
name = "the same id, and a formula nobody knows"
formula = "topup"
on = 2020-04-30
expect = { amount = "6000.00" }

[[cases]]
id = "three"
name = "expects nothing"
formula = "top_up"
on = 2020-04-30
given = { prior_subsidy = "9000" }
"""
    )

    for case in read_cases(tmp_path, problems):
        case.run(PACKS.get("jinning"), PACKS.calendar)

    assert [(problem.line, problem.message.split("; there are")[0]) for problem in sorted(problems)] == [
        (7, "nobody knows the field 'prio'"),
        (8, "case 'one': amount should be 6000.01, and is 6000.00"),
        (8, "case 'one': years should be 3, and is None"),
        (11, "the case 'one' stands here a second time"),
        (13, "case 'one': there is no formula 'topup'"),
        (17, "the case 'three' expects nothing"),
    ]
