"""Every rule of the URL map, by every method, for every kind of visitor: who gets in, and with what form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import flask
import pytest
from flask import Flask
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import MethodNotAllowed

from portal.web import access, sessions
from portal.web.access import Access
from tests.attacks.county import County, Person, open_county
from tests.attacks.routes import (
    SAFE_METHODS,
    Door,
    iterate_visitors,
    list_doors,
    may_open,
    pick_one_of_each,
)
from tests.attacks.wire import URLENCODED, Answer, Request, encode_form, send
from tests.chaos.scale import Scale

pytestmark = pytest.mark.chaos

VILLAGER = "jinning 李桂芳"
ELSEWHERE = "203.0.113.9"
OTHER_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY")
DOORSTEPS = ("/", "/identity/", "/desk/sign-in")
"""Where somebody is sent who may not come in."""


@dataclass(frozen=True)
class Tried:
    """How many tries there were, and those that came to what must not be."""

    count: int
    wrong: Sequence[str]


def try_doors(county: County, doors: Sequence[Door]) -> Tried:
    """Everybody tries every door that is not theirs, with a sound token of their own."""
    count, wrong = 0, []
    tokens = {person.name: form_token(county.app, person) for person in iterate_visitors(county)}
    for door in doors:
        for visitor in iterate_visitors(county):
            if may_open(county, door, visitor) is not False:
                continue
            for method in (door.method, *_methods_of_no_page(county, door)):
                count += 1
                wrong += _try(county, door, visitor, method, tokens[visitor.name])
    return Tried(count, wrong)


def _methods_of_no_page(county: County, door: Door) -> Iterator[str]:
    """Those that no rule takes at this address; where another rule takes one, that is another door."""
    routes = county.app.url_map.bind("127.0.0.1")
    for method in OTHER_METHODS:
        try:
            routes.match(door.path, method=method)
        except MethodNotAllowed:
            yield method


def _try(county: County, door: Door, visitor: Person, method: str, token: str) -> Iterator[str]:
    body = encode_form([("csrf_token", token), *door.fields]) if method not in SAFE_METHODS else b""
    request = Request(method, door.path, body=body, content_type=URLENCODED if body else "")
    before = fingerprint(county)
    answer = send(county.app, request, token=visitor.token, address=ELSEWHERE)
    what = f"{visitor.name}: {method} {door.path} -> {answer.status}"
    if 200 <= answer.status < 300 and method != "OPTIONS":
        yield what
    if answer.status >= 500:
        yield what
    led_to = answer.header("Location")
    if 300 <= answer.status < 400 and urlsplit(led_to or "").path not in DOORSTEPS:
        yield f"{what} to {led_to}"
    if fingerprint(county) != before:
        yield f"{what}, and something was written"
        county.begin_anew()


def fingerprint(county: County) -> object:
    """What changes when anything is written to the database."""
    return [
        (file.name, status.st_size, status.st_mtime_ns)
        for file in (county.folder / "portal.sqlite", county.folder / "portal.sqlite-wal")
        if file.exists() and (status := file.stat()).st_size
    ]


def form_token(app: Flask, person: Person) -> str:
    """The token that stands in the forms of somebody's pages."""
    if person.token is None:
        return ""
    with app.test_request_context(headers={"Cookie": f"session={person.token}"}):
        sessions.resume_session()
        return str(generate_csrf())


def test_nobody_opens_a_door_that_is_not_theirs(county: County, scale: Scale):
    doors = list_doors(county)

    tried = try_doors(county, scale.pick(pick_one_of_each(doors, county), doors))

    assert tried.wrong == []
    assert tried.count >= scale.pick(5_000, 20_000)


def test_a_guard_that_lets_everybody_through_is_found_out(county: County, monkeypatch: pytest.MonkeyPatch):
    doors = [
        door
        for door in list_doors(county)
        if door.endpoint in ("notices.show_list", "desk_staff.list_accounts")
    ]
    monkeypatch.setattr(access, "_refuse", lambda *_: None)

    assert try_doors(county, doors).wrong


