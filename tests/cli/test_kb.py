import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.content.entries import parse_entry
from tests.builders import copy_small_kb

KB = Path("kb")


@pytest.fixture(scope="module")
def small_kb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_small_kb(tmp_path_factory.mktemp("small"))


@pytest.fixture
def small(small_kb: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A knowledge base of a few entries, with a shelf of its own for its index."""
    monkeypatch.setattr("portal.cli.kb.list_index_shelves", lambda _: (small_kb.parent / "shelf",))
    return small_kb


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["kb", *map(str, arguments)])


def test_a_new_entry_is_begun_with_its_phrasings_and_never_overwritten(small, tmp_path):
    kb = tmp_path / "kb"
    shutil.copytree(small, kb)
    made = run("new", "errand", "jn-new", "--region", "jinning", "--phrasing", "咋个“办”", "--kb", kb)
    again = run("new", "errand", "jn-new", "--kb", kb)

    entry = parse_entry((kb / "entries" / "errand" / "jn-new.md").read_text("utf-8"), Path("a.md"))
    assert made.exit_code == 0, made.output
    assert (entry.phrasings, entry.region) == (("咋个“办”",), "jinning")
    assert again.exit_code == 1
    assert "there already" in again.output


@pytest.mark.parametrize("named", [("errand", "../out"), ("er/rand", "jn-new"), ("errand", "A B")])
def test_a_new_entry_stands_nowhere_but_in_the_folder_of_its_group(small, named):
    assert run("new", *named, "--kb", small).exit_code == 2


def test_a_new_entry_belongs_to_a_region_that_is_there(small):
    result = run("new", "errand", "jn-new", "--region", "mars", "--kb", small)

    assert result.exit_code == 2
    assert "jinning" in result.output


def test_the_projects_own_entries_are_sound():
    result = run("check")

    assert result.exit_code == 0, result.output


def test_check_tells_every_unreadable_file_at_once(tmp_path):
    for name in ("one", "two"):
        path = tmp_path / "entries" / "group" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("nothing", encoding="utf-8")

    result = run("check", "--kb", tmp_path)

    assert result.exit_code == 1
    assert "one.md:1:" in result.output
    assert "two.md:1:" in result.output


def test_check_tells_a_clause_that_is_not_there_with_its_line(small, tmp_path):
    kb = tmp_path / "kb"
    shutil.copytree(small, kb)
    entry = kb / "entries" / "jinning-amount" / "jn-yearly-amount.md"
    entry.write_text(
        entry.read_text("utf-8").replace("jinning-2020#5.4", "jinning-2020#99"), encoding="utf-8"
    )

    result = run("check", "--kb", kb)

    assert result.exit_code == 1
    assert f"{entry.name}:9: document 'jinning-2020' has no clause" in result.output


def test_check_tells_what_is_not_covered(small):
    result = run("check", "--kb", small)

    assert result.exit_code == 1
    assert "no entry covers topic A129" in result.output
    assert "no entry covers topic A015" not in result.output


def test_questions_are_answered_line_by_line(small, tmp_path):
    asked, given = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    asked.write_text(
        '{"id": "a", "question": "每年补助多少钱？", "region": "jinning"}\n'
        '{"id": "b", "question": "你好", "region": null}\n',
        encoding="utf-8",
    )

    result = run("answer", asked, given, "--kb", small)

    rows = [json.loads(line) for line in given.read_text("utf-8").splitlines()]
    assert result.exit_code == 0, result.output
    assert [row["id"] for row in rows] == ["a", "b"]
    assert rows[0]["outcome"] == "answer"
    assert rows[0]["citations"][0].startswith("jinning-2020#5.4")
    assert rows[1] == {"id": "b", "outcome": "handoff", "citations": [], "entry": rows[1]["entry"]}


def test_an_evaluation_that_got_worse_than_the_accepted_one_is_refused(small):
    accepted = small / "evaluation" / "accepted.json"
    assert run("evaluate", "--accept", "--kb", small).exit_code == 0

    same = run("evaluate", "--kb", small)
    figures = json.loads(accepted.read_text("utf-8"))
    figures["dev"]["main_clause_first"] = 1.0
    accepted.write_text(json.dumps(figures), encoding="utf-8")
    worse = run("evaluate", "--kb", small)

    assert same.exit_code == 0, same.output
    assert worse.exit_code == 1
    assert "worse: dev: main_clause_first was 100.0%" in worse.output


def test_the_tables_can_be_written_anew_and_come_out_the_same(tmp_path):
    shutil.copytree(KB / "folding", tmp_path / "folding")

    assert run("tables", "--kb", tmp_path).exit_code == 0

    for name in ("script.tsv", "readings.tsv"):
        assert (tmp_path / "folding" / name).read_bytes() == (KB / "folding" / name).read_bytes()
