"""Accuracy, speed, start and memory of the assistant's matcher beside the usual ways to match text.

All of them get the same phrasings and are asked the same questions: phrasings that were left out of
every index, clean and spoilt in six ways. Each finds the nearest phrasing; right is whoever finds an
entry that gives the same main clause. Every rival is told the region too, as the portal is.

    python -m bench.assistant            the whole table
    python -m bench.assistant --quick    1,000 and 10,000 phrasings, fewer questions
"""

import argparse
import gc
import os
import random
import resource
import sqlite3
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # every matcher gets one core

from rapidfuzz import fuzz, process

from portal.content.entries import Entry
from portal.content.knowledge import OFF_TOPIC, Knowledge, load_judgements, read_lines
from portal.content.matcher import PlaceMatcher, make_hearing
from portal.content.noise import Noise
from portal.content.question import Ear

KB = Path("kb")
PLACE = "hedong"  # the place with most entries: its people are under two documents
SIZES = (1_000, 10_000, 100_000)
WARM_UP = 7
PATIENCE_SECONDS = 15

Find = Callable[[str], str | None]
Phrasings = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Asked:
    """A question with the style in which it was spoilt and the entry it belongs to."""

    text: str
    style: str
    entry: Entry


@dataclass(frozen=True)
class Result:
    """What one matcher did on one number of phrasings."""

    name: str
    build_seconds: float
    build_megabytes: float
    right: Mapping[str, float]
    median_ms: float


def ours(knowledge: Knowledge, phrasings: Phrasings) -> Find:
    """The portal's own matcher, hearing and weighing included."""
    place = PlaceMatcher.build(knowledge, {**phrasings, OFF_TOPIC.id: knowledge.decoys}, PLACE)
    ear = Ear(knowledge.folding, make_hearing(knowledge, [place]))
    judgements = load_judgements(KB / "evaluation" / "judgement.json")

    def find(question: str) -> str | None:
        ranked = place.rank(ear.hear(question), judgements)
        return ranked[0].candidate.entry_id if ranked else None

    return find


def _scan(scorer: Callable[..., float]) -> Callable[[Knowledge, Phrasings], Find]:
    def build(knowledge: Knowledge, phrasings: Phrasings) -> Find:
        owners, texts = flatten(phrasings)

        def find(question: str) -> str | None:
            found = process.extract(question, texts, scorer=scorer, limit=5)
            return owners[found[0][2]] if found else None

        return find

    return build


def bm25(knowledge: Knowledge, phrasings: Phrasings) -> Find:
    """Words cut by jieba, weighed by BM25."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import bm25s
        import jieba
    jieba.setLogLevel(60)
    owners, texts = flatten(phrasings)
    index = bm25s.BM25()
    index.index([jieba.lcut(text) for text in texts], show_progress=False)

    def find(question: str) -> str | None:
        found, scores = index.retrieve([jieba.lcut(question)], k=1, show_progress=False)
        return owners[int(found[0, 0])] if scores[0, 0] > 0 else None

    return find


def trigrams(knowledge: Knowledge, phrasings: Phrasings) -> Find:
    """SQLite's full-text index with the trigram tokenizer, any trigram of the question."""
    owners, texts = flatten(phrasings)
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE held USING fts5(text, tokenize='trigram')")
    database.executemany("INSERT INTO held (rowid, text) VALUES (?, ?)", enumerate(texts))

    def find(question: str) -> str | None:
        pieces = {question[at : at + 3].replace('"', '""') for at in range(len(question) - 2)}
        if not pieces:
            return None
        wanted = " OR ".join(f'"{piece}"' for piece in pieces)
        row = database.execute(
            "SELECT rowid FROM held WHERE held MATCH ? ORDER BY bm25(held) LIMIT 1", (wanted,)
        ).fetchone()
        return owners[row[0]] if row else None

    return find


MATCHERS: Mapping[str, Callable[[Knowledge, Phrasings], Find]] = {
    "portal": ours,
    "rapidfuzz ratio": _scan(fuzz.ratio),
    "rapidfuzz WRatio": _scan(fuzz.WRatio),
    "jieba + BM25": bm25,
    "SQLite FTS5 trigram": trigrams,
}


def flatten(phrasings: Phrasings) -> tuple[list[str], list[str]]:
    """The owners and the texts of all phrasings, side by side."""
    pairs = [(entry_id, text) for entry_id, texts in phrasings.items() for text in texts]
    return [entry_id for entry_id, _ in pairs], [text for _, text in pairs]