def test_every_door_opens_for_whom_a_page_showed_it(county: County):
    """Without this a portal that refuses everybody would pass."""
    closed = []
    for door in pick_one_of_each(list_doors(county), county):
        if door.method == "GET" and door.keepers:
            keeper = county.people[sorted(door.keepers)[0]]
            answer = send(county.app, Request("GET", door.path), token=keeper.token)
            if answer.status != 200:
                closed.append(f"{keeper.name}: {door.path} -> {answer.status}")

    assert closed == []


# Forms that another site makes a browser send.


def forge(county: County, doors: Sequence[Door]) -> Tried:
    """Send every form as another site would, in the name of somebody who may send it."""
    count, wrong = 0, []
    for door in doors:
        who = county.people[next(iter(sorted(door.keepers)), _anyone_for(county, door))]
        stranger = _somebody_else(county, who)
        for request in _forgeries(county, door, stranger):
            count += 1
            before = fingerprint(county)
            answer = send(county.app, request, token=who.token)
            refused = answer.status in (400, 403) or _is_for_nobody(door, answer, county, who)
            if not refused or fingerprint(county) != before:
                wrong.append(f"{who.name}: {request} -> {answer.status}")
                county.begin_anew()
    return Tried(count, wrong)


def _somebody_else(county: County, who: Person) -> Person:
    """Another person of the same kind where there is one, else a villager."""
    alike = [each for each in county.people.values() if each.kind == who.kind and each != who]
    return alike[0] if alike else county.people[VILLAGER]


def _is_for_nobody(door: Door, answer: Answer, county: County, who: Person) -> bool:
    """The claimant's forms may be gone with the state of the claim; a page that is not there does nothing."""
    return who.kind == "claimant" and answer.status == 404


