"""Work on the knowledge base, for curators who write no Python."""

import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import IO

import click

from portal.config import find_data, find_data_folder, list_index_shelves
from portal.content import evaluation, training
from portal.content.distilling import distil
from portal.content.entries import EVERYWHERE, read_entries
from portal.content.entry_checks import (
    FEWEST_PHRASINGS,
    PAGES,
    Offer,
    can_be_indexed,
    check_entries,
    check_reach,
    check_terms,
    check_topics,
)
from portal.content.folding import dump_tables
from portal.content.knowledge import Knowledge, load_judgements, load_places, read_lines, save_judgements
from portal.content.matcher import Matcher
from portal.content.packs import load_packs
from portal.content.problems import Problem
from portal.domain.assistant import NumberKind
from portal.services.work import CHINA

_SETS = ("dev", "heldback", "heldback2", "heldback3", "heldback4", "heldback5", "heldback6", "heldback7")
_FEW = 20
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TEMPLATE = """\
+++
id = "{id}"
region = "{region}"
outcome = "answer"  # or "handoff", then with reason = "…"; or "clarify", then with choices = ["…", "…"]
question = ""
question_en = ""
topics = []
clauses = [  # such as jinning-2020#5.4.2, and words that stand in it
  {{ clause = "", quote = "" }},
]
numbers = []  # what the answer gives: {numbers}
next = {{ page = "office" }}  # or {pages}
office = ""  # one of the kinds in the region's pack
reviewed = {today}
phrasings = [  # at least {fewest}, as different people say it
{phrasings}]
+++


=== en

"""

_kb_option = click.option(
    "--kb",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=lambda: find_data("kb"),
    show_default="the portal's own",
    help="The knowledge base to work in.",
)


def _load(kb: Path) -> Matcher:
    return Matcher.load(kb, *list_index_shelves(find_data_folder(os.environ)))


@click.group()
def kb() -> None:
    """Check, ask, evaluate and extend the knowledge base."""


@kb.command()
@click.argument("group")
@click.argument("entry_id")
@click.option("--region", default=EVERYWHERE, show_default=True, help="The region whose text answers it.")
@click.option("--phrasing", "phrasings", multiple=True, help="A way to ask it; may be given many times.")
@_kb_option
def new(group: str, entry_id: str, region: str, phrasings: tuple[str, ...], kb: Path) -> None:
    """Begin the entry ENTRY_ID in the folder GROUP, with everything to fill in."""
    for name in (group, entry_id):
        if not _NAME.fullmatch(name):
            raise click.BadParameter(
                f"“{name}” is no name: lower case letters, digits and hyphens, like jn-new."
            )
    regions = [EVERYWHERE, *load_places(kb / "regions")]
    if region not in regions:
        raise click.BadParameter(f"there is no region “{region}”; there are {', '.join(regions)}.")
    path = kb / "entries" / group / f"{entry_id}.md"
    if path.exists():
        raise click.ClickException(f"{path} is there already; nothing was changed.")
    path.parent.mkdir(parents=True, exist_ok=True)
    asked = "".join(f"  {json.dumps(phrasing, ensure_ascii=False)},\n" for phrasing in phrasings)
    today = datetime.now(CHINA).date()
    text = _TEMPLATE.format(
        id=entry_id,
        region=region,
        today=today,
        numbers=", ".join(NumberKind),
        pages=", ".join(sorted(PAGES - {"office"})),
        fewest=FEWEST_PHRASINGS,
        phrasings=asked,
    )
    path.write_text(text, encoding="utf-8")
    click.echo(f"made {path}\nFill it in, then run: portal kb check")


@kb.command()
@_kb_option
def check(kb: Path) -> None:
    """Say everything that is wrong with the entries, each with file and line."""
    problems = _read_problems(kb) or _check_all(kb)
    for problem in problems:
        click.echo(str(problem))
    if problems:
        raise click.ClickException(f"{len(problems)} to mend.")
    click.echo(f"{len(read_entries(kb / 'entries')[0])} entries are sound.")


def _read_problems(kb: Path) -> list[Problem]:
    return read_entries(kb / "entries")[1]


def _check_all(kb: Path) -> list[Problem]:
    packs = load_packs(kb)
    offer = Offer(
        frozenset(office.kind for pack in packs for office in pack.offices),
        frozenset(claim for pack in packs for claim in pack.claims),
    )
    knowledge = Knowledge.load(kb)
    problems = [*check_entries(knowledge, offer), *check_topics(knowledge, kb / "entries")]
    if not can_be_indexed(knowledge):
        return problems
    return [
        *problems,
        *check_terms(knowledge, kb / "synonyms" / "local.txt"),
        *check_reach(_load(kb)),
    ]


