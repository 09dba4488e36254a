"""Spoils a clean sentence the way a phone, an input method or a dialect speaker's dictation does.

Weights are learnt and judged on phrasings spoilt like this, so that no development question is needed.
"""

import random
from collections.abc import Callable, Mapping, Sequence

from portal.content.folding import Folding

_FILLERS = ("那个", "嗯", "就是", "我想问一下", "你好请问一下", "喂", "麻烦问下", "啊", "就是说", "那个那个")
_ENDS = ("啊", "呢", "呀", "嘛", "来着", "")
_PUNCTUATION = "，。？！、,.?!；;：: "


class Noise:
    """Makes noisy variants; the same seed makes the same variants."""

    def __init__(self, folding: Folding, small_talk: Sequence[str], seed: int) -> None:
        self._small_talk = small_talk
        self._random = random.Random(seed)  # noqa: S311  # noise for training, no secret
        self._folding = folding
        self._homophones = _group_by_sound(folding)
        self._traditional = _reverse_script(folding.script)

    @property
    def styles(self) -> Mapping[str, Callable[[str], str]]:
        """The ways to spoil a sentence, by the name of the style."""
        return {
            "typo": self.mistype,
            "traditional": self.write_traditional,
            "pinyin": self.spell,
            "voice": self.dictate,
            "keyword": self.cut_words,
            "story": self.write_letter,
        }

    def spoil(self, text: str) -> tuple[str, str]:
        """A noisy variant in a style chosen at random, with the style's name."""
        name = self._random.choice(sorted(self.styles))
        return name, self.styles[name](text)

    def mistype(self, text: str) -> str:
        """Exchange one character in eight, at least one, for another of the same sound."""
        chars = list(text)
        places = [at for at, char in enumerate(chars) if len(self._alike(char)) > 1]
        for at in self._random.sample(places, min(len(places), max(1, len(chars) // 8))):
            chars[at] = self._random.choice([char for char in self._alike(chars[at]) if char != chars[at]])
        return "".join(chars)

    def write_traditional(self, text: str) -> str:
        """Write in Traditional script."""
        return "".join(self._traditional.get(char, char) for char in text)

    def spell(self, text: str) -> str:
        """Write all of it, or a part, in pinyin, with or without blanks."""
        blank = self._random.choice(("", " "))
        if self._random.random() < 0.5 or len(text) < 5:
            return self._spell_run(text, blank)
        start = self._random.randrange(len(text) - 3)
        end = start + self._random.randint(2, 4)
        return text[:start] + self._spell_run(text[start:end], blank) + text[end:]

    def dictate(self, text: str) -> str:
        """Speak without punctuation and with fillers."""
        spoken = "".join(char for char in text if char not in _PUNCTUATION)
        return (
            self._random.choice(_FILLERS)
            + self._random.choice(_FILLERS)
            + spoken
            + self._random.choice(_ENDS)
        )

    def write_letter(self, text: str) -> str:
        """Tell one's life first, ask, and perhaps go on a little."""
        before = self._random.sample(self._small_talk, self._random.randint(2, 4))
        after = self._random.sample(self._small_talk, self._random.randint(0, 1))
        return "".join([*before, text, "。" if after and text[-1] not in _PUNCTUATION else "", *after])

    def cut_words(self, text: str) -> str:
        """Lose two characters somewhere."""
        if len(text) < 7:
            return text
        at = self._random.randrange(len(text) - 2)
        return text[:at] + text[at + 2 :]

    def _alike(self, char: str) -> Sequence[str]:
        readings = self._folding.readings.get(char)
        return self._homophones.get(readings[0], ()) if readings else ()

    def _spell_run(self, text: str, blank: str) -> str:
        return blank.join(self._folding.readings.get(char, (char,))[0] for char in text)


def _group_by_sound(folding: Folding) -> dict[str, list[str]]:
    """Simplified characters by usual syllable; GB 2312's first level, which input methods offer first."""
    groups: dict[str, list[str]] = {}
    for char, readings in folding.readings.items():
        if _is_everyday(char):
            groups.setdefault(readings[0], []).append(char)
    return groups


def _is_everyday(char: str) -> bool:
    try:
        lead = char.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= lead <= 0xD7


def _reverse_script(script: Mapping[str, str]) -> dict[str, str]:
    reverse: dict[str, str] = {}
    for variant, unified in script.items():
        reverse.setdefault(unified, variant)
    return reverse
