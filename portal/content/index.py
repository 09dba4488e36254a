"""What one place's questions look like: grams, the entries they speak for, and the nearest phrasings.

Four views of the same words, so made that a question costs what its own length costs and not what the
knowledge base has grown to. Three look up the grams of the question, the last compares meanings:

* *learnt*: ridge regression from grams to entries, over all phrasings at once. It learns which grams
  tell entries apart (多少 against 几年) where a likeness only sees how many they share.
* *nearest*: the phrasings that share the rarest grams, for RapidFuzz to compare in full.
* *passage*: the grams of answer and clause, for long or oddly worded questions.
* *alike* and *meant*: the vectors of `Meaning`, near the nearest phrasing's and regressed to entries.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from math import log, sqrt

import numpy as np
import numpy.typing as npt

from portal.content.folding import Folding
from portal.content.meaning import Floats, Meaning, cut_grams

Ints = npt.NDArray[np.int32]

RIDGE = 1.0
MEANING_RIDGE = 1.0
MOST_TAUGHT_PER_ENTRY = 40
MOST_POSTINGS = 1_200
NEAREST = 16
_RAREST = 80
SELDOM = 2
_OFTEN = 60
_SOUND_WEIGHT = 0.7
_CONSTANT = np.float32(0.3)
_ASPECTS = {
    "who": "谁|哪个部门|哪个单位|哪个局|哪几个部门|哪几个单位|归哪|哪1级",
    "where": "哪里|哪个账户|哪张卡",
    "amount": "多少钱",
    "how_long": "多久|时限",
    "when": "什么时候|几号|截止",
    "years": "几年|多少年",
    "how": "怎么",
    "why": "为什么",
    "whether": "吗|能不能|是不是|会不会|要不要|有没有|算不算|不$",
    "meaning": "意思|区别",
    "form": "什么表|哪张表|填表|哪种表",
    "papers": "资料|缴费凭证",
    "how_often": "几次|多久.{0,4}次",
    "how_many": "几个|几类|几种|几级|几项|哪些|哪几|多少人",
}
_NO_SUBJECT = re.compile(
    "什么|[的了要能会得可以是在到这我们你他有办弄完限内前里去就都才还个共总最大概事情样着给该来下之也]"
)
_ASKS_WHAT = re.compile("什么|几")
# Words that fit every errand and name none.
_VAGUE = re.compile(
    "忘记|记不[住得清]|错过|赶不?[上及]|来不及|来得及|迟|晚|逾期|期限|过期|到期|超期|时间|时候|日子|时限"
    "|[上下这那哪头第几1一]+步|走几?步|步骤|接下[来去]|接着|接|结果|情况|好处|坏处|影响|办法|法子|东西|问题"
    "|算不?算数|算数|这么|久|这种|那种|别的|其他|别人|别家|人家|每次|每年|每月|现在|以后|最后|后来|以前|知道|晓得|清楚|明白"
    "|懂|听说|听讲|说明|做主|拍板|同意|愿意|恢复|继续|处理|规定|应该|需要|非得|必须|亲自|一样|马上|突然|开始|结束"
    "|对不对|要不要紧|麻烦|耽误|耽搁|做法|意见|安排|进度|进展|消息|答复|机会|原因|理由|用处|作用|没有|带[点些]|一个|[1一两几]+[次回趟遍]|多少长|多长"
    "|[改选换等算花话差缺拖隔停放做干弄说讲找错好成老不没行准短快慢法起往从由归被把让帮替代给向跟和再又也各]"
    "|[件种类点头边口时处前后上过本非那应像象]"
)
_ASPECT_PATTERNS = {name: re.compile(pattern) for name, pattern in _ASPECTS.items()}


def find_aspects(folded: str) -> frozenset[str]:
    """What a folded text asks for: who, where, how much, how long, …"""
    return frozenset(name for name, pattern in _ASPECT_PATTERNS.items() if pattern.search(folded))


def drop_aspects(folded: str, gap: str = "") -> str:
    """A folded text without the words that ask for something, or with a gap where they stood."""
    for pattern in _ASPECT_PATTERNS.values():
        folded = pattern.sub(gap, folded)
    return folded


def find_subject(folded: str, is_letter: bool = False) -> str:
    """The words of a folded text that say what it asks about; none in 「要多久」.

    None either in what asks with words that fit every errand (「下一步该怎么办」), but for a letter, where
    the whole has named the subject before.
    """
    rest = drop_aspects(folded, gap=" ")
    asks = rest != folded or _ASKS_WHAT.search(folded)
    if asks and not is_letter and not _NO_SUBJECT.sub("", _VAGUE.sub("", rest)).strip():
        return ""
    return _NO_SUBJECT.sub(" ", rest).strip()


def read_grams(folding: Folding, folded: str) -> Counter[str]:
    """The grams of a folded text: characters, toneless syllables (``~``) and what is asked for (``?``)."""
    grams: Counter[str] = Counter()
    for phrase in folded.split():
        grams.update(phrase)
        grams.update(map("".join, pairwise(phrase)))
        sounds = folding.sound(phrase)
        grams.update("~" + sound for sound in sounds)
        grams.update(f"~{first} {second}" for first, second in pairwise(sounds))
    grams.update("?" + name for name in find_aspects(folded))
    return grams


@dataclass(frozen=True)
class Lookups:
    """The arrays of an index; the only part of it that is kept between starts.

    ``rarity`` is per gram; ``learnt`` and ``passage`` are gram x entry; ``owner`` is per phrasing; the
    phrasings that hold gram ``g`` are ``posted[starts[g]:starts[g + 1]]`` with their ``shares``.
    ``meanings`` is vector x taught phrasing, whose entries are ``taught``, in order; ``meant`` is vector x
    entry, with a last row that is added to every question. ``said`` is gram x entry: whether a phrasing, the
    answer or a clause has it.
    """

    rarity: Floats
    learnt: npt.NDArray[np.float16]
    passage: npt.NDArray[np.float16]
    owner: Ints
    starts: Ints
    posted: Ints
    shares: Floats
    meanings: Floats
    taught: Ints
    meant: Floats
    said: npt.NDArray[np.bool_]

    @classmethod
    def names(cls) -> list[str]:
        """The arrays' names, in order."""
        return [field.name for field in fields(cls)]


