from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from portal.web.access import Access, UndeclaredAudience, check_every_route, open_to
from tests.web.browser import Browser


def test_a_route_that_does_not_say_who_may_open_it_keeps_the_portal_from_starting(app: Flask):
    fresh = Flask("fresh", static_folder=None)
    fresh.add_url_rule("/declared", "declared", open_to(Access.PUBLIC)(lambda: ""))
    check_every_route(fresh)
    fresh.add_url_rule("/forgotten", "forgotten", lambda: "")

    with pytest.raises(UndeclaredAudience, match="/forgotten"):
        check_every_route(fresh)


def test_every_form_after_sign_in_carries_the_sessions_token():
    """A form that posts to a page behind sign-in without the token would answer 400 to an honest person."""
    templates = Path(__file__).parent.parent.parent / "templates"
    public = (
        "citizen/identity",
        "citizen/assistant",
        "citizen/entitlement",
        "citizen/topics",
        "citizen/questions",
        "citizen/home",
        "desk/sign_in",
        "citizen/verify",
        "citizen/tip_off",
        "citizen/statements/ask_for_code",
    )
    forgotten = []
    for path in templates.rglob("*.html"):
        name = path.relative_to(templates).as_posix()
        if name.startswith(public):
            continue
        for form in path.read_text(encoding="utf-8").split("<form")[1:]:
            body = form.split("</form>")[0]
            if 'method="post"' in body and "csrf_token" not in body and "token()" not in body:
                forgotten.append(name)
    assert forgotten == []


def test_no_page_ever_sees_a_null_byte(browser: Browser):
    page = browser.post("/questions/", status=422, number="W20\x0026-9999")

    assert page.soup.select_one("input[name=number]")["value"] == "W2026-9999"


@pytest.mark.parametrize(
    "came_from", ["http://localhost//elsewhere.example/", "http://elsewhere.example/offices", "http://[::1"]
)
def test_choosing_a_language_leads_back_to_a_page_of_ours_only(browser: Browser, came_from: str):
    page = browser.get("/language/en", status=302, Referer=came_from)

    assert page.response.headers["Location"] == "/"


def test_an_address_that_is_none_is_not_one_of_ours(browser: Browser):
    browser.post("/identity/", status=403, headers={"Origin": "http://[::1"}, name="李桂芳", number="1")


def test_a_file_in_a_field_for_text_is_not_looked_at(browser: Browser):
    browser.post("/questions/", status=422, number=(BytesIO(b"W2026-9999"), "number.txt"))


def test_only_a_form_is_read_as_a_form(browser: Browser):
    answer = browser.client.post("/questions/", json=[{"number": 1}])

    assert answer.status_code == 422


def test_a_form_without_files_is_no_larger_than_what_may_be_held_in_memory(browser: Browser):
    browser.post("/questions/", status=413, number="9" * 600_000)
