"""The sheet, the script and the sign: how they reach a phone.

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

from flask import Blueprint, Flask, Response, current_app, request, url_for
from flask_babel import gettext
from markupsafe import Markup

from portal.web.access import Access, open_to

_COOKIE = "sheet"
_YEAR = 365 * 24 * 3600
_EXTENSION = "portal.sheet"

pages = Blueprint("sheet", __name__)


@dataclass(frozen=True)
class StaticFile:
    """A file of ours with a name that changes when it does, so that a browser may keep it for good."""

    text: str
    version: str
    mimetype: str

    @classmethod
    def read(cls, path: Path, mimetype: str) -> Self:
        """Read it, and name it by what is in it."""
        text = path.read_text(encoding="utf-8")
        return cls(text, hashlib.sha256(text.encode()).hexdigest()[:12], mimetype)

    @property
    def policy_hash(self) -> str:
        """What the content security policy calls it where it stands in a page."""
        return b64encode(hashlib.sha256(self.text.encode()).digest()).decode()

    def answer(self) -> Response:
        """The file as a browser may keep it."""
        response = Response(self.text, mimetype=self.mimetype)
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return response


@dataclass(frozen=True)
class _Files:
    sheet: StaticFile
    script: StaticFile
    sign: Markup


def is_kept_here() -> bool:
    """Whether this browser has fetched the sheet before, so that a page need not hold it."""
    return request.cookies.get(_COOKIE) == _files().sheet.version


@pages.get("/sheet/<version>.css")
@open_to(Access.PUBLIC)
def show_sheet(version: str) -> Response:
    """The sheet; whoever fetches it is marked as having it. An old name leads to what is there now."""
    sheet = _files().sheet
    response = sheet.answer()
    if version != sheet.version:
        response.headers["Cache-Control"] = "no-store"
        return response
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(_COOKIE, version, max_age=_YEAR, samesite="Lax", httponly=True, secure=secure)
    return response


@pages.get("/script/<version>.js")
@open_to(Access.PUBLIC)
def show_script(version: str) -> Response:
    """The script, that every page can do without."""
    script = _files().script
    response = script.answer()
    if version != script.version:
        response.headers["Cache-Control"] = "no-store"
    return response


def head() -> Markup:
    """What a page's head says of how it looks and what it can do."""
    files = _files()
    sheet_url = url_for("sheet.show_sheet", version=files.sheet.version)
    sign = Markup('<link rel="icon" href="{}">').format(files.sign)
    if not is_kept_here():
        # Sheets for paper are fetched last and hold nothing up, on every browser and without scripts.
        later = Markup('<link rel="stylesheet" media="print" href="{}">').format(sheet_url)
        here = Markup("<style>{}</style>").format(Markup(files.sheet.text))  # noqa: S704  our own file
        return here + later + sign
    return (
        Markup('<link rel="stylesheet" href="{}">').format(sheet_url)
        + sign
        + Markup('<script src="{}" defer data-read="{}" data-stop="{}"></script>').format(
            url_for("sheet.show_script", version=files.script.version), gettext("念给我听"), gettext("不念了")
        )
    )


def _files() -> _Files:
    files: _Files = current_app.extensions[_EXTENSION]
    return files


def install(app: Flask) -> str:
    """Read the files once, and let templates ask for the head of a page.

    Returns:
        How the content security policy names the sheet that stands in a page.
    """
    folder = Path(str(app.static_folder))
    sheet = StaticFile.read(folder / "style.css", "text/css")
    script = StaticFile.read(folder / "page.js", "text/javascript")
    sign = (folder / "mark.svg").read_text(encoding="utf-8").strip().replace('"', "'")
    address = Markup("data:image/svg+xml," + quote(sign, safe=" '=/:."))  # noqa: S704  our own file
    app.extensions[_EXTENSION] = _Files(sheet, script, address)
    app.jinja_env.globals["head"] = head
    app.register_blueprint(pages)
    return sheet.policy_hash
