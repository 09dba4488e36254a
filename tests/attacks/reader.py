"""Reads pages as a program does that looks for ways in: links to follow, and forms with their fields."""

from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

MOST_OF_A_KIND = 3
"""So many pages of one rule are opened by each visitor: a list of a hundred people is one page."""

_BEGINNINGS = {
    "nobody": ("/", "/verify", "/desk/sign-in", "/questions/", "/at/jinning/tip-off/", "/demo/outbox"),
    "signed in": (
        "/record/",
        "/claims/",
        "/drafts/1/drop",
        "/claimant/",
        "/questions/",
        "/desk/claims/",
        "/desk/curators/",
        "/desk/questions/",
    ),
}
_ENDS_THE_SESSION = ("/identity/out", "/desk/sign-out")


@dataclass(frozen=True)
class Form:
    """A form on a page: where it goes, what stands in it, and who saw it."""

    who: str
    page: str
    action: str
    method: str
    is_multipart: bool
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """As it was kept."""
        fields = tuple((name, value) for name, value in kept["fields"])
        return cls(**{**kept, "fields": fields, "files": tuple(kept["files"])})


@dataclass
class Walked:
    """What a visitor found."""

    forms: list[Form] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)


class PageReader(HTMLParser):
    """Links and forms of one page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self._select: str | None = None
        self._textarea: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        its = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in its:
            self.links.append(its["href"])
        elif tag in ("img", "script", "link") and (its.get("src") or its.get("href", "")).startswith("/"):
            self.links.append(its.get("src") or its["href"])
        elif tag == "form":
            self.forms.append({"fields": [], "files": [], **its})
        elif self.forms and tag in ("input", "button", "select", "option", "textarea"):
            self._read_field(tag, its)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea is not None:
            name = self._textarea.pop(0)
            self.forms[-1]["fields"].append((name, "".join(self._textarea)))
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea.append(data)

    def _read_field(self, tag: str, its: dict[str, str]) -> None:
        form = self.forms[-1]
        if tag == "select":
            self._select = its.get("name")
        elif tag == "textarea":
            self._textarea = [its.get("name", "")]
        elif tag == "option":
            if self._select:
                form["fields"].append((self._select, its.get("value", "")))
        elif its.get("type") == "file":
            form["files"].append(its.get("name", ""))
        elif its.get("name"):
            form["fields"].append((its["name"], its.get("value", "")))


def walk(app: Flask, browser: FlaskClient, who: str, *, is_signed_in: bool) -> Walked:
    """Open every kind of page that this visitor's links lead to."""
    walked, seen = Walked(), set[str]()
    opened: Counter[str] = Counter()
    waiting = deque(_BEGINNINGS["signed in" if is_signed_in else "nobody"])
    routes = app.url_map.bind("127.0.0.1")
    while waiting:
        address = waiting.popleft()
        path = urlsplit(address).path
        rule = _rule_of(routes, path)
        if rule is None or path in seen or opened[rule] >= MOST_OF_A_KIND or path in _ENDS_THE_SESSION:
            continue
        if is_signed_in and is_for_everyone(app, rule):
            continue
        seen.add(path)
        opened[rule] += 1
        response = browser.get(address)
        if response.location is not None:
            opened[rule] -= 1
            waiting.append(response.location)
            continue
        if response.status_code != 200:
            continue
        walked.pages.append(address)
        if response.mimetype == "text/html":
            page = PageReader(response.get_data(as_text=True))
            waiting.extend(link for link in page.links if link.startswith("/"))
            walked.forms += read_forms(who, address, page)
    return walked


def read_forms(who: str, address: str, page: PageReader) -> list[Form]:
    """The forms of a page."""
    return [
        Form(
            who=who,
            page=address,
            action=raw.get("action") or address,
            method=raw.get("method", "get").upper(),
            is_multipart=raw.get("enctype") == "multipart/form-data",
            fields=tuple((name, value) for name, value in raw["fields"]),
            files=tuple(raw["files"]),
        )
        for raw in page.forms
    ]


def is_for_everyone(app: Flask, rule: str) -> bool:
    """Whether a rule leads to a page that is the same for everyone, and read once for all."""
    from portal.web.access import Access, audience_of

    audiences = [audience_of(app, each) for each in app.url_map.iter_rules() if each.rule == rule]
    return all(audience is not None and audience[0] is Access.PUBLIC for audience in audiences)


def _rule_of(routes: Any, path: str) -> str | None:
    try:
        rule, _ = routes.match(path, return_rule=True)
    except HTTPException:
        return None
    return str(rule.rule)
