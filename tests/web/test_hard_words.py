"""What nobody says at home stands on no page of a villager without what it means."""

import re
from pathlib import Path

from portal.content.entries import load_entries
from portal.services.work import House
from tests.web.browser import Browser, Page
from tests.web.test_public_pages import public_addresses

HARD_WORDS = ("拨付", "衔接", "经办")


def unexplained(page: Page) -> list[str]:
    """The hard words of a page, what was typed by the reader left out, that it does not explain."""
    for typed in page.soup.select(".asked, head"):
        typed.decompose()
    words = re.sub(r"\s", "", page.soup.get_text())
    return [word for word in HARD_WORDS if word in words and f"“{word}”就是" not in words]


def test_no_public_page_leaves_a_hard_word_unexplained(browser: Browser, house: House):
    addresses = [address for address in public_addresses(house) if not address.startswith("/desk")]
    for document in house.packs.documents:
        addresses += [f"/policy/{document.id}/{clause.id}" for clause in document.clauses]

    assert {address: found for address in addresses if (found := unexplained(browser.get(address)))} == {}


def test_no_answer_leaves_a_hard_word_unexplained(browser: Browser):
    spoken = [
        entry
        for entry in load_entries(Path("kb/entries"))
        if any(word in entry.question + entry.answer for word in HARD_WORDS)
    ]

    found = {entry.id: unexplained(browser.get(f"/topics/{entry.id}")) for entry in spoken}

    assert [each for each, words in found.items() if words] == []


def test_a_meaning_stands_beside_the_clause_that_needs_it(browser: Browser):
    page = browser.get("/policy/jinning-2020/5.4.2")

    assert "“经办”就是具体办这件事。" in page.text