def _forgeries(county: County, door: Door, stranger: Person) -> Iterator[Request]:
    elsewhere = ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"})
    if door.access in (Access.PUBLIC, Access.ANYONE):
        for headers in (*elsewhere, {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"}):
            yield Request(door.method, door.path, headers, encode_form(door.fields), URLENCODED)
        return
    tokens = ("", "x", "." * 40, form_token(county.app, stranger) or "y")
    for token in tokens:
        body = encode_form([*door.fields, *([("csrf_token", token)] if token else [])])
        yield Request(door.method, door.path, {}, body, URLENCODED)
    yield Request(door.method, door.path, {"X-CSRFToken": tokens[-1]}, b"{}", "text/plain")


def _anyone_for(county: County, door: Door) -> str:
    return next(
        person.name for person in county.people.values() if may_open(county, door, person) is not False
    )


def list_unsafe(county: County) -> list[Door]:
    """One door for each rule that changes something."""
    doors = pick_one_of_each(list_doors(county), county)
    return [door for door in doors if door.method not in SAFE_METHODS and door.access is not Access.PROGRAM]


def test_no_form_is_taken_that_did_not_stand_on_a_page_of_ours(county: County):
    doors = list_unsafe(county)

    tried = forge(county, doors)

    assert tried.wrong == []
    rules = {rule.rule for rule in county.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert rules - {door.rule for door in doors} == {"/api/assistant"}


def test_a_guard_that_does_not_look_at_forms_is_found_out(county: County, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(access, "_check_form", lambda _: None)

    assert forge(county, list_unsafe(county)).wrong


# What every answer carries.


def list_bare_answers(county: County, requests: Sequence[tuple[str, Request]]) -> Tried:
    """What is wrong with the headers of answers."""
    wrong = []
    for who, request in requests:
        answer = send(county.app, request, token=county.people[who].token)
        wrong += [
            f"{who}: {request.method} {request.path} -> {answer.status}: {each}" for each in lacks(answer)
        ]
    return Tried(len(requests), wrong)


def lacks(answer: Answer) -> Iterator[str]:
    """Name what an answer should carry and does not."""
    kind = answer.header("Content-Type") or ""
    if not answer.header("Cache-Control"):
        yield "Cache-Control"
    if answer.status >= 400 and not answer.header("X-Request-Id"):
        yield "X-Request-Id"
    for name, value in answer.headers:
        if name == "Set-Cookie" and not ("HttpOnly" in value and "SameSite=Lax" in value):
            yield f"Set-Cookie {value.split('=')[0]}"
        if name in ("Server", "X-Powered-By"):
            yield f"{name} tells what serves"
    if answer.header("Location") is not None:
        return  # it shows nothing; the policy of the page that was left still holds
    if answer.header("Referrer-Policy") != "same-origin":
        yield "Referrer-Policy"
    policy = answer.header("Content-Security-Policy") or ""
    if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy or "unsafe" in policy:
        yield "Content-Security-Policy"
    if answer.header("X-Content-Type-Options") != "nosniff":
        yield "X-Content-Type-Options"
    if kind.startswith("text/html"):
        if answer.header("Cross-Origin-Opener-Policy") != "same-origin":
            yield "Cross-Origin-Opener-Policy"
        if "camera=()" not in (answer.header("Permissions-Policy") or ""):
            yield "Permissions-Policy"
    elif answer.header("Cross-Origin-Resource-Policy") != "same-origin":
        yield "Cross-Origin-Resource-Policy"


def list_requests(county: County) -> list[tuple[str, Request]]:
    """Every rule as its keeper opens it, and each kind of error page."""
    doors = pick_one_of_each(list_doors(county), county)
    asked = [
        (next(iter(sorted(door.keepers)), _anyone_or_nobody(county, door)), Request(door.method, door.path))
        for door in doors
    ]
    errors = [
        Request("GET", "/no/such/page"),
        Request("DELETE", "/"),
        Request("POST", "/identity/", {"Sec-Fetch-Site": "cross-site"}),
        Request("POST", "/ask/", body=b"question=" + b"x" * 600_000, content_type=URLENCODED),
        Request("POST", "/identity/code", body=b"challenge=x&code=123456", content_type=URLENCODED),
        Request("POST", "/api/assistant", body=b"{", content_type="application/json"),
        Request("GET", "/at/nowhere"),
        Request("GET", "/fails"),
    ]
    return [*asked, *(("nobody", each) for each in errors)]


def _anyone_or_nobody(county: County, door: Door) -> str:
    return "nobody" if door.access is Access.INTERNAL else _anyone_for(county, door)


@pytest.fixture
def failing(county: County) -> County:
    """The county with one page that fails."""

    @access.open_to(Access.PUBLIC)
    def fail() -> str:
        raise RuntimeError("on purpose")

    county.app.add_url_rule("/fails", "fails", fail)
    return county


def test_every_answer_says_what_a_browser_may_do_with_it(failing: County):
    requests = list_requests(failing)

    tried = list_bare_answers(failing, requests)

    assert tried.wrong == []
    statuses = {
        send(failing.app, request, token=failing.people[who].token).status for who, request in requests[-8:]
    }
    assert statuses == {400, 403, 404, 405, 409, 413, 500}


def test_answers_without_headers_are_found_out(failing: County):
    failing.app.after_request_funcs.clear()

    assert list_bare_answers(failing, list_requests(failing)[:20]).wrong


def test_over_tls_the_cookie_is_bound_to_the_host_and_browsers_stay_on_tls(pattern: Path, tmp_path: Path):
    county = open_county(pattern, tmp_path / "tls", secure_cookies=True, proxies=1)
    person = county.people[VILLAGER]
    over_tls = {"X-Forwarded-Proto": "https", "X-Forwarded-For": ELSEWHERE}

    page = send(county.app, Request("GET", "/", over_tls))
    with county.app.test_request_context():
        county.app.preprocess_request()
        sessions.sign_in_with("a token")
        response = county.app.process_response(flask.make_response(""))

    language = send(county.app, Request("GET", "/language/en", over_tls))
    assert "Secure" in (language.header("Set-Cookie") or "")
    assert page.header("Strict-Transport-Security") == "max-age=31536000; includeSubDomains"
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    unbound = send(county.app, Request("GET", "/record/", over_tls), token=person.token)
    assert unbound.status == 302, "a cookie by the unbound name signs nobody in"
