"""The marks between words that a page puts side by side."""

from collections.abc import Iterable

from portal.web.i18n import choose_locale

_IN_ENGLISH = {"，": ", ", "、": ", ", "；": "; ", "：": ": ", "。": ". ", "　": " "}


def mark(chinese: str) -> str:
    """A mark of Chinese as the reader's language writes it."""
    return _IN_ENGLISH[chinese] if choose_locale() == "en" else chinese


def listed(words: Iterable[object]) -> str:
    """Words one after the other: 2021、2023."""
    return mark("、").join(str(word) for word in words)
