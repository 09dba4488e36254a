"""Every form and the JSON interface under requests that no page of ours would send: never a 5xx."""

import json
import string
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import flask
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from portal.services import backups
from portal.web.access import Access, open_to
from portal.web.work import EXTENSION
from tests.attacks.county import County, StoppedClock
from tests.attacks.routes import SAFE_METHODS, iterate_visitors, list_doors, may_open, pick_one_of_each
from tests.attacks.wire import URLENCODED, Request, encode_form, encode_multipart, send
from tests.chaos.scale import Figures, Scale
from tests.engines import Engine

pytestmark = pytest.mark.chaos

A_ROUND = 500
MARKUP = '"><i id=smuggled>'

# What has broken forms elsewhere: numbers out of range, digits that are no ASCII, separators that end
# lines of a header or of SQL, halves of characters, names of files that climb.
HOSTILE = (
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "NaN",
    "Infinity",
    "9" * 30,
    str(2**31),
    str(2**63),
    "-" + str(2**63),
    "٣",
    "²",
    "〇",
    "１２３",
    "0x10",
    "1_000",
    "1,000.00",
    "0.001",
    "1e400",
    "\x00",
    "a\x00b",
    "\r\nSet-Cookie: session=x",
    "\x1b[2J",
    "\u202e\u2066",
    "\ufeff",
    "\ud800",
    "\U0010ffff",
    "👵🏽" * 20,
    "𠮷野家",
    "z͑ͫ̓ͪ̂ͫ̽͏̴" * 10,
    MARKUP,
    "{{ 7 * 7 }}{% raw %}",
    "%s%n%(x)s",
    "' OR 1=1 --",
    "\\'; DROP TABLE person; --",
    "$(id) `id` |id",
    "../../../../etc/passwd",
    "//elsewhere.example/",
    "javascript:alert(1)",
    "None",
    "null",
    "true",
    "[]",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "-0001-01-01",
    "2026年2月30日",
    "=cmd|' /C calc'!A0",
    "A" * 10_000,
    "汉" * 3_000,
)
HEADERS: Sequence[dict[str, str]] = (
    {},
    {"Accept-Language": "zh;q=x,*;q=\u00e9, en-" + "x" * 500},
    {"Accept-Language": "en"},
    {"Cookie": "session=%00; lang=../../en; lang"},
    {"Cookie": 'session="\\377"; lang="zh_Hant'},
    {"Cookie": "kept=" + "A" * 3_000},
    {"Referer": "http://[::1", "Sec-Fetch-Site": "none"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:99999999"},
    {"Host": "elsewhere.example:port"},
    {"Host": "[::1"},
    {"Host": ""},
    {"X-Forwarded-For": "a, b, ::1, 999.1.1.1"},
    {"X-Forwarded-For": "unknown", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "a b"},
    {"X-Forwarded-For": "fe80::1%eth0"},
    {"X-Forwarded-For": "1.2.3.4:5", "X-Forwarded-Host": "\x01", "X-Forwarded-Proto": "ftp"},
    {"Accept-Encoding": "gzip;q=-1, *;q=9"},
    {"If-None-Match": 'W/"x', "If-Modified-Since": "yesterday"},
    {"Range": "bytes=9-1,-,5-"},
    {"Content-Length": "-1"},
    {"Content-Encoding": "gzip"},
    {"Transfer-Encoding": "chunked"},
    {"Expect": "100-continue"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"X-Requested-With": "XMLHttpRequest", "Accept": "application/json"},
)
CONTENT_TYPES = (
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "b" * 300,
    "application/json; charset=\u00e9",
    "text/plain",
    "a/b; c=d; charset=nonsense",
    "",
)


@dataclass(frozen=True)
class Target:
    """Where a request may go: a form that stands on a page, or a rule with sound values."""

    who: str
    method: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()


def list_targets(county: County) -> list[Target]:
    """A few forms of each kind for each kind of visitor, then every rule and method."""
    return [*_list_forms(county), *_list_rules(county)]


def _list_forms(county: County) -> Iterator[Target]:
    taken: dict[object, int] = defaultdict(int)
    routes = county.app.url_map.bind("127.0.0.1")
    for form in county.forms:
        rule = routes.match(form.action.split("?")[0], method=form.method, return_rule=True)[0]
        person = county.people[form.who]
        kind = (
            person.kind,
            person.role,
            rule.endpoint,
            frozenset(name for name, _ in form.fields),
            form.files,
        )
        taken[kind] += 1
        if taken[kind] <= 2:
            yield Target(form.who, form.method, form.action, form.fields, form.files)


def _list_rules(county: County) -> Iterator[Target]:
    """Every rule and method, with the fields of all forms together."""
    names = {name for form in county.forms for name, _ in form.fields} - {"csrf_token"}
    fields = tuple((name, "1") for name in sorted(names))
    visitors = list(iterate_visitors(county))
    for door in pick_one_of_each(list_doors(county), county):
        who = [each.name for each in visitors if may_open(county, door, each) is not False]
        for visitor in who or ["nobody"]:
            yield Target(visitor, door.method, door.path, fields)


texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=40),
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.integers().map(str),
    st.decimals(allow_nan=True).map(str),
    st.dates().map(str),
)
files = st.tuples(
    st.one_of(st.binary(max_size=200), st.sampled_from([b"%PDF-1.4", b"PK\3\4", b"\xff\xd8\xff", b"a,b\n"])),
    st.sampled_from(["a.jpg", "../../a.xlsx", "\u202egpj.exe", "x" * 300, "a\r\nb.csv", ""]),
)
anything_in_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def random_requests(draw: st.DrawFn, targets: Sequence[Target]) -> tuple[str, Request]:
    """Who sends it, and what."""
    target = draw(st.sampled_from(targets))
    who = target.who if draw(st.integers(0, 9)) else draw(st.sampled_from(targets)).who
    method = target.method if draw(st.integers(0, 9)) else draw(st.sampled_from(["PUT", "TRACE", "GET", "x"]))
    path = draw(_paths(target.path))
    headers = draw(st.sampled_from(HEADERS)) if draw(st.booleans()) else {}
    fields = draw(_fields(target))
    if target.method in SAFE_METHODS:
        query = encode_form(fields).decode()
        return who, Request(method, f"{path}&{query}" if "?" in path else f"{path}?{query}", headers)
    return who, Request(method, path, headers, *draw(_bodies(target, fields)))


