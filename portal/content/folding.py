"""One spelling for what people type: width, script, old names, dialect, figures, and the sound of it.

The tables are data in ``kb/folding`` (script and readings, dumped from OpenCC and pypinyin so that
neither is loaded while serving) and ``kb/synonyms`` (words, kept by the curators).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

DROPPED = "-"
_VOWELS = frozenset("aeiouv")
_CANTONESE = "咗喺冇攞嗰啲畀俾佢嘅唔咩乜嘢睇揾㗎峯裏綫羣衞"
_MARKUP = re.compile(r"<[^<>]{0,200}>|https?://\S+|&[a-z]{2,6};")
_NOT_WORDS = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_CHINESE_FIGURE = re.compile(
    r"(?<![几好数])[零一二两三四五六七八九十百千万]+(?=[个]?(?:年|月|天|日|号|次|级|类|亩|岁|元|块|人|笔|份|点|周))"
    r"|(?<![几好数])[一二两三四五六七八九]?[十百千万][零一二三四五六七八九十百千万]*"
)
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_PLACES_OF_REST = {"百": 10, "千": 100, "万": 1000}  # 一万五 is 15,000


@dataclass(frozen=True)
class Folding:
    """The folding tables, read once.

    ``script`` maps a character to its unified form, ``words`` a spoken or old word to the unified word
    (empty when it carries no meaning), ``readings`` a character to its toneless syllables, usual one first.
    """

    script: Mapping[str, str]
    words: Mapping[str, str]
    readings: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, kb: Path) -> "Folding":
        """Read the tables under a ``kb`` folder."""
        script = {
            variant: unified
            for name in ("script.tsv", "variants.tsv")
            for unified, variants in read_table(kb / "folding" / name)
            for variant in "".join(variants)
        }
        readings: dict[str, tuple[str, ...]] = {}
        for syllable, groups in read_table(kb / "folding" / "readings.tsv"):
            for place, group in enumerate(groups):
                for char in group.strip(DROPPED):
                    known = readings.get(char, ())
                    readings[char] = (syllable, *known) if place == 0 else (*known, syllable)
        return cls(script, _read_words(kb / "synonyms"), readings)

    @cached_property
    def syllables(self) -> frozenset[str]:
        """Every toneless syllable that some character is read as, but for mere hums."""
        read = {syllable for readings in self.readings.values() for syllable in readings}
        return frozenset(syllable for syllable in read if not _VOWELS.isdisjoint(syllable))

    @cached_property
    def _variants_by_head(self) -> Mapping[str, tuple[str, ...]]:
        heads: dict[str, list[str]] = {}
        for variant in self.words:
            heads.setdefault(variant[0], []).append(variant)
        return {head: tuple(sorted(found, key=len, reverse=True)) for head, found in heads.items()}

    def to_plain(self, text: str) -> str:
        """Lower case, half width and one script, without markup; the words stay as they were said."""
        plain = _MARKUP.sub(" ", unicodedata.normalize("NFKC", text).lower())
        return "".join(self.script.get(char, char) for char in plain)

    def cut_phrases(self, text: str) -> list[str]:
        """The runs of plain characters between punctuation, in the words as they were said."""
        return [phrase for phrase in _NOT_WORDS.split(self.to_plain(text)) if phrase]

    def fold(self, text: str) -> str:
        """The text in unified words, phrases parted by single spaces; a mere greeting stays as it is."""
        plain = self.cut_phrases(text)
        folded = " ".join(filter(None, map(self.fold_words, plain)))
        return folded if len(folded) > 1 else " ".join(plain)

    def unify(self, term: str) -> str:
        """A term as it stands in a question that was heard: its words unified, and what they make again."""
        return self.fold_words(self.fold(term))

    def fold_words(self, plain: str) -> str:
        """Put unified words for spoken and old ones, the longest first, and digits for Chinese figures."""
        return _CHINESE_FIGURE.sub(_write_figure, "".join(self._replace_words(plain)))

    def _replace_words(self, plain: str) -> Iterator[str]:
        at = 0
        while at < len(plain):
            variants = self._variants_by_head.get(plain[at], ())
            variant = next((each for each in variants if plain.startswith(each, at)), plain[at])
            yield self.words.get(variant, variant)
            at += len(variant)

    def sound(self, folded: str) -> list[str]:
        """The toneless syllables of a folded text; what has no reading stands for itself."""
        return [self.readings.get(char, (char,))[0] for char in folded if char != " "]


def read_table(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The rows of a table: a head, a tab, and words parted by spaces; ``#`` opens a comment line."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            head, _, rest = line.partition("\t")
            yield head, rest.split()


def _read_words(folder: Path) -> dict[str, str]:
    """Every variant with its unified word; a unified word stands for itself, so that its parts are safe."""
    words: dict[str, str] = {}
    for path in sorted(folder.glob("*.tsv")):
        for unified, variants in read_table(path):
            target = "" if unified == DROPPED else unified
            words.update(dict.fromkeys(variants, target))
            if target:
                words[target] = target
    return words


def _write_figure(match: re.Match[str]) -> str:
    """``十五`` as ``15``; runs that are no figure (``万一``) come out as some number on both sides alike."""
    total = section = digit = 0
    for char in match[0]:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char == "万":
            total, section, digit = (total + section + digit or 1) * 10_000, 0, 0
        else:
            section, digit = section + (digit or 1) * _PLACES[char], 0
    if len(match[0]) > 2 and match[0][-2] in _PLACES_OF_REST:
        digit *= _PLACES_OF_REST[match[0][-2]]
    return str(total + section + digit)


def dump_tables(kb: Path) -> None:
    """Write ``kb/folding/script.tsv`` and ``readings.tsv`` anew from OpenCC and pypinyin."""
    from opencc import OpenCC  # the two packages are needed here only, never while serving
    from pypinyin import Style, pinyin

    to_simplified = OpenCC("t2s")
    script: dict[str, str] = {}
    usual: dict[str, str] = {}
    other: dict[str, str] = {}
    letters = {*_CANTONESE, *_letters("gb2312", 0xB0, 0xF7), *_letters("big5", 0xA4, 0xC6)}
    for char in sorted({*letters, *map(to_simplified.convert, letters)}):
        simplified = to_simplified.convert(char)
        if simplified != char and len(simplified) == 1:
            script[simplified] = script.get(simplified, "") + char
            continue
        first, *rest = _toneless(pinyin(char, style=Style.NORMAL, heteronym=True)[0])
        usual[first] = usual.get(first, "") + char
        for syllable in rest:
            other[syllable] = other.get(syllable, "") + char
    _write_table(kb / "folding" / "script.tsv", [(head, script[head]) for head in sorted(script)])
    rows = [(head, f"{usual.get(head, DROPPED)} {other.get(head, '')}") for head in sorted({*usual, *other})]
    _write_table(kb / "folding" / "readings.tsv", rows)


def _letters(charset: str, first: int, last: int) -> Iterator[str]:
    """The ideographs of a two-byte character set between two leading bytes."""
    for lead in range(first, last + 1):
        for trail in range(0x40, 0xFF):
            char = bytes([lead, trail]).decode(charset, "ignore")
            if len(char) == 1 and "\u3400" <= char <= "\u9fff":
                yield char


def _toneless(readings: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(reading.replace("ü", "v") for reading in readings if reading.isalpha()))


def _write_table(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    path.write_text("".join(f"{head}\t{rest.strip()}\n" for head, rest in rows), encoding="utf-8")
