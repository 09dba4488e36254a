import pytest

from portal.domain.staff import Role
from portal.services.work import House
from tests.builders import make_staff
from tests.web.browser import Browser

BEYOND = str(2**70)


JUST_BEYOND_A_YEAR = str(2**15)


@pytest.mark.parametrize("year", [JUST_BEYOND_A_YEAR, f"-{JUST_BEYOND_A_YEAR}", "0", "二〇二六"])
def test_a_year_that_none_can_be_counts_as_none(browser: Browser, house: House, year: str):
    browser.sign_in(make_staff(house, Role.APPROVER))

    browser.get(f"/desk/claims/?year={year}")


@pytest.mark.parametrize("address", ["/desk/claims/?page=", "/desk/claims/?year=", "/desk/audit/?before="])
def test_a_number_beyond_all_bounds_in_a_search_counts_as_none(browser: Browser, house: House, address: str):
    browser.sign_in(make_staff(house, Role.APPROVER, Role.AUDITOR))

    browser.get(address + BEYOND)


def test_a_number_beyond_all_bounds_is_no_row_and_no_choice(browser: Browser, house: House):
    browser.sign_in(make_staff(house, Role.APPROVER))

    browser.get(f"/desk/claims/{BEYOND}", status=404)
    browser.post("/desk/claims/approve", status=422, claims=BEYOND)
