"""Hearing what was meant: homophones and pinyin turned into the words the knowledge base uses.

A bigram model of the knowledge base's own (folded) text says which characters follow each other. A
character that fits its neighbours is left alone; one that does not may be exchanged for one that
sounds the same, and Latin runs are read as pinyin. The likeliest whole phrase wins (Viterbi).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise

from portal.content.folding import Folding

EDGE = " "
_RUN = re.compile(r"[a-z]+|.", re.DOTALL)
_MOST_CHOICES = 12
_KEEP, _SAME_SOUND, _NEAR_SOUND, _SPELT = 0.0, -4.0, -6.0, -1.0
_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("n", "l"), ("h", "f"))
_UNSEEN = 1e-7
_LONGEST_SYLLABLE = 6
_LONGEST_INITIALS = 6
_MOST_WAYS = 6
_BREADTH = 8


@dataclass(frozen=True)
class Choice:
    """A character that may stand at a place, and what it costs to read it there (a log weight)."""

    char: str
    cost: float


class Hearing:
    """Corrects folded text towards the wording of a knowledge base."""

    def __init__(self, folding: Folding, ones: Mapping[str, int], twos: Mapping[str, int]) -> None:
        self._folding = folding
        self._ones = Counter(ones)
        self._twos = Counter(twos)
        self._total = sum(self._ones.values()) or 1
        self._by_sound: dict[str, list[str]] = {}
        self._by_initial: dict[str, list[str]] = {}
        for char, _ in self._ones.most_common():
            for syllable in folding.readings.get(char, ()):
                self._by_sound.setdefault(syllable, []).append(char)
            if char in folding.readings:
                self._by_initial.setdefault(folding.readings[char][0][0], []).append(char)
        self._segment = lru_cache(4096)(self._segment_run)
        self._follows = lru_cache(16_384)(self._weigh_pair)

    @classmethod
    def learn(cls, folding: Folding, texts: Iterable[str]) -> "Hearing":
        """Count which characters follow each other in folded texts."""
        ones: Counter[str] = Counter()
        twos: Counter[str] = Counter()
        for text in texts:
            line = f"{EDGE}{text}{EDGE}"
            ones.update(line)
            twos.update(map("".join, pairwise(line)))
        return cls(folding, ones, twos)

    @property
    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """How often each character stands in the texts, and each pair of neighbours: what it was made of."""
        return self._ones, self._twos

    def correct(self, folded: str) -> str:
        """The folded text as the knowledge base would write it."""
        lattice = self._lattice(folded)
        if all(len(choices) == 1 for choices in lattice):
            return "".join(choices[0].char for choices in lattice)
        return self._likeliest(lattice)[1]

    def _lattice(self, folded: str) -> list[Sequence[Choice]]:
        runs = _join_spelling(_RUN.findall(folded))
        lattice: list[Sequence[Choice]] = []
        for at, run in enumerate(runs):
            if run[0].isascii() and run[0].isalpha():
                lattice.extend(self._spelt(run))
            else:
                left = runs[at - 1] if at else EDGE
                right = runs[at + 1] if at + 1 < len(runs) else EDGE
                lattice.append(self._heard(run, left, right))
        return lattice

    def _heard(self, char: str, left: str, right: str) -> Sequence[Choice]:
        keep = Choice(char, _KEEP)
        fits = self._twos[left[-1] + char] > 0 and self._twos[char + right[0]] > 0
        if fits or char not in self._folding.readings:
            return [keep]
        same = [
            Choice(other, _SAME_SOUND)
            for syllable in self._folding.readings[char]
            for other in self._by_sound.get(syllable, ())[:_MOST_CHOICES]
            if other != char
        ]
        near = [
            Choice(other, _NEAR_SOUND)
            for syllable in _near_sounds(self._folding.readings[char][0])
            for other in self._by_sound.get(syllable, ())[:4]
        ]
        return [keep, *same, *near]

    def _spelt(self, run: str) -> list[Sequence[Choice]]:
        """The places of a Latin run, cut into syllables the way that reads best: 名额, not 民个."""
        ways = [self._sounding(syllables) for syllables in self._segment(run)]
        return ways[0] if len(ways) == 1 else max(ways, key=lambda way: self._likeliest(way)[0])

    def _sounding(self, syllables: Sequence[str]) -> list[Sequence[Choice]]:
        places: list[Sequence[Choice]] = []
        for syllable in syllables:
            chars = self._by_sound.get(syllable) or (
                self._by_initial.get(syllable, []) if len(syllable) == 1 else []
            )
            most = 40 if len(syllable) == 1 else 2 * _MOST_CHOICES
            places.append([Choice(char, _SPELT) for char in chars[:most]] or [Choice(syllable, _KEEP)])
        return places

    def _segment_run(self, run: str) -> Sequence[tuple[str, ...]]:
        """The ways to spell a run in the fewest syllables; its letters when it is short initials; else it."""
        known = self._folding.syllables
        best: list[list[tuple[str, ...]]] = [[()]]
        for end in range(1, len(run) + 1):
            ways = [
                (*so_far, run[start:end])
                for start in range(max(0, end - _LONGEST_SYLLABLE), end)
                if run[start:end] in known
                for so_far in best[start]
            ]
            fewest = min(map(len, ways), default=0)
            best.append([way for way in ways if len(way) == fewest][:_MOST_WAYS])
        if best[-1]:
            return best[-1]
        return [tuple(run) if len(run) <= _LONGEST_INITIALS and not set(run) & set("aeiou") else (run,)]

    def _likeliest(self, lattice: Sequence[Sequence[Choice]]) -> tuple[float, str]:
        """How likely the best reading is (a log weight), and its text."""
        paths: list[tuple[float, str, str]] = [(0.0, EDGE, "")]
        for choices in [*lattice, [Choice(EDGE, _KEEP)]]:
            ways = [
                max(
                    (score + choice.cost + self._follows(last, choice.char), choice.char, text + choice.char)
                    for score, last, text in paths
                )
                for choice in choices
            ]
            paths = ways if len(ways) <= _BREADTH else nlargest(_BREADTH, ways)
        score, _, text = max(paths)
        return score, text[:-1]

    def _weigh_pair(self, left: str, right: str) -> float:
        """The log probability that one character follows another, smoothed by its own frequency."""
        before, alone = self._ones[left[-1]], self._ones[right[0]] / self._total
        paired = self._twos[left[-1] + right[0]] / before if before else 0.0
        return math.log(0.8 * paired + 0.2 * alone + _UNSEEN)


def _join_spelling(runs: Sequence[str]) -> list[str]:
    """Drop the blanks between Latin runs: pinyin is typed with and without them."""
    kept: list[str] = []
    for at, run in enumerate(runs):
        between = run == EDGE and 0 < at < len(runs) - 1
        if not (
            between
            and runs[at - 1][-1].isalpha()
            and runs[at - 1].isascii()
            and runs[at + 1].isascii()
            and runs[at + 1][0].isalpha()
        ):
            kept.append(run)
    return kept


@lru_cache(1024)
def _near_sounds(syllable: str) -> tuple[str, ...]:
    """Syllables that southern and north-eastern speakers do not tell apart from this one."""
    swaps = (*_NEAR, *((second, first) for first, second in _NEAR))
    found = set()
    for old, new in swaps:
        if old in ("ng",) or (old == "n" and new == "ng"):
            if syllable.endswith(old) and not (old == "n" and syllable.endswith("ng")):
                found.add(syllable[: -len(old)] + new)
        elif syllable.startswith(old) and not (len(old) == 1 and syllable[1:2] == "h"):
            found.add(new + syllable[len(old) :])
    return tuple(sorted(found - {syllable}))