@dataclass(frozen=True)
class Spoken:
    """A question's grams as places in the vocabulary, with weights of unit length, and its meaning."""

    places: Ints
    weights: Floats
    meaning: Floats


class Index:
    """Looks up one place's entries by the grams of a question."""

    def __init__(
        self, meaning: Meaning, vocabulary: Sequence[str], texts: Sequence[str], lookups: Lookups
    ) -> None:
        self._meaning = meaning
        self.vocabulary = vocabulary
        self.texts = texts
        self.lookups = lookups
        self._places = {gram: place for place, gram in enumerate(vocabulary)}
        self._starts = lookups.starts.tolist()
        self._unknown = float(np.log1p(len(texts)))  # the rarity of what no phrasing has
        self._firsts = np.flatnonzero(np.diff(lookups.taught, prepend=-1))
        self._taught = lookups.taught[self._firsts]

    @classmethod
    def build(
        cls,
        folding: Folding,
        meaning: Meaning,
        phrasings: Sequence[tuple[int, str]],
        passages: Sequence[str],
    ) -> "Index":
        """Index folded phrasings, each with its entry's number, and one folded passage per entry."""
        bags = [read_grams(folding, text) for _, text in phrasings]
        spread = Counter(gram for bag in bags for gram in bag)
        vocabulary = sorted(gram for gram, times in spread.items() if times >= SELDOM)
        places = {gram: place for place, gram in enumerate(vocabulary)}
        counts = np.array([spread[gram] for gram in vocabulary], np.float32)
        rarity = np.log1p(len(bags) / counts).astype(np.float32)
        rows = [_weigh(bag, places, rarity) for bag in bags]
        owner = np.array([entry for entry, _ in phrasings], np.int32)
        starts, posted, shares = _post(rows, len(vocabulary))
        passage = np.zeros((len(vocabulary), len(passages)), np.float16)
        for entry, text in enumerate(passages):
            found, weights = _weigh(read_grams(folding, text), places, rarity)
            passage[found, entry] = weights
        taught = _evenly(owner)
        learnt = _learn(rows, owner, taught, len(vocabulary), len(passages)).astype(np.float16)
        texts = [text for _, text in phrasings]
        meanings = meaning.read_all([texts[row] for row in taught])
        meant = _learn_meanings(meanings, owner[taught], len(passages))
        said = passage > 0
        for (found, _), entry in zip(rows, owner.tolist(), strict=True):
            said[found, entry] = True
        lookups = Lookups(
            rarity,
            learnt,
            passage,
            owner,
            starts,
            posted,
            shares,
            meanings.T.copy(),
            owner[taught],
            meant,
            said,
        )
        return cls(meaning, vocabulary, texts, lookups)

    def read(self, folding: Folding, folded: str) -> Spoken:
        """Find a question's grams in the vocabulary."""
        places, weights = _weigh(read_grams(folding, folded), self._places, self.lookups.rarity)
        return Spoken(places, weights, self._meaning.read(folded))

    def learnt(self, spoken: Spoken) -> Floats:
        """How much the grams speak for each entry; about one for a sure match."""
        return _sum_rows(self.lookups.learnt, spoken)

    def passage(self, spoken: Spoken) -> Floats:
        """The cosine between the question and each entry's answer and clauses."""
        return _sum_rows(self.lookups.passage, spoken)

    def alike(self, spoken: Spoken) -> Floats:
        """How near the question's meaning is to that of each entry's nearest phrasing, none below zero."""
        near = np.zeros(self.lookups.meant.shape[1], np.float32)
        if len(self._firsts):
            near[self._taught] = np.maximum.reduceat(spoken.meaning @ self.lookups.meanings, self._firsts)
        return np.maximum(near, 0)

    def meant(self, spoken: Spoken) -> Floats:
        """How much the question's meaning speaks for each entry."""
        return _add_constant(spoken.meaning) @ self.lookups.meant

    def covered(self, subject: str, guessed: Container[str]) -> Floats:
        """The share of what a question is about, by rarity, that each entry has words for.

        Not counted as known are ``guessed`` characters, but for the pairs that they make.
        """
        grams = [*cut_grams(subject)]
        known = [self._places[gram] for gram in grams if gram in self._places and gram not in guessed]
        rarity = self.lookups.rarity[known]
        whole = float(rarity.sum()) + self._unknown * (len(grams) - len(known))
        shares: Floats = rarity @ self.lookups.said[known].astype(np.float32) / np.float32(whole)
        return shares

    def nearest(self, spoken: Spoken, patience: int = 1) -> list[tuple[int, float]]:
        """The phrasings nearest by cosine, best first; common grams are left out once enough is found.

        Enough is ``patience`` times what a short question needs.
        """
        starts, posted, shares = self._starts, self.lookups.posted, self.lookups.shares
        rarest = np.argsort(-self.lookups.rarity[spoken.places], kind="stable")[:_RAREST]
        spans: list[slice] = []
        gains: list[Floats] = []
        budget = patience * MOST_POSTINGS
        for place, weight in zip(
            spoken.places[rarest].tolist(), spoken.weights[rarest].tolist(), strict=True
        ):
            span = slice(starts[place], min(starts[place + 1], starts[place] + MOST_POSTINGS))
            budget -= span.stop - span.start
            if budget < 0 and spans:
                break
            spans.append(span)
            gains.append(shares[span] * np.float32(weight))
        if not spans:
            return []
        found, at = np.unique(np.concatenate([posted[span] for span in spans]), return_inverse=True)
        scores = np.bincount(at, np.concatenate(gains))
        most = min(patience * NEAREST, len(scores))
        best = np.argpartition(-scores, most - 1)[:most]
        best = best[np.argsort(-scores[best], kind="stable")]
        return list(zip(found[best].tolist(), scores[best].tolist(), strict=True))

    def owner(self, phrasing: int) -> int:
        """The number of the entry that a phrasing belongs to."""
        return int(self.lookups.owner[phrasing])