@kb.command()
@click.argument("questions", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("answers", type=click.File("w", encoding="utf-8", lazy=True))
@_kb_option
def answer(questions: Path, answers: IO[str], kb: Path) -> None:
    """Answer each line of QUESTIONS (JSONL with id, question, region) into ANSWERS."""
    asked = evaluation.read_questions(questions)
    matcher = _load(kb)
    with answers, click.progressbar(asked, label="answering") as bar:
        for question in bar:
            given = evaluation.answer(matcher, question)
            row = {
                "id": question.id,
                "outcome": given.outcome.value,
                "citations": list(given.citations),
                "entry": given.entry_id,
            }
            answers.write(json.dumps(row, ensure_ascii=False) + "\n")


@kb.command()
@click.option("--accept", is_flag=True, help="Keep these figures as the ones to compare with.")
@click.option(
    "--tolerance", default=0.005, show_default=True, help="How much worse a share may be and still pass."
)
@click.option("--unseen", is_flag=True, help="Also ask every phrasing of an index without it (minutes).")
@_kb_option
def evaluate(accept: bool, tolerance: float, unseen: bool, kb: Path) -> None:
    """Measure the answers on the question sets, and compare with the last accepted run.

    Exit status 1 when a figure has become worse.
    """
    folder = kb / "evaluation"
    matcher = _load(kb)
    now: dict[str, evaluation.Figures] = {}
    for name in _SETS:
        path = folder / f"{name}.jsonl"
        if path.exists():
            answered = [evaluation.answer(matcher, each) for each in evaluation.read_questions(path)]
            now[name] = _show(name, answered)
    if unseen:
        now["unseen phrasings"] = _ask_unseen(matcher.knowledge, folder)
    accepted = evaluation.load_accepted(folder / "accepted.json")
    if accept:
        evaluation.save_accepted({**accepted, **now}, folder / "accepted.json")
        click.echo("accepted")
        return
    measured = {name: figures for name, figures in accepted.items() if unseen or name in _SETS}
    worse = evaluation.find_worse(measured, now, tolerance)
    for line in worse:
        click.echo(f"worse: {line}")
    if worse:
        raise click.ClickException("This edit makes the answers worse.")
    click.echo("Not worse than the last accepted run.")


def _show(name: str, answered: list[evaluation.Answered]) -> evaluation.Figures:
    groups = evaluation.measure_groups(answered)
    click.echo(f"\n{name}\n{evaluation.format_figures(groups)}")
    for wanted, given, times in evaluation.list_confusions(answered)[:_FEW]:
        click.echo(f"  {times} x {wanted} -> {given}")
    return groups[evaluation.ALL]


def _ask_unseen(knowledge: Knowledge, folder: Path) -> evaluation.Figures:
    """Judge every phrasing, clean and spoilt, by an index that was built without it."""
    judgements = load_judgements(folder / "judgement.json")
    small_talk = read_lines(folder / "letters.txt")
    with click.progressbar(range(training.FOLDS), label="asking unseen phrasings") as folds:
        examples = list(training.make_examples(knowledge, small_talk, folds))
    groups = evaluation.measure_examples(examples, judgements)
    click.echo(f"\nunseen phrasings\n{evaluation.format_figures(groups)}")
    return groups[evaluation.ALL]


@kb.command()
@_kb_option
def learn(kb: Path) -> None:
    """Learn the weights anew from the phrasings, after larger changes to the entries (minutes)."""
    knowledge = Knowledge.load(kb)
    small_talk = read_lines(kb / "evaluation" / "letters.txt")
    with click.progressbar(range(training.FOLDS), label="asking unseen phrasings") as folds:
        examples = list(training.make_examples(knowledge, small_talk, folds))
    save_judgements(training.learn(examples), kb / "evaluation" / "judgement.json")
    click.echo(f"Learnt from {len(examples)} questions. Now run: portal kb evaluate")


@kb.command()
@_kb_option
def tables(kb: Path) -> None:
    """Write the script and sound tables anew from OpenCC and pypinyin."""
    dump_tables(kb)
    click.echo(f"wrote {kb / 'folding'}")


@kb.command()
@_kb_option
def meaning(kb: Path) -> None:
    """Write the table of meanings anew from a sentence encoder (the extra "meaning"; minutes)."""
    try:
        grams = distil(Knowledge.load(kb), kb)
    except ModuleNotFoundError as error:
        raise click.ClickException(f'{error.name} is missing: install the extra "meaning" first.') from error
    click.echo(f"wrote {grams} grams to {kb / 'meaning'}. Now run: portal kb learn, portal kb evaluate")
