"""A tip-off by somebody who does not say who they are."""

from sqlalchemy import select

from portal.domain.questions import LEFT_BY_ADDRESS
from portal.services.work import House
from portal.storage.models.assistant import QuestionRecord
from portal.storage.models.audit import AuditRecord
from tests.builders import make_citizen_id
from tests.web.browser import Browser

WORDS = "村东头有人冒领，已经领了三年"


def test_a_tip_off_is_left_without_a_name_and_found_by_its_number(browser: Browser, house: House):
    browser.get("/at/jinning/tip-off/")
    left = browser.post("/at/jinning/tip-off/", status=200, what=WORDS)

    number = left.select_one(".slip .fig")
    assert number == "J2026-0001"
    browser.post("/questions/", status=200, number=number)
    with house.database.reading() as session:
        kept = session.execute(
            select(QuestionRecord.words, QuestionRecord.person_id, QuestionRecord.region)
        ).one()
        assert session.scalars(select(AuditRecord.sequence)).all() == []
    assert kept == (WORDS, None, "jinning")


def test_a_citizen_number_in_a_tip_off_is_hidden(browser: Browser, house: House):
    digits = make_citizen_id().digits

    browser.post("/at/jinning/tip-off/", status=200, what=f"冒领的人是{digits}")

    with house.database.reading() as session:
        assert digits not in session.scalars(select(QuestionRecord.words)).one()


def test_an_empty_tip_off_is_told(browser: Browser):
    assert "请写几个字" in browser.post("/at/jinning/tip-off/", status=422, what=" ").text


def test_where_the_region_takes_none_there_is_no_such_page(browser: Browser):
    browser.post("/at/nowhere/tip-off/", status=404, what=WORDS)


def test_one_address_leaves_so_many_an_hour(browser: Browser, house: House):
    for _ in range(LEFT_BY_ADDRESS.most):
        browser.post("/at/jinning/tip-off/", status=200, what=WORDS)

    browser.post("/at/jinning/tip-off/", status=429, what=WORDS)