def _weigh(bag: Mapping[str, int], places: Mapping[str, int], rarity: Floats) -> tuple[Ints, Floats]:
    """The grams that the vocabulary holds, with weights of unit length."""
    known = [
        (place, (_SOUND_WEIGHT if gram[0] == "~" else 1.0) * (1 + log(count) if count > 1 else 1.0))
        for gram, count in bag.items()
        if (place := places.get(gram)) is not None
    ]
    if not known:
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    found = np.array([place for place, _ in known], np.int32)
    weights = np.array([weight for _, weight in known], np.float32) * rarity[found]
    return found, weights / np.float32(sqrt(weights @ weights))


def _sum_rows(table: npt.NDArray[np.float16], spoken: Spoken) -> Floats:
    summed: Floats = spoken.weights @ table[spoken.places].astype(np.float32)
    return summed


def _post(rows: Sequence[tuple[Ints, Floats]], grams: int) -> tuple[Ints, Ints, Floats]:
    """Turn phrasings with grams into grams with phrasings."""
    sizes = [len(found) for found, _ in rows]
    flat = np.concatenate([found for found, _ in rows]) if rows else np.zeros(0, np.int32)
    weights = np.concatenate([weights for _, weights in rows]) if rows else np.zeros(0, np.float32)
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], np.arange(grams + 1)).astype(np.int32)
    return starts, np.repeat(np.arange(len(rows), dtype=np.int32), sizes)[order], weights[order]


