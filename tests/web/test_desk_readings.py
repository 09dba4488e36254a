import pytest

from portal.domain.staff import Role
from portal.services.work import House
from tests.builders import make_staff
from tests.web.browser import Browser


@pytest.mark.parametrize("region", ["jinning", "hedong", "linyi", "taizhou", "guangdong"])
def test_every_reading_of_a_region_stands_at_its_desk_with_its_id_and_what_was_chosen(
    house: House, browser: Browser, region: str
):
    clerk = make_staff(house, Role.CLERK, region=region)

    page = browser.sign_in(clerk).get("/desk/readings/")

    for reading in house.packs.get(region).readings.values():
        assert reading.id in page.text
        assert reading.chosen.zh in page.text
    assert page.soup.select_one("blockquote.clause a") is not None


def test_nobody_but_staff_opens_the_readings(browser: Browser):
    assert browser.get("/desk/readings/", status=302).response.location.startswith("/desk/sign-in")
