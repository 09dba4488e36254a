from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.cells import read_count, read_words
from portal.domain.sheets import (
    CellFault,
    Circumstances,
    Column,
    HeaderNotFound,
    Layout,
    Line,
    Row,
    SheetEmpty,
    SheetProblem,
    find_header,
    read_lines,
)

NOW = Circumstances(date(2026, 11, 21), demo=True)


class Plot(NamedTuple):
    code: str
    village: str | None
    trees: int | None


PLOTS = Layout(
    "plot",
    Plot,
    (
        Column("code", "编号", "Code", read_words(10), required=True, unique=True),
        Column("village", "村", "Village", read_words(10), repeats=True, also=("村庄",)),
        Column("trees", "棵数", "Trees", read_count(0, 9), repeats=True),
    ),
)


def sheet(*rows):
    return iter([Row(number, cells) for number, cells in enumerate(rows, 1)])


def read(*rows):
    rows = sheet(*rows)
    return list(read_lines(find_header(PLOTS, rows), rows, NOW))


def test_columns_are_found_in_any_order_and_either_language():
    assert read(["棵数", "Code"], ["3", "a"]) == [Line(2, Plot("a", None, 3))]
    assert read(["村庄", "编 号*"], ["甲", "a"]) == [Line(2, Plot("a", "甲", None))]
    assert read(["编号（必填）"], ["a"]) == [Line(2, Plot("a", None, None))]


def test_titles_may_stand_above_the_headers():
    assert read(["二〇二六年台账"], [], ["单位：某某村"], ["编号", "棵数"], ["a", "3"]) == [
        Line(5, Plot("a", None, 3))
    ]


def test_headers_that_mean_nothing_here_are_named_and_not_read():
    header = find_header(PLOTS, sheet(["序号", "编号", "", "备注"]))

    assert header.ignored == ("序号", "备注")


def test_everything_wrong_with_the_headers_is_told_at_once():
    with pytest.raises(HeaderNotFound) as refused:
        find_header(PLOTS, sheet(["标题"], ["村", "村庄", "棵数"], ["甲", "乙", "3"]))

    assert refused.value.facts == {
        "row": 2,
        "missing": ("code",),
        "twice": ("village",),
        "unknown": (),
    }


def test_headers_are_looked_for_in_the_first_rows_only():
    with pytest.raises(HeaderNotFound):
        find_header(PLOTS, sheet(*[["说明"]] * 10, ["编号"]))


@pytest.mark.parametrize("rows", [[], [[], ["", " "]]])
def test_a_sheet_without_anything_is_refused(rows):
    with pytest.raises(SheetEmpty):
        find_header(PLOTS, sheet(*rows))


def test_every_problem_of_every_row_is_found_in_one_reading():
    problems = read(["编号", "棵数"], ["", "99"], ["b", "3"], ["c", "x"], ["b", "y"])

    assert problems == [
        SheetProblem(2, "code", "cell_empty"),
        SheetProblem(2, "trees", "count_not_understood", {"least": 0, "most": 9}),
        Line(3, Plot("b", None, 3)),
        SheetProblem(4, "trees", "count_not_understood", {"least": 0, "most": 9}),
        SheetProblem(5, "code", "twice_in_the_file", {"first_row": 3}),
        SheetProblem(5, "trees", "count_not_understood", {"least": 0, "most": 9}),
    ]


def test_a_value_is_known_as_coming_twice_even_when_its_first_row_had_another_problem():
    problems = read(["编号", "棵数"], ["a", "x"], ["a", "1"])

    assert [(problem.row, problem.code) for problem in problems] == [
        (2, "count_not_understood"),
        (3, "twice_in_the_file"),
    ]


def test_empty_rows_are_passed_over_and_short_rows_end_empty():
    assert read(["编号", "棵数"], [], ["", "  "], ["a"]) == [Line(4, Plot("a", None, None))]


def test_a_fault_that_the_file_itself_has_is_a_problem_of_its_column():
    rows = iter(
        [
            Row(1, ["编号", "棵数", "备注"]),
            Row(2, ["a", "1", "5"], (CellFault(1, "formula_cell"), CellFault(2, "formula_cell"))),
            Row(3, ["b"], (CellFault(None, "row_undecodable"),)),
        ]
    )

    problems = list(read_lines(find_header(PLOTS, rows), rows, NOW))

    assert problems == [SheetProblem(2, "trees", "formula_cell"), SheetProblem(3, None, "row_undecodable")]


@given(st.lists(st.text("abcdefghij", min_size=1, max_size=4), max_size=200), st.integers(0, 3))
def test_the_row_named_for_a_repetition_is_the_first_that_held_it(codes, spread):
    codes = [code for code in codes for _ in range(spread)]

    found = read(["编号"], *([code] for code in codes))

    for index, (code, outcome) in enumerate(zip(codes, found, strict=True)):
        first = codes.index(code)
        if first == index:
            assert outcome == Line(index + 2, Plot(code, None, None))
        else:
            assert outcome.facts == {"first_row": first + 2}


def test_repetitions_are_found_among_thousands():
    codes = [f"{number}" for number in range(5_000)]

    found = read(["编号"], *([code] for code in [*codes, "17"]))

    assert [each for each in found if isinstance(each, SheetProblem)] == [
        SheetProblem(5_002, "code", "twice_in_the_file", {"first_row": 19})
    ]


def test_a_layout_whose_columns_are_not_its_records_fields_cannot_be_made():
    with pytest.raises(ValueError, match="fields"):
        Layout("plot", Plot, PLOTS.columns[:2])
