import pytest

from portal.domain.staff import Role
from portal.services.work import House
from tests.builders import make_staff
from tests.web.browser import Browser

BEYOND = str(2**70)


@pytest.mark.parametrize("address", ["/desk/claims/?page=", "/desk/claims/?year=", "/desk/audit/?before="])
def test_a_number_beyond_all_bounds_in_a_search_counts_as_none(browser: Browser, house: House, address: str):
    browser.sign_in(make_staff(house, Role.APPROVER, Role.AUDITOR))

    browser.get(address + BEYOND)


def test_a_number_beyond_all_bounds_is_no_row_and_no_choice(browser: Browser, house: House):
    browser.sign_in(make_staff(house, Role.APPROVER))

    browser.get(f"/desk/claims/{BEYOND}", status=404)
    browser.post("/desk/claims/approve", status=422, claims=BEYOND)
