import json
from dataclasses import replace
from pathlib import Path

import pytest

from portal.content.evaluation import (
    ALL,
    Answered,
    Figures,
    Question,
    find_worse,
    format_figures,
    list_confusions,
    load_accepted,
    measure,
    measure_groups,
    read_questions,
    save_accepted,
)
from portal.content.problems import BrokenContent
from portal.domain.assistant import Outcome

WANTS_ANSWER = Question("q1", "多少钱", "jinning", Outcome.ANSWER, ("d#1", "d#2"), "plain")
WANTS_SILENCE = Question("q2", "天气", None, Outcome.HANDOFF, (), "plain")
WANTS_ASKING = Question("q3", "公示几天", None, Outcome.CLARIFY, (), "typo")
GOOD = Figures(10, 0.95, 0.02, 0.01, 0.9)


def test_an_answer_is_right_when_its_first_clause_is_accepted():
    assert Answered(WANTS_ANSWER, Outcome.ANSWER, ("d#2", "d#9"), "e").is_right
    assert not Answered(WANTS_ANSWER, Outcome.ANSWER, ("d#9", "d#1"), "e").is_right
    assert not Answered(WANTS_ANSWER, Outcome.CLARIFY, (), None).is_right


def test_the_four_shares_are_taken_of_the_lines_they_speak_of():
    answered = [
        Answered(WANTS_ANSWER, Outcome.ANSWER, ("d#1",), "e"),
        Answered(WANTS_ANSWER, Outcome.HANDOFF, (), None),
        Answered(WANTS_SILENCE, Outcome.ANSWER, ("d#1",), "e"),
        Answered(WANTS_ASKING, Outcome.CLARIFY, (), None),
    ]

    assert measure(answered) == Figures(4, 0.5, 0.5, 1.0, 1.0)


def test_groups_are_all_lines_then_styles_then_regions():
    answered = [Answered(question, Outcome.CLARIFY, (), None) for question in (WANTS_ANSWER, WANTS_ASKING)]

    groups = measure_groups(answered)

    assert list(groups) == [ALL, "plain", "typo", "no region", "jinning"]
    assert groups["typo"].answer_handed_over is None
    assert "100.0%" in format_figures(groups)


def test_confusions_name_what_was_wanted_and_what_came():
    wrong = Answered(WANTS_ANSWER, Outcome.ANSWER, ("d#9",), "other")

    assert list_confusions([wrong, wrong, Answered(WANTS_SILENCE, Outcome.HANDOFF, (), None)]) == [
        ("d#1", "other", 2)
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"main_clause_first": 0.9},
        {"answer_handed_over": 0.06},
        {"handoff_answered": 0.05},
        {"clarify_asked_back": 0.8},
    ],
)
def test_a_figure_that_became_worse_is_told(change):
    (worse,) = find_worse({"dev": GOOD}, {"dev": replace(GOOD, **change)}, tolerance=0.01)

    assert worse.startswith(f"dev: {next(iter(change))} was")


def test_what_is_better_equal_or_within_tolerance_is_not_worse():
    now = replace(GOOD, main_clause_first=0.945, answer_handed_over=0.0, handoff_answered=None)

    assert find_worse({"dev": GOOD}, {"dev": now}, tolerance=0.01) == []


def test_a_set_that_is_not_measured_any_more_is_worse():
    assert find_worse({"dev": GOOD}, {}, tolerance=0.01) == ["dev: not measured any more"]


def test_accepted_figures_are_kept(tmp_path):
    path = tmp_path / "accepted.json"
    assert load_accepted(path) == {}

    save_accepted({"dev": GOOD}, path)

    assert load_accepted(path) == {"dev": GOOD}


def test_every_line_that_is_no_question_is_told_at_once(tmp_path):
    path = tmp_path / "questions.jsonl"
    good = json.dumps({"id": "a", "question": "多少钱", "region": None})
    listed = json.dumps({"id": "d", "question": "多少钱", "region": ["jinning"]})
    lines = [good, "not json", "", '{"id": "b"}', '["c"]', listed, "[" * 100_000, good]
    path.write_bytes("\n".join(lines).encode() + b'\n{"id": "e", "question": "\xff"}')

    with pytest.raises(BrokenContent) as refused:
        read_questions(path)

    assert [problem.line for problem in refused.value.problems] == [2, 4, 5, 6, 7, 9]


def test_questions_of_any_editor_are_read_whole(tmp_path):
    path = tmp_path / "questions.jsonl"
    rows = [{"id": name, "question": "一行\u2028又一行\x85"} for name in ("a", "b")]
    lines = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_bytes(b"\xef\xbb\xbf" + lines.encode())

    assert [question.text for question in read_questions(path)] == [row["question"] for row in rows]


def test_the_projects_own_question_sets_are_sound():
    for name in ("dev", "heldback"):
        questions = read_questions(Path("kb/evaluation") / f"{name}.jsonl")
        assert len({question.id for question in questions}) == len(questions) > 100
        assert all((question.expect is Outcome.ANSWER) == bool(question.clauses) for question in questions)
