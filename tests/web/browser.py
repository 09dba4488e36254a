"""A reader of pages that holds every page it opens against the rules of the house."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.citizen_id import CitizenId, CitizenIdUnsound
from portal.services import sessions
from portal.services.work import Actor, House, begin_work
from portal.web.work import EXTENSION

_WHOLE_NUMBER = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dX](?!\d)")
_AMOUNT = re.compile(r"\d\.\d\d\s*(?:元|yuan)")
_NAMED_BY_ITSELF = ("hidden", "submit")


@dataclass
class Page:
    """An answer, as a person would find it."""

    response: TestResponse
    soup: BeautifulSoup

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    def select_one(self, selector: str) -> str:
        """The text of the first thing that fits; fails where there is none."""
        found = self.soup.select_one(selector)
        assert found is not None, f"{selector!r} is not on the page:\n{self.soup.get_text(' ', strip=True)}"
        return found.get_text("", strip=True)

    def select(self, selector: str) -> list[str]:
        """The texts of all that fit."""
        return [found.get_text("", strip=True) for found in self.soup.select(selector)]

    @property
    def text(self) -> str:
        """All words of the page without white space, since phrases stand in spans."""
        return re.sub(r"\s+", "", self.soup.get_text())

    def hidden(self, name: str) -> str:
        """What a hidden field holds."""
        found = self.soup.select_one(f'input[type=hidden][name="{name}"]')
        assert found is not None, f"no hidden field {name!r}"
        return str(found["value"])


class Browser:
    """One browser with its cookies."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.house: House = app.extensions[EXTENSION][0]

    def get(self, path: str, status: int = 200, follow: bool = False, **headers: str) -> Page:
        """Open a page."""
        return self._read(self.client.get(path, headers=headers, follow_redirects=follow), status, path)

    def post(
        self,
        path: str,
        status: int | tuple[int, ...] = 302,
        follow: bool = False,
        headers: Mapping[str, str] | None = None,
        **fields: object,
    ) -> Page:
        """Send a form, with the session's token where there is a session."""
        csrf = self._token()
        data = {**({"csrf_token": csrf} if csrf else {}), **fields}
        answer = self.client.post(path, data=data, headers=headers, follow_redirects=follow)
        return self._read(answer, status, path)

    def sign_in(self, actor: Actor) -> "Browser":
        """Be somebody from now on, without walking through the ID check or the desk's door."""
        clock = self.app.extensions[EXTENSION][1]
        with begin_work(self.house, actor, clock) as work:
            if actor.staff_account_id is not None:
                token = sessions.open_staff_session(work, actor.staff_account_id)
            elif actor.person_id is not None:
                token = sessions.open_citizen_session(work, actor.person_id)
            else:
                assert actor.claim_id is not None
                token = sessions.open_claimant_session(work, actor.claim_id)
        self.client.set_cookie("session", token)
        return self

    def _token(self) -> str | None:
        cookie = self.client.get_cookie("session")
        if cookie is None:
            return None
        with self.app.test_request_context(headers={"Cookie": f"session={cookie.value}"}):
            from flask_wtf.csrf import generate_csrf

            from portal.web.sessions import resume_session

            resume_session()
            return str(generate_csrf())

    def _read(self, response: TestResponse, status: int | tuple[int, ...], path: str) -> Page:
        wanted = (status,) if isinstance(status, int) else status
        page = Page(
            response,
            BeautifulSoup(response.get_data(as_text=True), "html.parser")
            if response.mimetype == "text/html"
            else BeautifulSoup("", "html.parser"),
        )
        assert response.status_code in wanted, (
            f"{path} answered {response.status_code}: {page.soup.get_text(' ', strip=True)[:500]}"
        )
        if response.mimetype == "text/html" and response.status_code not in (301, 302, 303):
            check_house_rules(page.soup, path)
        return page


def check_house_rules(soup: BeautifulSoup, path: str) -> None:
    """Title, one main heading, language, labelled fields, unique ids, explained amounts, no whole number."""
    html = soup.find("html")
    assert html is not None, f"{path}: no page"
    assert html["lang"] in ("zh-Hans", "zh-Hant", "en"), f"{path}: no language"
    assert soup.title is not None, f"{path}: no title"
    assert soup.title.get_text().strip(" -"), f"{path}: an empty title"
    assert len(soup.select("h1")) == 1, f"{path}: {len(soup.select('h1'))} main headings"
    assert len(soup.select("main")) == 1, f"{path}: not one main"
    ids = [tag["id"] for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids)), f"{path}: ids twice: {sorted(i for i in ids if ids.count(i) > 1)}"
    for field in soup.select("input, select, textarea"):
        if field.get("type") in _NAMED_BY_ITSELF:
            continue
        labelled = field.get("aria-label") or (
            field.get("id") and soup.select_one(f'label[for="{field["id"]}"]')
        )
        assert labelled, f"{path}: a field without a label: {field}"
    for link in soup.select("a"):
        assert link.get("href", "").strip("#") or link.get("href", "").startswith("#c"), (
            f"{path}: dead link {link}"
        )  # type: ignore[union-attr]
    for figure in soup.select("p.fig"):
        how = figure.find_next(["h2", "details"])
        assert not _AMOUNT.search(figure.get_text()) or (how is not None and how.name == "details"), (
            f"{path}: an amount that does not say how it was worked out: {figure.get_text()}"
        )
    assert not soup.select("[style]"), f"{path}: a style attribute the policy would refuse"
    assert not any(map(_is_sound, _WHOLE_NUMBER.findall(str(soup)))), f"{path}: a whole citizen number"


def _is_sound(digits: str) -> bool:
    """Whether these digits are somebody's number; one with a slip in it is nobody's."""
    try:
        CitizenId.parse(digits)
    except CitizenIdUnsound:
        return False
    return True
