import re

import pytest

from portal.services.work import House
from tests.web.browser import Browser

LOCALES = {"zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant", "en": "en"}


def public_addresses(house: House) -> list[str]:
    packs = house.packs
    addresses = ["/", "/policy/", "/offices", "/identity/", "/questions/", "/desk/sign-in"]
    addresses += [f"/about/{page}" for page in ("privacy", "complaints", "corrections")]
    for region in house.regions:
        addresses += [
            f"/at/{region}{page}"
            for page in ("", "/offices", "/guides/", "/entitlement/", "/routes/", "/topics")
        ]
        addresses += [f"/at/{region}/guides/{kind}" for kind in packs.get(region).claims]
    for document in packs.documents:
        addresses.append(f"/policy/{document.id}")
    return addresses


@pytest.mark.parametrize("locale", LOCALES)
def test_every_public_page_keeps_the_house_rules_in_every_language(
    browser: Browser, house: House, locale: str
):
    browser.client.set_cookie("lang", locale)
    for address in public_addresses(house):
        page = browser.get(address)
        assert page.soup.html["lang"] == LOCALES[locale], address


@pytest.mark.parametrize(("kind", "people"), [("reimbursement", "四个人"), ("route_choice", "三个人")])
def test_a_guide_says_how_many_people_decide(browser: Browser, kind: str, people: str):
    assert f"{people}不能是同一个人" in browser.get(f"/at/jinning/guides/{kind}").text


def test_every_clause_opens_at_its_own_address(browser: Browser, house: House):
    for document in house.packs.documents:
        for clause in document.clauses:
            page = browser.get(f"/policy/{document.id}/{clause.id}")
            assert re.sub(r"\s", "", clause.paragraphs[0])[:8] in page.text or document.script == "Hant"


def test_the_guangdong_text_is_shown_in_the_readers_script(browser: Browser):
    simplified = browser.get("/policy/guangdong-2025/art14").text
    browser.client.set_cookie("lang", "zh_Hant")
    traditional = browser.get("/policy/guangdong-2025/art14").text

    assert "严禁一人通办" in simplified
    assert "嚴禁一人通辦" in traditional


def test_the_browsers_language_chooses_and_the_readers_choice_stays(browser: Browser):
    assert browser.get("/", **{"Accept-Language": "zh-HK,zh;q=0.9"}).soup.html["lang"] == "zh-Hant"
    assert browser.get("/", **{"Accept-Language": "fr,en;q=0.5"}).soup.html["lang"] == "en"
    browser.get("/language/zh_Hans", status=302)
    assert browser.get("/", **{"Accept-Language": "en"}).soup.html["lang"] == "zh-Hans"


def test_public_pages_set_no_session_and_are_the_same_for_everyone(browser: Browser):
    first, second = browser.get("/").response, browser.get("/").response

    assert first.data == second.data
    assert "Set-Cookie" not in first.headers


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nothing", 404),
        ("/policy/none", 404),
        ("/policy/jinning-2020/9.9", 404),
        ("/at/atlantis", 404),
        ("/at/jinning/guides/none", 404),
        ("/topics/none", 404),
    ],
)
def test_what_is_not_there_says_what_to_do_next(browser: Browser, address: str, status: int):
    page = browser.get(address, status=status)

    assert page.soup.select_one('main a[href="/"]')


def test_every_answer_carries_the_headers_that_keep_people_safe(browser: Browser):
    for address, status in (("/", 200), ("/nothing", 404), ("/static/style.css", 200)):
        with browser.client.get(address) as response:
            headers = response.headers
        assert response.status_code == status
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_a_redirect_shows_nothing_and_carries_little(browser: Browser):
    answer = browser.client.get("/record/")

    assert answer.data == b""
    assert "Content-Security-Policy" not in answer.headers
    assert "Referrer-Policy" not in answer.headers  # that of the page which was left holds
    assert answer.headers["Cache-Control"] == "no-store"


def test_where_quotas_lapse_the_first_page_says_so(browser: Browser):
    page = browser.get("/at/taizhou")

    assert page.select_one("section.note h2") == "名额会过期"
    assert "最多管1年，过了期就没有了" in page.text


def test_where_the_texts_know_one_scheme_the_routes_page_says_so_and_whom_to_call(
    browser: Browser, house: House
):
    without = [region for region in house.regions if not house.packs.get(region).routes]

    assert without
    for region in without:
        page = browser.get(f"/at/{region}/routes/")
        assert "只写了一种养老办法" in page.text
        assert page.soup.select_one('main a[href^="tel:"]')
