"""Hears a question: unified words, the sounds corrected, a long letter taken to pieces."""

import re
from dataclasses import dataclass
from functools import cached_property

from portal.content.folding import Folding
from portal.content.index import find_subject
from portal.content.sound import Hearing
from portal.domain.assistant import MASK, NumberKind, asked_numbers, mask_numbers

LONGEST_QUESTION = 600
_SHORT = 40
_SPELT = re.compile(r"[a-z]{2}")
_LONG_ASKING = 80
_BREATH = 14
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")
_CLAUSE = re.compile(r"[^，,、：:\s]+[，,、：:\s]*")
# Who gives a number to be looked up asks what stands beside it, and not about the number.
_GIVEN_NUMBER = re.compile(
    r"(?:我的?|本人)?(?:身份[证證]|[电電][话話]|手[机機]|卡|[账賬])?(?:[号號][码碼]?)?[是为:：]?\s*"
    + re.escape(MASK)
)
_ASKS = re.compile(
    r"[吗呢咋啥谁哪几嘛㗎伐]|什么|怎么|怎样|如何|多少|多久|是不是|能不能|可不可以|会不会|有没有|要不要"
    r"|算不算|行不行|该不该|想问|想知道|请问|想核实|想了解|不知道|不晓得|不懂|不清楚|还是"
    r"|几多|点样|点解|边个|係咪|系咪|可唔可以"
)
_MARK = re.compile("[?？]")
_THAT = re.compile("(?<!^)那(?=[个個家张張种種级級年月天里裡儿兒边邊])")


@dataclass(frozen=True)
class Heard:
    """A question as it was understood.

    ``folded`` is all of it in unified words, ``asking`` the part that asks, ``parts`` the pieces of a
    letter (none for a short question), ``numbers`` the kinds of number asked for, ``guessed`` the characters
    that were put for others of the same sound.
    """

    folded: str
    asking: str
    parts: tuple[str, ...]
    numbers: frozenset[NumberKind]
    guessed: frozenset[str]

    @cached_property
    def subject(self) -> str:
        """The words of the asking part that say what it is about; none in 「要多久」."""
        return find_subject(self.asking, self.is_letter)

    @property
    def named(self) -> int:
        """How many characters say what the question is about."""
        return len(self.subject) - self.subject.count(" ")

    @property
    def is_letter(self) -> bool:
        """Whether it is too long to be one question and nothing else."""
        return bool(self.parts)


class Ear:
    """Turns what is typed into what is meant."""

    def __init__(self, folding: Folding, hearing: Hearing) -> None:
        self.folding = folding
        self._hearing = hearing

    def hear(self, question: str) -> Heard:
        """Understand a question of any length; only the first 600 characters are read."""
        shown = _GIVEN_NUMBER.sub(" ", mask_numbers(question[:LONGEST_QUESTION]))
        said = find_asking(shown)
        asking = read_which(said)
        shown = shown.replace(said, asking)
        corrected = self._correct(shown)
        folded = self._unify(corrected) or corrected  # a mere greeting is all fillers
        corrected_asking = corrected if asking == shown else self._correct(asking)
        # What was typed in pinyin shows its numbers only when corrected, and some words only before.
        numbers = asked_numbers(f"{self.folding.to_plain(asking)}\n{corrected_asking}")
        guessed = self._find_guessed(asking, corrected_asking)
        if len(folded) <= _SHORT:
            return Heard(folded, folded, (), numbers, guessed)
        unified = self._unify(corrected_asking) or folded
        return Heard(folded, unified, tuple(cut_parts(folded)), numbers, guessed)

    def _find_guessed(self, said: str, corrected: str) -> frozenset[str]:
        """What was put for other characters; where pinyin was typed, the sound is no guess."""
        before = self.folding.fold(said)
        return frozenset() if _SPELT.search(before) else frozenset(corrected) - frozenset(before)

    def _correct(self, text: str) -> str:
        return self._hearing.correct(self.folding.fold(text))

    def _unify(self, corrected: str) -> str:
        return " ".join(filter(None, map(self.folding.fold_words, corrected.split())))


def find_asking(text: str) -> str:
    """The sentences of a long letter that ask, the last two at most; a short text as it is."""
    if len(text) <= _SHORT:
        return text
    sentences = _SENTENCE.findall(text)
    asking = [sentence for sentence in sentences if _asks(sentence)][-2:] or sentences[-1:]
    found = "".join(asking)
    if len(found) <= _LONG_ASKING:
        return found
    clauses = _CLAUSE.findall(found)
    first = next((at for at, clause in enumerate(clauses) if _asks(clause)), 0)
    return "".join(clauses[max(0, first - 1) :])


def _asks(text: str) -> bool:
    return _MARK.search(text) is not None or _ASKS.search(text) is not None


def read_which(asking: str) -> str:
    """Read the last 那个 as 哪个 where nothing else asks: many type the one for the other."""
    found = None if _ASKS.search(asking) else [*_THAT.finditer(asking)]
    return f"{asking[: found[-1].start()]}哪{asking[found[-1].end() :]}" if found else asking


def cut_parts(folded: str) -> list[str]:
    """The pieces of a folded letter that are long enough to ask something, each about a breath long."""
    parts: list[str] = []
    for phrase in folded.split():
        if parts and len(parts[-1]) < _BREATH:
            parts[-1] = f"{parts[-1]} {phrase}"
        else:
            parts.append(phrase)
    return [
        part[start : start + 2 * _BREATH]
        for part in parts
        for start in range(0, max(1, len(part) - _BREATH), _BREATH)
    ]
