"""What is printed fits its sheet of A4."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Page
from pypdfium2 import PdfDocument

from tests.browser.conftest import Served
from tests.browser.errands import Villager, follow

pytestmark = pytest.mark.browser


PRINTING_TRIES = 3


def count_sheets(page: Page) -> int:
    """How many sheets of A4 the page takes."""
    page.wait_for_load_state()
    paper = PdfDocument(print_on_a4(page))
    try:
        return len(paper)
    finally:
        paper.close()


def print_on_a4(page: Page) -> bytes:
    """The page as the browser prints it; on a busy machine its printing process sometimes dies."""
    for _ in range(PRINTING_TRIES - 1):
        try:
            return page.pdf(format="A4", prefer_css_page_size=True)
        except Error as error:
            if "Printing failed" not in error.message:
                raise
    return page.pdf(format="A4", prefer_css_page_size=True)


@pytest.mark.parametrize("kind", ["reimbursement", "scheme_withdrawal", "objection"])
def test_a_guide_prints_on_one_sheet(fresh_phone: Page, kind: str):
    fresh_phone.goto(f"/at/jinning/guides/{kind}")

    assert count_sheets(fresh_phone) == 1


@pytest.mark.parametrize("name", ["李桂芳", "马翠莲", "余国华", "傅秀芝"])
def test_a_statement_prints_on_one_sheet(signed_in: Callable[[str], Villager], served: Served, name: str):
    page = signed_in(name).page
    page.goto("/record/")
    follow(page.locator("form[action$='/record/statements'] button"))

    assert "/record/statements/" in page.url
    assert count_sheets(page) == 1
