"""The sheets, the script and the sign: how they reach a phone.

A linked sheet costs a phone on a slow net two seconds before it shows anything, and a sheet in every
page costs 4 KB a page. So the first page holds the sheet and fetches the file behind the reader's back;
the file's own answer leaves a mark in the browser, and pages after that link to what the phone has kept.
Pages themselves leave no mark, and there are two of each: with the sheet, and with links.
"""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for
from flask_babel import gettext
from markupsafe import Markup

from portal.web.access import Access, open_to

_SHEET, _DESK_SHEET, _SCRIPT, _ASK_SCRIPT = "style.css", "desk.css", "page.js", "ask.js"
_TYPES = {".css": "text/css", ".js": "text/javascript"}

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
    def read(cls, path: Path) -> Self:
        """Read it, and name it by what is in it."""
        text = path.read_text(encoding="utf-8")
        return cls(path.name, text, hashlib.sha256(text.encode()).hexdigest()[:12])

    @property
    def address(self) -> str:
        """Where it is fetched."""
        return url_for("sheet.show", version=self.version, name=self.name)

    @property
    def policy_hash(self) -> str:
        """What the content security policy calls it where it stands in a page."""
        return b64encode(hashlib.sha256(self.text.encode()).digest()).decode()


@dataclass(frozen=True)
class _Files:
    by_name: dict[str, KeptFile]
    sign: Markup

    @property
    def sheet(self) -> KeptFile:
        return self.by_name[_SHEET]


def is_kept_here() -> bool:
    """Whether this browser has fetched the sheet before, so that a page need not hold it."""
    return request.cookies.get(_COOKIE) == _files().sheet.version


@pages.get("/kept/<version>/<name>")
@open_to(Access.PUBLIC)
def show(version: str, name: str) -> Response:
    """One of the files; whoever fetches the sheet is marked as having it.

    An old version leads to what is there now, since a page may be older than the server it asks.
    """
    file = _files().by_name.get(name) or abort(404)
    response = Response(file.text, mimetype=_TYPES[Path(name).suffix])
    if version != file.version:
        response.headers["Cache-Control"] = "no-store"
        return response
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    if name == _SHEET:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(_COOKIE, version, max_age=_YEAR, samesite="Lax", httponly=True, secure=secure)
    return response


def looks() -> Markup:
    """What the head of a page says of its looks, and the script that it can do without."""
    files = _files()
    if is_kept_here():
        return _link(files.sheet) + files.sign + _script(files)
    here = Markup("<style>{}</style>").format(Markup(files.sheet.text))  # noqa: S704  our own file
    # A sheet for paper is fetched last and holds nothing up, on every browser and without scripts.
    return here + _link(files.sheet, media="print") + files.sign


def desk_looks() -> Markup:
    """The same for a page at the desk, where the net is quick and both sheets are links."""
    files = _files()
    return _link(files.sheet) + _link(files.by_name[_DESK_SHEET]) + files.sign + _script(files)


def asks_in_place() -> Markup:
    """What a page with the box to ask in says besides, so that the next answer comes without a new page."""
    files = _files()
    if not is_kept_here():
        return Markup()
    return Markup('<script src="{}" defer></script>').format(files.by_name[_ASK_SCRIPT].address)


def _link(file: KeptFile, media: str = "all") -> Markup:
    return Markup('<link rel="stylesheet" media="{}" href="{}">').format(media, file.address)


def _script(files: _Files) -> Markup:
    return Markup('<script src="{}" defer data-read="{}" data-stop="{}"></script>').format(
        files.by_name[_SCRIPT].address, gettext("念给我听"), gettext("不念了")
    )


def _files() -> _Files:
    files: _Files = current_app.extensions[_EXTENSION]
    return files


def install(app: Flask) -> str:
    """Read the files once, and let templates ask for them.

    Returns:
        How the content security policy names the sheet that stands in a page.
    """
    folder = Path(str(app.static_folder))
    files = {name: KeptFile.read(folder / name) for name in (_SHEET, _DESK_SHEET, _SCRIPT, _ASK_SCRIPT)}
    sign = quote((folder / "mark.svg").read_text(encoding="utf-8").strip().replace('"', "'"), safe=" '=/:.")
    icon = Markup(f'<link rel="icon" href="data:image/svg+xml,{sign}">')  # noqa: S704  our own file
    app.extensions[_EXTENSION] = _Files(files, icon)
    app.jinja_env.globals.update(looks=looks, desk_looks=desk_looks, asks_in_place=asks_in_place)
    app.register_blueprint(pages)
    return files[_SHEET].policy_hash
