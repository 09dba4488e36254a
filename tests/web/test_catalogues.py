import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent.parent
LOCALES = ("en", "zh_Hant")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_HAN = re.compile(r"[一-鿿]")
# A curator is shown how a quotation looks, and a quotation keeps the words of its clause.
_GLOSS = re.compile(r"“[一-鿿]+” \([\w ]+\)")  # a hard word of a document, named as it is said
_QUOTES_CHINESE = {"每年1000元的缴费补助"}


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every sentence in the code and the templates, as they stand now."""
    written = tmp_path_factory.mktemp("catalogue") / "messages.pot"
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "--quiet",
        "extract",
        "--mapping-file",
        "pyproject.toml",
    ]
    keywords = ["--keywords", "lazy_gettext", "--keywords", "lazy_ngettext:1,2"]
    subprocess.run([*command, *keywords, "--output-file", str(written), "."], cwd=ROOT, check=True)
    with written.open("rb") as file:
        return read_po(file)


def catalogue(locale: str) -> Catalog:
    with (ROOT / "translations" / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


def forms(words: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def translated(catalogue: Catalog, message: Message) -> Message | None:
    return catalogue.get(message.id, message.context)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_there_in_every_language(sentences: Catalog, locale: str):
    found = catalogue(locale)

    gaps = [
        message.id
        for message in sentences
        if message.id and not ((other := translated(found, message)) and all(forms(other.string)))
    ]

    assert gaps == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_translation_keeps_the_places_for_names_and_numbers(locale: str):
    wrong = [
        form
        for message in catalogue(locale)
        if message.id
        for form in forms(message.string)
        if not places(form) <= places(" ".join(forms(message.id)))
    ]

    assert wrong == []


def places(words: str) -> set[str]:
    return set(_PLACEHOLDER.findall(words))


def test_english_is_english():
    chinese = [
        form
        for message in catalogue("en")
        if message.id
        for form in forms(message.string)
        if _HAN.search(_GLOSS.sub("", form)) and not any(quote in form for quote in _QUOTES_CHINESE)
    ]

    assert chinese == []


def test_traditional_holds_no_simplified_only_letter():
    from portal.content.script import to_traditional

    simplified = [
        form
        for message in catalogue("zh_Hant")
        if message.id
        for form in forms(message.string)
        if to_traditional(form) != form
    ]

    assert simplified == []
