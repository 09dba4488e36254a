"""The sheets and the script: how they reach a phone.

A linked sheet costs a phone on a slow net two seconds before it shows anything, and a sheet in every
page costs 4 KB a page. So the first page holds the sheet and fetches the file behind the reader's back;
the file's own answer leaves a mark in the browser, and pages after that link to what the phone has kept.
Pages themselves leave no mark, and there are two of each: with the sheet, and with links.
"""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for
from flask_babel import gettext
from markupsafe import Markup

from portal.web.access import Access, open_to
from portal.web.i18n import choose_locale

_SHEET, _DESK_SHEET, _SCRIPT, _ASK_SCRIPT = "style.css", "desk.css", "page.js", "ask.js"
_TYPES = {".css": "text/css", ".js": "text/javascript"}

# What only people need: remarks, indents and ends of lines; every statement ends with a sign of its own.
_FOR_PEOPLE = re.compile(r"/\*.*?\*/\s*|^ +|\n", re.DOTALL | re.MULTILINE)

# What a page is made of, and what a rule asks for; conditions such as :focus and [open] are always granted.
_TAG = re.compile(r"<([a-z][a-z0-9]*)")
_CLASS = re.compile(r'class="([^"]*)"')
_RULE = re.compile(r"(?P<selectors>[^{}@]+)\{[^{}]*\}")
_NAMED = re.compile(r"[a-z][a-z0-9-]*")
_CONDITION = re.compile(r":{1,2}[a-z-]+(?:\([^)]*\))?|\[[^]]*\]")

_COOKIE = "sheet"
_YEAR = 365 * 24 * 3600
_EXTENSION = "portal.sheet"

pages = Blueprint("sheet", __name__)


@dataclass(frozen=True)
class KeptFile:
    """A file of ours under a name that changes when it does, so that a browser may keep it for good."""

    name: str
    text: str
    version: str

    @classmethod
    def read(cls, *paths: Path) -> Self:
        """Read it, of one part or more, without what is said to people only; name it by what is in it."""
        text = "".join(_FOR_PEOPLE.sub("", path.read_text(encoding="utf-8")) for path in paths)
        return cls(paths[-1].name, text, hashlib.sha256(text.encode()).hexdigest()[:12])

    @property
    def address(self) -> str:
        """Where it is fetched."""
        return url_for("sheet.show", version=self.version, name=self.name)

    @cached_property
    def policy_source(self) -> str:
        """What the content security policy must allow where a page holds it."""
        return _policy_source(self.text)


def is_kept_here() -> bool:
    """Whether this browser has fetched the sheet before, so that a page need not hold it."""
    return request.cookies.get(_COOKIE) == _files()[_SHEET].version


def policy_source() -> str:
    """What the content security policy must allow besides files of ours: the sheet, where a page holds it."""
    return "" if is_kept_here() else _files()[_SHEET].policy_source


def trim(page: str) -> tuple[str, str]:
    """A page that holds the sheet with only the rules that it uses, and what its policy must allow.

    Rules for wide screens and for paper are left to the file, which is fetched for these.
    """
    whole = _files()[_SHEET].text
    if whole not in page:
        return page, ""
    used = set(_TAG.findall(page)) | {name for names in _CLASS.findall(page) for name in names.split()}
    needed = _RULE.sub(lambda rule: _keep_used(rule, used), whole.split("@media")[0])
    return page.replace(whole, needed, 1), _policy_source(needed)


def _keep_used(rule: re.Match[str], used: set[str]) -> str:
    named = (set(_NAMED.findall(_CONDITION.sub("", each))) for each in rule["selectors"].split(","))
    return rule[0] if any(names <= used for names in named) else ""


def _policy_source(text: str) -> str:
    return f" 'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pages.get("/kept/<version>/<name>")
@open_to(Access.PUBLIC)
def show(version: str, name: str) -> Response:
    """One of the files; whoever fetches the sheet is marked as having it.

    An old version leads to what is there now, since a page may be older than the server it asks.
    """
    file = _files().get(name) or abort(404)
    response = Response(file.text, mimetype=_TYPES[Path(name).suffix])
    if version != file.version:
        response.headers["Cache-Control"] = "no-store"
        return response
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    if name == _SHEET:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(_COOKIE, version, max_age=_YEAR, samesite="Lax", httponly=True, secure=secure)
    return response


def looks(asks: bool = False) -> Markup:
    """What the head of a page says of its looks, and the script that it can do without.

    ``asks``: the page has the box to ask in, and the next answer may come without a new page.
    """
    return _render_looks(choose_locale(), asks, is_kept_here())


@lru_cache
def _render_looks(_locale: str, asks: bool, is_kept: bool) -> Markup:
    """Rendered once for everybody who reads a language."""
    sheet = _files()[_SHEET]
    if is_kept:
        return _link(sheet) + _script(_ASK_SCRIPT if asks else _SCRIPT)
    here = Markup("<style>{}</style>").format(Markup(sheet.text))  # noqa: S704  our own file  # nosec B704
    # A sheet for other than a phone's screen is fetched last and holds nothing up there, without scripts.
    return here + _link(sheet, media="print,(min-width:42em)")


def desk_looks() -> Markup:
    """The same for a page at the desk, where the net is quick and both sheets are links."""
    return _link(_files()[_SHEET]) + _link(_files()[_DESK_SHEET]) + _script(_SCRIPT)


def _link(file: KeptFile, media: str | None = None) -> Markup:
    only = Markup(' media="{}"').format(media) if media else ""
    return Markup('<link rel="stylesheet"{} href="{}">').format(only, file.address)


def _script(name: str) -> Markup:
    return Markup('<script src="{}" defer data-read="{}" data-stop="{}"></script>').format(
        _files()[name].address, gettext("念给我听"), gettext("不念了")
    )


def _files() -> dict[str, KeptFile]:
    files: dict[str, KeptFile] = current_app.extensions[_EXTENSION]
    return files


def install(app: Flask) -> None:
    """Read the files once, and let templates ask for them."""
    folder = Path(str(app.static_folder))
    parts = ((_SHEET,), (_DESK_SHEET,), (_SCRIPT,), (_SCRIPT, _ASK_SCRIPT))
    files = (KeptFile.read(*(folder / name for name in names)) for names in parts)
    app.extensions[_EXTENSION] = {file.name: file for file in files}
    app.jinja_env.globals.update(looks=looks, desk_looks=desk_looks)
    app.register_blueprint(pages)