def _learn(
    rows: Sequence[tuple[Ints, Floats]], owner: Ints, taught: Sequence[int], grams: int, entries: int
) -> Floats:
    """Ridge regression in its dual form: as many unknowns as phrasings, which are fewer than grams."""
    sample = [rows[row] for row in taught]
    starts, posted, shares = _post(sample, grams)
    likeness = _compare_all(starts, posted, shares, len(sample))
    likeness[np.diag_indices(len(sample))] += RIDGE
    wanted = np.zeros((len(sample), entries), np.float32)
    wanted[np.arange(len(sample)), owner[taught]] = 1
    pull = np.linalg.solve(likeness, wanted).astype(np.float32)
    learnt = np.zeros((grams, entries), np.float32)
    for gram, (first, last) in enumerate(pairwise(starts)):
        learnt[gram] = shares[first:last] @ pull[posted[first:last]]
    return learnt


def _learn_meanings(meanings: Floats, owner: Ints, entries: int) -> Floats:
    """Ridge regression from vectors to entries."""
    given = _add_constant(meanings)
    wanted = np.zeros((len(owner), entries), np.float32)
    wanted[np.arange(len(owner)), owner] = 1
    likeness = given.T @ given + np.float32(MEANING_RIDGE) * np.eye(given.shape[1], dtype=np.float32)
    return np.linalg.solve(likeness, given.T @ wanted).astype(np.float32)


def _add_constant(vectors: Floats) -> Floats:
    """The vectors with one more number, the same for all."""
    constant = np.full((*vectors.shape[:-1], 1), _CONSTANT, np.float32)
    return np.concatenate([vectors, constant], axis=-1)


def _compare_all(starts: Ints, posted: Ints, shares: Floats, count: int) -> Floats:
    """The cosine of every phrasing with every other: rare grams one by one, common ones at once."""
    likeness = np.zeros((count, count), np.float32)
    sizes = np.diff(starts)
    often = np.flatnonzero(sizes > _OFTEN)
    spread = np.zeros((count, len(often)), np.float32)
    for column, gram in enumerate(often):
        held = slice(starts[gram], starts[gram + 1])
        spread[posted[held], column] = shares[held]
    for gram in np.flatnonzero(sizes <= _OFTEN):
        held = slice(starts[gram], starts[gram + 1])
        likeness[np.ix_(posted[held], posted[held])] += np.outer(shares[held], shares[held])
    likeness += spread @ spread.T
    return likeness


def _evenly(owner: Ints) -> list[int]:
    """At most so many phrasings of each entry, spread over all that it has, entry by entry."""
    by_entry: dict[int, list[int]] = {}
    for row, entry in enumerate(owner.tolist()):
        by_entry.setdefault(entry, []).append(row)
    return [row for entry in sorted(by_entry) for row in _spread(by_entry[entry], MOST_TAUGHT_PER_ENTRY)]


def _spread(held: Sequence[int], most: int) -> Iterable[int]:
    return held if len(held) <= most else (held[at * len(held) // most] for at in range(most))
