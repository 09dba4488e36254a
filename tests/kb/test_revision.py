import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from portal.content import revision
from portal.content.entries import parse_entry
from portal.content.evaluation import Question
from portal.content.matcher import Matcher
from portal.content.revision import EntryDraft, Fault
from portal.domain.assistant import NumberKind, Outcome
from tests.builders import KB, copy_small_kb, real_matcher

UNHEARD = "搬去外县养老的事归哪个县管理呢"


def make_draft(**changes: object) -> EntryDraft:
    values: dict[str, object] = {
        "id": "tz-new-topic",
        "group": "taizhou-enrol",
        "region": "taizhou",
        "outcome": Outcome.HANDOFF,
        "question": UNHEARD,
        "question_en": "Who is in charge after a move?",
        "answer": '文件没有写"搬走"的事。\r\n\r\n请打电话问。',
        "answer_en": "The text does not say. Please call.",
        "clauses": (),
        "numbers": (),
        "office": "insurance_agency",
        "reason": "文件没有写。",
        "phrasings": (UNHEARD, *(f"第{number}种说法：搬去外县归谁管" for number in range(11))),
        "reviewed": date(2026, 11, 21),
    }
    return EntryDraft(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    """The assistant of a few entries."""
    return Matcher.load(copy_small_kb(tmp_path_factory.mktemp("small")))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the entries where a patch can be tried."""
    shutil.copytree(KB / "entries", tmp_path / "kb" / "entries")
    return tmp_path


def apply_patch(patch: str, folder: Path) -> None:
    subprocess.run(
        ["git", "apply", "--unsafe-paths", "--directory", str(folder), "-"],
        input=patch,
        text=True,
        cwd=folder,
        check=True,
    )


def test_phrasings_are_added_to_the_entrys_own_file(checkout: Path):
    entry = next(each for each in real_matcher().knowledge.entries if each.region == "taizhou")

    change = revision.add_phrasings(entry, [UNHEARD, entry.phrasings[0], '带"引号"\\的', UNHEARD])

    assert parse_entry(change.after, entry.path).phrasings == (*entry.phrasings, UNHEARD, '带"引号"\\的')
    apply_patch(change.patch, checkout)
    assert (checkout / "kb" / change.path).read_text(encoding="utf-8") == change.after


def test_every_entry_of_the_knowledge_base_takes_a_phrasing():
    for entry in real_matcher().knowledge.entries:
        change = revision.add_phrasings(entry, [UNHEARD])
        before, after = (parse_entry(text, entry.path) for text in (change.before, change.after))
        assert after.phrasings == (*before.phrasings, UNHEARD)


def test_blank_lines_among_the_phrasings_are_no_end_of_them(tmp_path: Path):
    entry = real_matcher().knowledge.entries[0]
    text = entry.path.read_text(encoding="utf-8").replace("phrasings = [\n", "phrasings = [\n\n")
    spaced = tmp_path / "entries" / "group" / entry.path.name
    spaced.parent.mkdir(parents=True)
    spaced.write_text(text, encoding="utf-8")

    change = revision.add_phrasings(replace(entry, path=spaced), [UNHEARD])

    assert parse_entry(change.after, spaced).phrasings == (*entry.phrasings, UNHEARD)


def test_a_new_entry_reads_back_as_it_was_written(checkout: Path):
    draft = make_draft(
        outcome=Outcome.ANSWER,
        clauses=(("taizhou-2019#2.1", "一段\x00引文\x7f"),),
        numbers=(NumberKind.AMOUNT,),
    )

    change = revision.write_entry(draft)

    entry = parse_entry(change.after, Path(change.path))
    assert (entry.id, entry.group, entry.outcome) == ("tz-new-topic", "taizhou-enrol", Outcome.ANSWER)
    assert entry.answer == '文件没有写"搬走"的事。\n\n请打电话问。'
    assert entry.citations[0].quote == "一段引文"
    assert entry.numbers == {NumberKind.AMOUNT}
    apply_patch(change.patch, checkout)
    assert (checkout / "kb" / change.path).read_text(encoding="utf-8") == change.after


def test_a_preview_says_what_comes_out_better_and_what_is_wrong(small: Matcher):
    asked = [
        Question("1", UNHEARD, "taizhou", Outcome.HANDOFF),
        Question("2", "今天天气怎么样", "taizhou", Outcome.HANDOFF),
    ]
    entry = next(each for each in small.knowledge.entries if each.region == "taizhou")
    change = revision.write_entry(
        make_draft(
            outcome=Outcome.ANSWER,
            clauses=(("taizhou-2019#1", "这句话哪条里都没有"),),
            phrasings=(entry.phrasings[0], UNHEARD),
        )
    )

    found = revision.preview(small, change, asked)

    assert {fault for fault, _ in found.faults} == set(Fault)
    assert [shift.after.entry_id for shift in found.worse] in ([], ["tz-new-topic"])
    assert len(found.better) + len(found.worse) + found.unchanged == 2


def test_an_entry_that_hands_over_a_question_is_found_after_the_change(small: Matcher):
    changed = small.with_entry(parse_entry(revision.write_entry(make_draft()).after, Path("a/b.md")))

    assert changed.ask(UNHEARD, "taizhou").entry_id == "tz-new-topic"
    assert small.ask(UNHEARD, "taizhou").entry_id != "tz-new-topic"
