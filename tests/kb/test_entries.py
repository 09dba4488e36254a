from dataclasses import replace
from pathlib import Path

import pytest

from portal.content.entries import load_entries, parse_entry, read_entries
from portal.content.entry_checks import Offer, check_entries, check_terms
from portal.content.knowledge import Knowledge
from portal.content.problems import BrokenContent
from portal.domain.assistant import NumberKind, Outcome

KB = Path("kb")

SOUND = """\
+++
id = "made-up"
region = "jinning"
outcome = "answer"
question = "每年补助多少钱？"
question_en = "How much is it each year?"
topics = ["A015"]
clauses = [
  { clause = "jinning-2020#5.4.2", quote = "每年1000元的缴费补助" },
]
numbers = ["amount"]
next = { page = "record", claim = "reimbursement", bring = ["缴费凭证"], bring_en = ["contribution receipt"] }
office = "resident_pension_bureau"
reviewed = 2026-11-21
phrasings = ["一年给多少", "补助标准"]
+++
每人每年1000元。

=== en
1,000 yuan a year.
"""


def write_entry(folder: Path, name: str, text: str) -> Path:
    path = folder / "entries" / "group" / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def make_knowledge(folder: Path, *texts: str) -> Knowledge:
    """The real texts, places and tables, with made-up entries."""
    real = Knowledge.load(KB)
    for text in texts:
        write_entry(folder, text.split('"')[1], text)
    entries = load_entries(folder / "entries")
    return Knowledge(real.folding, real.meaning, real.documents, entries, real.places, [])


OFFER = Offer(frozenset({"resident_pension_bureau"}), frozenset({"reimbursement"}))


def test_an_entry_is_read_with_all_its_fields():
    entry = parse_entry(SOUND, Path("group/made-up.md"))

    assert (entry.id, entry.group, entry.region) == ("made-up", "group", "jinning")
    assert entry.outcome is Outcome.ANSWER
    assert entry.answer == "每人每年1000元。"
    assert entry.answer_en == "1,000 yuan a year."
    assert entry.phrasings == ("一年给多少", "补助标准")
    assert entry.numbers == {NumberKind.AMOUNT}
    assert entry.answer_key == "jinning-2020#5.4.2"
    assert entry.step is not None
    assert (entry.step.page, entry.step.claim, entry.step.bring) == ("record", "reimbursement", ("缴费凭证",))
    assert entry.step.bring_en == ("contribution receipt",)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("no head at all", "two lines of"),
        (SOUND.replace('region = "jinning"', "region ="), "not TOML"),
        (SOUND.replace('outcome = "answer"', 'outcome = "guess"'), "guess"),
        (SOUND.replace('question = "每年补助多少钱？"\n', ""), "'question' is missing"),
        (SOUND.replace('["一年给多少", "补助标准"]', '"一年给多少"'), "not a list of texts"),
        (SOUND.replace('["amount"]', '["colour"]'), "colour"),
    ],
)
def test_a_broken_entry_is_refused_with_its_place(broken, says):
    with pytest.raises(BrokenContent) as refused:
        parse_entry(broken, Path("group/made-up.md"))

    (problem,) = refused.value.problems
    assert says in problem.message
    assert problem.path == Path("group/made-up.md")


def test_a_slip_in_the_head_is_told_with_its_line_in_the_file():
    with pytest.raises(BrokenContent) as refused:
        parse_entry(SOUND.replace('region = "jinning"', "region = jinning"), Path("made-up.md"))

    assert refused.value.problems[0].line == 3


def test_every_broken_file_is_told_at_once(tmp_path):
    write_entry(tmp_path, "first", "nothing")
    write_entry(tmp_path, "second", "nothing")
    write_entry(tmp_path, "made-up", SOUND)

    entries, problems = read_entries(tmp_path / "entries")

    assert [entry.id for entry in entries] == ["made-up"]
    assert [problem.path.stem for problem in problems] == ["first", "second"]


def test_the_real_entries_are_read_and_every_one_has_its_own_id():
    ids = [entry.id for entry in load_entries(KB / "entries")]

    assert len(ids) > 200
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("slip", "says", "line"),
    [
        (("每年1000元的缴费补助", "每年2000元的缴费补助"), "do not stand in", 9),
        (("5.4.2", "9.9"), "no clause", 9),
        (('region = "jinning"', 'region = "atlantis"'), "no region", 3),
        (('page = "record"', 'page = "moon"'), "no page", 12),
        (('claim = "reimbursement"', 'claim = "wish"'), "offers a claim", 12),
        (('office = "resident_pension_bureau"', 'office = "palace"'), "has an office", 13),
        (('topics = ["A015"]\n', ""), "at least 12", 14),
        (("1,000 yuan a year.", ""), "the answer is missing", 1),
        (("reviewed = 2026-11-21\n", ""), "day of review", 1),
        (('id = "made-up"', 'id = "other"'), "not named like its id", 2),
    ],
)
def test_each_slip_of_a_curator_is_told_with_its_line(tmp_path, slip, says, line):
    knowledge = make_knowledge(tmp_path)
    path = write_entry(tmp_path, "made-up", SOUND.replace(*slip))
    knowledge = Knowledge(
        knowledge.folding,
        knowledge.meaning,
        knowledge.documents,
        [parse_entry(path.read_text("utf-8"), path)],
        knowledge.places,
        [],
    )

    problems = check_entries(knowledge, OFFER)

    found = [problem for problem in problems if says in problem.message]
    assert [problem.line for problem in found] == [line], problems


def test_a_local_term_that_no_place_uses_is_told_with_its_line(tmp_path):
    path = tmp_path / "local.txt"
    path.write_text("# words\n过渡户\n无中生有户\n", encoding="utf-8")
    knowledge = replace(Knowledge.load(KB), local_terms=["过渡户", "无中生有户"])

    problems = check_terms(knowledge, path)

    assert [(problem.line, "无中生有户" in problem.message) for problem in problems] == [(3, True)]


def test_a_handed_over_question_needs_its_reason_and_asking_back_its_choices(tmp_path):
    silent = SOUND.replace('"answer"', '"handoff"').replace("made-up", "silent")
    unclear = SOUND.replace('"answer"', '"clarify"').replace("made-up", "unclear")

    messages = [
        problem.message for problem in check_entries(make_knowledge(tmp_path, silent, unclear), OFFER)
    ]

    assert "a handed-over question needs the reason" in messages
    assert "asking back needs at least two choices" in messages


def test_phrasings_that_fold_to_the_same_words_collide_within_a_region(tmp_path):
    rival = SOUND.replace("made-up", "rival").replace('"一年给多少"', '"每年俾幾多"')

    problems = check_entries(make_knowledge(tmp_path, SOUND, rival), OFFER)

    assert "“每年俾幾多” says the same as in made-up" in [problem.message for problem in problems]


def test_phrasings_of_different_regions_do_not_collide(tmp_path):
    abroad = SOUND.replace("made-up", "abroad").replace('region = "jinning"', 'region = "taizhou"')

    problems = check_entries(make_knowledge(tmp_path, SOUND, abroad), OFFER)

    assert not any("says the same" in problem.message for problem in problems)
