import gzip
import re

from tests.web.browser import Browser


def linked_sheet(browser: Browser) -> str:
    return str(browser.get("/").soup.select_one("link[rel=stylesheet]")["href"])


def test_the_first_page_holds_the_sheet_and_later_ones_link_to_what_the_phone_has_kept(browser: Browser):
    first = browser.get("/").soup
    browser.client.get(linked_sheet(browser))
    second = browser.get("/").soup

    assert first.style is not None
    assert first.select_one("link[rel=stylesheet]")["media"].startswith("print")
    assert second.style is None
    assert "media" not in second.select_one("link[rel=stylesheet]").attrs


def test_the_sheet_in_the_page_is_the_one_that_the_policy_allows(browser: Browser):
    from base64 import b64encode
    from hashlib import sha256

    page = browser.get("/")

    digest = b64encode(sha256(page.soup.style.string.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.response.headers["Content-Security-Policy"]


def test_a_page_leaves_no_mark_in_the_browser_and_the_file_does(browser: Browser):
    page = browser.client.get("/")
    sheet = browser.client.get(linked_sheet(browser))

    assert "Set-Cookie" not in page.headers
    assert "Cookie" in page.headers["Vary"]
    assert sheet.headers["Set-Cookie"].startswith("sheet=")
    assert "immutable" in sheet.headers["Cache-Control"]


def test_an_old_name_of_the_sheet_leads_to_todays_and_is_not_kept(browser: Browser):
    for address in ("/kept/000000000000/style.css", "/kept/000000000000/page.js"):
        answer = browser.client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers


def test_a_browser_with_an_old_sheet_gets_the_new_one_in_the_page(browser: Browser):
    browser.client.set_cookie("sheet", "000000000000")

    assert browser.get("/").soup.style is not None


def test_a_kept_page_holds_only_the_rules_that_it_uses(browser: Browser):
    held = browser.get("/").soup.style.string
    whole = browser.client.get(linked_sheet(browser)).text

    rules_of_the_page = (":root{", "body{", ".ask{", ".doors a", ":focus{")
    assert [rule for rule in rules_of_the_page if rule not in held] == []
    rules_of_others = (".years b", ".slip", ".stamp", "@media")
    assert [rule for rule in rules_of_others if rule in held or rule not in whole] == []


def test_sheet_and_script_are_light_and_need_no_young_engine(browser: Browser):
    browser.client.get(linked_sheet(browser))
    script = str(browser.get("/").soup.select_one("script")["src"])
    sheet_text = browser.client.get(linked_sheet(browser)).text
    script_text = browser.client.get(script).text

    assert len(gzip.compress(sheet_text.encode())) <= 4.2 * 1024
    assert len(gzip.compress(script_text.encode())) <= 3 * 1024
    young_style = r":has\(|:is\(|:where\(|@layer|@container|\b[dsl]v[hw]\b|\binset:|[{;]gap:|\bclamp\("
    assert not re.search(young_style, sheet_text)
    young_words = r"=>|\b(?:let|const|async|class)\b|\?\.|\?\?|`"
    assert not re.search(young_words, re.sub(r"/\*.*?\*/", "", script_text, flags=re.DOTALL))


def test_answers_come_in_place_only_on_pages_with_the_box_to_ask_in(browser: Browser):
    assert not browser.get("/").soup.select("script")
    browser.client.get(linked_sheet(browser))

    (script,) = browser.get("/").soup.select("script")
    answer = browser.post("/ask/", status=200, question="一年补多少钱", region="jinning")
    (other,) = browser.get("/questions/").soup.select("script")

    assert script["src"].endswith("/ask.js")
    assert [each["src"] for each in answer.soup.select("script")] == [script["src"]]
    assert other["src"].endswith("/page.js")
