"""Words of the documents that nobody says at home, each with what it means."""

from collections.abc import Callable, Mapping

from flask_babel import gettext
from markupsafe import Markup

from portal.web.i18n import reader_text

_MEANINGS: Mapping[str, Callable[[], str]] = {
    "经办": lambda: gettext("“经办”就是具体办这件事。"),
    "拨付": lambda: gettext("“拨付”就是把钱打出去。"),
    "划拨": lambda: gettext("“划拨”就是把钱转过去。"),
    "衔接": lambda: gettext("“衔接”就是把两种养老接起来。"),
    "并轨": lambda: gettext("“并轨”就是把老办法的养老并到新的里面。"),
    "计发": lambda: gettext("“计发”就是算好了发给您。"),
    "财政专户": lambda: gettext("“财政专户”是财政局专门放这笔钱的户头，别处不能用。"),
}


def meanings(text: str) -> list[str]:
    """What the hard words of a text mean, in the reader's language; none where it has none.

    ``text`` may be in either script.
    """
    return [meaning() for word, meaning in _MEANINGS.items() if word in text or reader_text(word) in text]


def meanings_not_given(page: Markup) -> list[str]:
    """What hard words of a page mean, as far as the page itself does not say it."""
    words = page.striptags()
    return [meaning for meaning in meanings(words) if meaning not in words]
