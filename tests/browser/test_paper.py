"""What is printed fits its sheet of A4."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page
from pypdfium2 import PdfDocument

from tests.browser.conftest import Served
from tests.browser.errands import Villager

pytestmark = pytest.mark.browser


def count_sheets(page: Page) -> int:
    """How many sheets of A4 the page takes."""
    paper = PdfDocument(page.pdf(format="A4", prefer_css_page_size=True))
    try:
        return len(paper)
    finally:
        paper.close()


@pytest.mark.parametrize("kind", ["reimbursement", "scheme_withdrawal", "objection"])
def test_a_guide_prints_on_one_sheet(fresh_phone: BrowserContext, kind: str):
    page = fresh_phone.new_page()
    page.goto(f"/at/jinning/guides/{kind}")

    assert count_sheets(page) == 1


@pytest.mark.parametrize("name", ["李桂芳", "马翠莲", "余国华", "傅秀芝"])
def test_a_statement_prints_on_one_sheet(signed_in: Callable[[str], Villager], served: Served, name: str):
    page = signed_in(name).page
    page.locator("form[action$='/record/statements'] button").click()

    assert "/record/statements/" in page.url
    assert count_sheets(page) == 1