@st.composite
def _bodies(draw: st.DrawFn, target: Target, fields: list[tuple[str, str]]) -> tuple[bytes, str]:
    if target.path.startswith("/api/") and draw(st.integers(0, 3)):
        return draw(_json_bodies()), "application/json"
    fate = draw(st.integers(0, 9))
    if fate == 0:
        return draw(st.binary(max_size=300)), draw(st.sampled_from(CONTENT_TYPES))
    if fate == 1:
        return json.dumps(draw(anything_in_json | st.just(dict(fields)))).encode(), "application/json"
    if target.files or draw(st.integers(0, 5)) == 0:
        strays = [name for name, _ in fields if draw(st.integers(0, 9)) == 0]
        sent = [(name, *draw(files)[::-1]) for name in (*target.files, *strays)]
        return encode_multipart([each for each in fields if each[0] not in strays], sent)
    return encode_form(fields), URLENCODED


@st.composite
def _paths(draw: st.DrawFn, path: str) -> str:
    path, _, query = path.partition("?")
    parts = path.split("/")
    if len(parts) > 2 and draw(st.integers(0, 4)) == 0:
        place = draw(st.integers(1, len(parts) - 1))
        parts[place] = quote(draw(texts), safe="", errors="surrogatepass")
    path = "/".join(parts)
    if draw(st.integers(0, 4)) == 0:
        query = encode_form([(draw(_names), draw(texts)) for _ in range(2)]).decode()
    return f"{path}?{query}" if query else path


_names = st.sampled_from(
    (
        "then",
        "done",
        "page",
        "small",
        "ended",
        "replaces",
        "queue",
        "town",
        "kind",
        "from",
        "to",
        "group",
        "q",
    )
) | st.text(string.ascii_letters, max_size=5)


