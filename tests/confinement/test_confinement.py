import os
from pathlib import Path

import pytest

from portal.confinement.parent import ChildFailed, ChildOverran, ask_child
from tests.confinement.misbehaving import NotToday

WORKER = "tests.confinement.misbehaving"


def ask(act, given=b"", seconds=10.0):
    return list(ask_child(WORKER, act, given=given, seconds=seconds, refusals=[NotToday]))


def children():
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def test_what_the_child_answers_arrives_in_its_pieces():
    given = bytes(range(256)) * 40_000

    assert ask("echo", given) == [given, b"second"]


def test_a_refusal_of_the_child_is_raised_by_its_parent_with_its_facts():
    with pytest.raises(NotToday) as refused:
        ask("refuse", b"12345")

    assert refused.value.facts == {"size": 5}


def test_a_refusal_may_come_after_part_of_the_answer():
    answer = ask_child(WORKER, "refuse_in_the_middle", given=b"", seconds=10, refusals=[NotToday])

    assert next(answer) == b"first"
    with pytest.raises(NotToday):
        next(answer)


@pytest.mark.parametrize("act", ["fill_memory", "spin"])
def test_a_child_over_its_limits_is_ended_alone(act):
    with pytest.raises(ChildOverran):
        ask(act)


def test_a_child_that_only_waits_is_ended_by_the_clock():
    with pytest.raises(ChildOverran):
        ask("sleep", seconds=0.5)


@pytest.mark.parametrize(
    "act", ["crash", "raise_error", "announce_too_much", "break_off", "refuse_in_unknown_words"]
)
def test_a_child_that_gives_no_answer_has_failed(act):
    with pytest.raises(ChildFailed):
        ask(act)


def test_a_module_that_is_not_there_has_failed():
    with pytest.raises(ChildFailed):
        list(ask_child("tests.confinement.nobody", given=b"x" * 1_000_000, seconds=10, refusals=[]))


@pytest.mark.parametrize("act", ["connect", "start_a_program"])
def test_a_child_can_neither_call_out_nor_start_a_program(act):
    assert ask(act) == [b"not permitted"]


def test_a_child_can_write_no_file(tmp_path):
    target = tmp_path / "left behind"

    assert ask("write_a_file", str(target).encode()) == [b"not permitted"]


def test_a_child_sees_none_of_our_environment(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")

    [seen] = ask("show_environment")

    assert b"DATABASE_URL" not in seen


def test_no_child_is_left_when_its_answer_is_not_taken_to_the_end():
    before = children()
    answer = ask_child(WORKER, "echo", given=b"x", seconds=10, refusals=[])
    next(answer)

    answer.close()

    assert children() == before
