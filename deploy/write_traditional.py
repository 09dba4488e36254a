"""Fills the Traditional catalogue from the Simplified sentences: words by table, characters by OpenCC.

The standard is OpenCC's Hong Kong one, which the printed Guangdong text follows. A sentence that
needs more than that is translated by hand in the catalogue; such a one is marked ``#. by hand`` and
left alone here.
"""

import tomllib
from pathlib import Path

from babel.messages.pofile import read_po, write_po

from portal.content.script import to_traditional

_FOLDER = Path(__file__).parent.parent / "translations" / "zh_Hant"
_CATALOGUE = _FOLDER / "LC_MESSAGES" / "messages.po"
_BY_HAND = "by hand"


def write_traditional() -> None:
    """Give every sentence of the catalogue its Traditional form."""
    words = tomllib.loads((_FOLDER / "words.toml").read_text(encoding="utf-8"))
    with _CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh_Hant")
    for message in catalogue:
        if message.id and _BY_HAND not in message.user_comments:
            sentences = message.id if isinstance(message.id, tuple) else (message.id,)
            written = tuple(_write(sentence, words) for sentence in sentences)
            # Chinese has one plural form; the sentence for many is the one that names the number.
            message.string = (written[-1],) if isinstance(message.id, tuple) else written[0]
    with _CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=110, sort_output=True, ignore_obsolete=True)


def _write(sentence: str, words: dict[str, str]) -> str:
    for simplified, traditional in words.items():
        sentence = sentence.replace(simplified, traditional)
    return to_traditional(sentence)


if __name__ == "__main__":
    write_traditional()