@st.composite
def _fields(draw: st.DrawFn, target: Target) -> list[tuple[str, str]]:
    """The form's own fields, most of them; any of them dropped, doubled, exchanged or spoilt."""
    sent: list[tuple[str, str]] = []
    for name, value in target.fields:
        fate = draw(st.integers(0, 9))
        if name == "csrf_token" and fate:
            fate = 9
        if fate <= 3:
            sent.append((name, draw(texts)))
        elif fate == 4:
            sent += [(name, value), (name, draw(texts))]
        elif fate == 5:
            sent.append((name, draw(st.sampled_from(target.fields))[1]))
        elif fate > 6:
            sent.append((name, value))
    if draw(st.integers(0, 9)) == 0:
        sent.append((draw(texts), draw(texts)))
    return sent


@st.composite
def _json_bodies(draw: st.DrawFn) -> bytes:
    if draw(st.integers(0, 5)) == 0:
        return draw(
            st.sampled_from([b"", b"{", b"\xff", b"[" * 100_000, b'{"question": 1e999}', b"9" * 5_000])
        )
    body = {"question": draw(texts), "region": draw(st.sampled_from(["jinning", "linyi", "x", None]))}
    for _ in range(draw(st.integers(0, 2))):
        body[draw(st.sampled_from(["question", "region", "context", "more"]))] = draw(anything_in_json)
    return json.dumps(body).encode()


@contextmanager
def county_on(engine: Engine, name: str, county: County) -> Iterator[County]:
    """The county on one of the engines; on a server it is brought there as a backup is."""
    if name == "sqlite":
        yield county
        return
    folder = county.folder / "backup"
    backups.make_backup(county.house, folder, StoppedClock(), lambda _: None)
    with engine.lend_empty() as database:
        elsewhere = county.folder / "elsewhere"
        backups.restore_backup(county.open_house(elsewhere, database), folder, StoppedClock(), lambda _: None)
        county.app.extensions[EXTENSION] = county.open_house(elsewhere, database), StoppedClock()
        yield county


def attack(
    county: County,
    targets: Sequence[Target],
    number: int,
    count: int,
    *,
    begin_anew: bool,
    shrink: bool = True,
) -> Figures:
    """Send so many random requests; every one is answered, and none with a 5xx."""
    statuses = defaultdict[str, int](int)

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
        suppress_health_check=list(HealthCheck),
    )
    @given(random_requests(targets))
    def ask(drawn: tuple[str, Request]) -> None:
        who, request = drawn
        if begin_anew and request.method not in SAFE_METHODS:
            county.begin_anew()
        answer = send(county.app, request, token=county.people[who].token)
        statuses[f"{answer.status // 100}xx"] += 1
        assert answer.status < 500, f"{answer.status}: {who} {request}"
        is_page = (answer.header("Content-Type") or "").startswith("text/html")
        assert not is_page or b"<i id=smuggled>" not in answer.body, f"smuggled: {who} {request}"
        assert not any("\n" in value for _, value in answer.headers), f"a header broken: {who} {request}"

    ask()
    return {**statuses, "requests": sum(statuses.values())}


def test_no_request_whatever_makes_the_portal_fail(
    behind_proxy: County, engine: Engine, engine_name: str, scale: Scale
):
    with county_on(engine, engine_name, behind_proxy) as attacked:
        targets, count = list_targets(attacked), scale.pick(250, A_ROUND)
        total = scale.run(
            f"random-requests-{engine_name}",
            scale.pick(1, 50),
            lambda number: attack(attacked, targets, number, count, begin_anew=engine_name == "sqlite"),
        )

    assert total["requests"] >= scale.pick(250, 25_000)
    assert min(total["2xx"], total["3xx"], total["4xx"]) > 0


def test_every_rule_and_method_is_a_target(county: County):
    targets = list_targets(county)
    routes = county.app.url_map.bind("127.0.0.1")

    reached = set()
    for target in targets:
        rule, _ = routes.match(target.path.split("?")[0], method=target.method, return_rule=True)
        reached.add((target.method, rule.endpoint))

    wanted = {
        (method, rule.endpoint)
        for rule in county.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}  # answered by the framework
    }
    assert wanted - reached == set()


def test_a_page_that_believes_what_is_sent_is_found_out(county: County):
    @open_to(Access.PUBLIC)
    def believe() -> str:
        return str(int(flask.request.form["number"]))

    county.app.add_url_rule("/believing", "believing", believe, methods=["POST"])
    target = Target("nobody", "POST", "/believing", (("number", "1"),))

    with pytest.raises(AssertionError, match="500"):
        attack(county, [target], 0, 50, begin_anew=False, shrink=False)