def split(knowledge: Knowledge, share: int) -> tuple[dict[str, list[str]], list[tuple[Entry, str]]]:
    """What is indexed, and one phrasing in so many that is left out to be asked."""
    kept: dict[str, list[str]] = {}
    left_out: list[tuple[Entry, str]] = []
    for entry in knowledge.visible_in(PLACE):
        texts = list(dict.fromkeys((entry.question, *entry.phrasings)))
        kept[entry.id] = [text for at, text in enumerate(texts) if at % share]
        left_out += [(entry, text) for at, text in enumerate(texts) if at % share == 0 and at]
    return kept, left_out


def resize(kept: Phrasings, size: int, noise: Noise) -> dict[str, list[str]]:
    """So many phrasings: the first few of each entry, or spoilt copies added to all that there are."""
    rounds = max(1, size // len(kept))
    found = {entry_id: list(texts[:rounds]) for entry_id, texts in kept.items()}
    for entry_id, texts in kept.items():
        while len(found[entry_id]) < rounds:
            found[entry_id].append(noise.spoil(texts[len(found[entry_id]) % len(texts)])[1])
    return found


def spoil_all(left_out: Sequence[tuple[Entry, str]], noise: Noise) -> Iterator[Asked]:
    """Each question clean and in every style."""
    for entry, text in left_out:
        yield Asked(text, "clean", entry)
        for style, spoil in noise.styles.items():
            yield Asked(spoil(text), style, entry)


def run(name: str, knowledge: Knowledge, phrasings: Phrasings, asked: Sequence[Asked]) -> Result:
    """Build one matcher and ask it everything."""
    gc.collect()
    before = resident_megabytes()
    start = time.perf_counter()
    find = MATCHERS[name](knowledge, phrasings)
    seconds = time.perf_counter() - start
    gc.collect()
    megabytes = resident_megabytes() - before
    for question in asked[:WARM_UP]:
        find(question.text)
    took: list[float] = []
    hits: dict[str, list[bool]] = {}
    keys = {entry.id: entry.answer_key for entry in knowledge.visible_in(PLACE)}
    for question in asked:
        if sum(took) > PATIENCE_SECONDS:
            break  # the questions stand in turns of style, so each style has had its share
        start = time.perf_counter()
        found = find(question.text)
        took.append(time.perf_counter() - start)
        hits.setdefault(question.style, []).append(keys.get(found or "") in question.entry.cited)
    right = {style: statistics.mean(each) for style, each in hits.items()}
    return Result(name, seconds, megabytes, right, statistics.median(took) * 1e3)


def resident_megabytes() -> float:
    """What this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def show(size: int, results: Sequence[Result]) -> None:
    """Print one table, and the ratios to the scans."""
    styles = list(results[0].right)
    print(f"\n{size:,} phrasings of {PLACE}")
    print(f"{'':22}{'build s':>9}{'MB':>7}{'median ms':>11}" + "".join(f"{style:>13}" for style in styles))
    for each in results:
        shares = "".join(f"{each.right[style]:13.1%}" for style in styles)
        print(
            f"{each.name:22}{each.build_seconds:9.2f}{each.build_megabytes:7.1f}{each.median_ms:11.3f}{shares}"
        )
    own = results[0]
    for each in results[1:]:
        print(f"  {each.name} takes {each.median_ms / own.median_ms:.1f} times as long as the portal")
    best = all(own.right[style] >= each.right[style] for each in results for style in styles)
    print(f"  the portal is {'' if best else 'NOT '}the most accurate in every style")


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description="Compare the assistant's matcher with the usual ones.")
    parser.add_argument("--quick", action="store_true", help="fewer questions, and not at 100,000 phrasings")
    quick = parser.parse_args().quick
    knowledge = Knowledge.load(KB)
    small_talk = read_lines(KB / "evaluation" / "letters.txt")
    kept, left_out = split(knowledge, share=6)
    few = random.Random(1).sample(left_out, 30 if quick else 100)
    asked = list(spoil_all(few, Noise(knowledge.folding, small_talk, seed=7)))
    medians: dict[int, float] = {}
    for size in SIZES[: 2 if quick else 3]:
        phrasings = resize(kept, size, Noise(knowledge.folding, small_talk, seed=11))
        results = [run(name, knowledge, phrasings, asked) for name in MATCHERS]
        medians[size] = results[0].median_ms
        show(size, results)
    growth = medians[max(medians)] / medians[min(medians)]
    print(
        f"\nThe portal's median grows {growth:.2f}-fold from {min(medians):,} to {max(medians):,} phrasings."
    )
    show_start()


def show_start() -> None:
    """Print how long a start takes on an index that was built before."""
    import tempfile

    from portal.content.matcher import Matcher

    with tempfile.TemporaryDirectory() as shelf:
        for name in ("first start, index built", "later start, index kept"):
            start = time.perf_counter()
            Matcher.load(KB, Path(shelf))
            print(f"{name}: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
