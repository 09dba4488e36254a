"""How well the assistant does on a set of questions, and whether it does worse than it did."""

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from portal.content.knowledge import Judgements
from portal.content.matcher import Matcher
from portal.content.problems import BrokenContent, Problem
from portal.content.training import Example
from portal.domain.assistant import Outcome, Reply, decide, weigh

ALL = "all"


@dataclass(frozen=True)
class Question:
    """A line of a question set; ``expect`` and what follows are empty when it is only to be answered."""

    id: str
    text: str
    region: str | None
    expect: Outcome | None = None
    clauses: tuple[str, ...] = ()
    style: str = ""


@dataclass(frozen=True)
class Answered:
    """What the assistant did with a question; ``citations`` has the main clause first."""

    question: Question
    outcome: Outcome
    citations: tuple[str, ...]
    entry_id: str | None

    @property
    def is_right(self) -> bool:
        """Whether it did what the line expects, with an accepted clause first when it answered."""
        if self.question.expect is not Outcome.ANSWER:
            return self.outcome is self.question.expect
        return self.outcome is Outcome.ANSWER and self.citations[:1] in [(c,) for c in self.question.clauses]


@dataclass(frozen=True)
class Figures:
    """Shares between 0 and 1, or ``None`` where no line of that kind is in the set."""

    lines: int
    main_clause_first: float | None
    answer_handed_over: float | None
    handoff_answered: float | None
    clarify_asked_back: float | None


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSONL file; raises `BrokenContent` naming every line that is none."""
    questions: list[Question] = []
    problems: list[Problem] = []
    # Not by splitlines: a question may hold marks that Python takes for the end of a line.
    for number, line in enumerate(path.read_bytes().removeprefix(BOM_UTF8).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            questions.append(_read_question(json.loads(line.decode())))
        except KeyError as error:
            problems.append(Problem(path, number, f"the field {error} is missing"))
        except (ValueError, RecursionError) as error:
            problems.append(Problem(path, number, f"not a question: {error}"))
    if problems:
        raise BrokenContent(problems)
    return questions


def _read_question(row: object) -> Question:
    if not isinstance(row, dict):
        raise ValueError("a line holds one object")
    text, region, clauses = row["question"], row.get("region"), row.get("clauses", [])
    if not isinstance(text, str) or not isinstance(region, str | None) or not isinstance(clauses, list):
        raise ValueError("question and region are texts, clauses is a list")
    expect = Outcome(row["expect"]) if "expect" in row else None
    return Question(str(row["id"]), text, region, expect, tuple(map(str, clauses)), str(row.get("style", "")))


def answer(matcher: Matcher, question: Question) -> Answered:
    """Ask the assistant one question."""
    reply = matcher.ask(question.text, question.region)
    return Answered(question, reply.outcome, _citations(matcher, reply), reply.entry_id)


def _citations(matcher: Matcher, reply: Reply) -> tuple[str, ...]:
    if reply.outcome is not Outcome.ANSWER or reply.entry_id is None:
        return ()
    return tuple(str(citation) for citation in matcher.entry(reply.entry_id).citations)


def measure(answered: Sequence[Answered]) -> Figures:
    """The figures of a group of lines."""

    def share(expect: Outcome, hit: Callable[[Answered], bool]) -> float | None:
        group = [each for each in answered if each.question.expect is expect]
        return round(sum(map(hit, group)) / len(group), 4) if group else None

    return Figures(
        len(answered),
        share(Outcome.ANSWER, lambda each: each.is_right),
        share(Outcome.ANSWER, lambda each: each.outcome is Outcome.HANDOFF),
        share(Outcome.HANDOFF, lambda each: each.outcome is Outcome.ANSWER),
        share(Outcome.CLARIFY, lambda each: each.outcome is Outcome.CLARIFY),
    )


def measure_groups(answered: Sequence[Answered]) -> dict[str, Figures]:
    """The figures of all lines, of each style and of each region."""
    groups: dict[str, list[Answered]] = {ALL: list(answered)}
    for each in sorted(answered, key=lambda each: each.question.style):
        groups.setdefault(each.question.style, []).append(each)
    for each in sorted(answered, key=lambda each: each.question.region or ""):
        groups.setdefault(each.question.region or "no region", []).append(each)
    return {name: measure(group) for name, group in groups.items()}


def list_confusions(answered: Iterable[Answered]) -> list[tuple[str, str, int]]:
    """What was wanted, what came instead, how often; the most frequent first."""
    found = Counter(
        (_wanted(each.question), each.entry_id or str(each.outcome)) for each in answered if not each.is_right
    )
    return [(wanted, given, times) for (wanted, given), times in found.most_common()]


def _wanted(question: Question) -> str:
    return question.clauses[0] if question.clauses else f"{question.expect} ({question.id})"


def find_worse(accepted: Mapping[str, Figures], now: Mapping[str, Figures], tolerance: float) -> list[str]:
    """Each figure of a set that has become worse than in the accepted run by more than the tolerance."""
    worse: list[str] = []
    for name, before in accepted.items():
        if name not in now:
            worse.append(f"{name}: not measured any more")
            continue
        for figure, is_good in _DIRECTIONS.items():
            old, new = getattr(before, figure), getattr(now[name], figure)
            loss = 0.0 if old is None or new is None else (old - new if is_good else new - old)
            if loss > tolerance:
                worse.append(f"{name}: {figure} was {old:.1%} and is {new:.1%}")
    return worse


_DIRECTIONS = {
    "main_clause_first": True,
    "answer_handed_over": False,
    "handoff_answered": False,
    "clarify_asked_back": True,
}


def load_accepted(path: Path) -> dict[str, Figures]:
    """The figures of the last accepted run, by set; empty before the first."""
    if not path.exists():
        return {}
    return {name: Figures(**figures) for name, figures in json.loads(path.read_text("utf-8")).items()}


def save_accepted(figures: Mapping[str, Figures], path: Path) -> None:
    """Keep a run's figures as the accepted ones."""
    stored = {name: asdict(each) for name, each in figures.items()}
    path.write_text(json.dumps(stored, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def measure_examples(examples: Iterable[Example], judgements: Judgements) -> dict[str, Figures]:
    """The figures of phrasings that were asked of an index without them."""
    return measure_groups([_as_answered(example, judgements) for example in examples])


def _as_answered(example: Example, judgements: Judgements) -> Answered:
    judgement = judgements.of(example.is_letter)
    ranked = weigh(example.candidates, judgement.weights)
    reply = decide(ranked, judgement.sure, judgement.silent)
    keys = {each.entry_id: each.answer_key for each in example.candidates}
    wanted = example.entry
    clauses = tuple(sorted(wanted.cited)) if wanted.outcome is Outcome.ANSWER else ()
    question = Question("", example.text, example.place, wanted.outcome, clauses, example.style)
    shown = (keys[reply.entry_id],) if reply.outcome is Outcome.ANSWER and reply.entry_id else ()
    return Answered(question, reply.outcome, shown, reply.entry_id)


def format_figures(groups: Mapping[str, Figures]) -> str:
    """The figures as a table of aligned columns."""
    rows: list[tuple[str, ...]] = [
        ("group", "lines", "main clause first", "handed over", "handoff answered", "asked back")
    ]
    rows += [(name, str(each.lines), *map(_percent, _shares(each))) for name, each in groups.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    )


def _shares(figures: Figures) -> tuple[float | None, ...]:
    return (
        figures.main_clause_first,
        figures.answer_handed_over,
        figures.handoff_answered,
        figures.clarify_asked_back,
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
