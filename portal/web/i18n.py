"""The reader's language: chosen by the browser, changed by a link, kept by a cookie."""

from functools import cache, lru_cache

from babel.support import NullTranslations, Translations
from flask import Blueprint, Flask, current_app, g, has_request_context, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, Domain, get_locale
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from portal.services.policy_texts import in_script
from portal.web import way_back
from portal.web.access import Access, open_to
from portal.web.address import path_here

LOCALES = {"zh_Hans": "简体", "zh_Hant": "繁體", "en": "English"}
DEFAULT = "zh_Hans"
COOKIE = "lang"

# Browsers name regions, catalogues name scripts, and Babel does not lead from one to the other.
_BY_TAG = {
    "zh": "zh_Hans",
    "zh-cn": "zh_Hans",
    "zh-sg": "zh_Hans",
    "zh-my": "zh_Hans",
    "zh-hans": "zh_Hans",
    "zh-tw": "zh_Hant",
    "zh-hk": "zh_Hant",
    "zh-mo": "zh_Hant",
    "zh-hant": "zh_Hant",
    "en": "en",
}

_YEAR = 365 * 24 * 3600

pages = Blueprint("i18n", __name__)


def choose_locale() -> str:
    """The locale of this request: the reader's own choice, then the browser's, then Simplified Chinese.

    Outside a request, as for texts on a phone, it is Simplified Chinese.
    """
    if not has_request_context():
        return DEFAULT
    chosen = g.get("locale")
    if chosen is None:
        kept = request.cookies.get(COOKIE)
        chosen = g.locale = kept if kept in LOCALES else _from_browser(request.headers.get("Accept-Language"))
    return str(chosen)


@lru_cache(maxsize=256)
def _from_browser(accepted: str | None) -> str:
    for tag, _quality in parse_accept_header(accepted, LanguageAccept):
        parts = tag.lower().replace("_", "-").split("-")
        for length in range(min(len(parts), 2), 0, -1):
            found = _BY_TAG.get("-".join(parts[:length]))
            if found is not None:
                return found
    return DEFAULT


class Catalogues(Domain):
    """The catalogues of a folder, each read once, chosen for every sentence by the locale of the request.

    Flask-Babel asks four questions more before each sentence, which made a third of a page's time.
    """

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._load = cache(lambda locale: Translations.load(folder, [locale]))

    def get_translations(self) -> NullTranslations:
        """The catalogue of this request; an empty one where the source is spoken."""
        return self._load(choose_locale())


def reader_text(text: str) -> str:
    """A text of the knowledge base in the reader's script."""
    return in_script(text, "Hant" if choose_locale() == "zh_Hant" else "Hans")


def language_tag() -> str:
    """The locale as HTML names it."""
    return choose_locale().replace("_", "-")


@pages.get("/language/<locale>")
@open_to(Access.PUBLIC)
def choose(locale: str) -> ResponseReturnValue:
    """Keep the reader's choice and go back to the page they came from."""
    response = redirect(way_back.read(path_here(request.referrer)) or url_for("home.show"))
    if locale in LOCALES:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(COOKIE, locale, max_age=_YEAR, samesite="Lax", httponly=True, secure=secure)
    return response


def install(app: Flask) -> None:
    """Let pages speak the reader's language."""
    babel = Babel(app, default_locale=DEFAULT, locale_selector=choose_locale)
    babel.domain_instance = catalogues = Catalogues(app.config["BABEL_TRANSLATION_DIRECTORIES"])
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        lambda message: catalogues.get_translations().ugettext(message),
        lambda one, many, number: catalogues.get_translations().ungettext(one, many, number),
        newstyle=True,
        pgettext=lambda context, message: catalogues.get_translations().upgettext(context, message),
    )
    app.register_blueprint(pages)
    app.jinja_env.globals.update(
        locales=LOCALES, current_locale=choose_locale, language_tag=language_tag, babel_locale=get_locale
    )
    app.jinja_env.filters["reader"] = reader_text
