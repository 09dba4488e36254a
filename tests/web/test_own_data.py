import csv
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.disclosure import PersonViewed
from portal.domain.identity import CodeKind, IdentityProven
from portal.domain.staff import Role
from portal.services import audit
from portal.services.work import ANONYMOUS, Actor, House, begin_work
from portal.storage import messages as stored_messages
from portal.storage.models.audit import AuditRecord
from tests.builders import NOW, citizen_actor, make_citizen_id, make_person, make_staff
from tests.web.browser import Browser


def notify(house: House, person_id: int, number: str) -> None:
    with house.database.writing() as session:
        stored_messages.add_notice(
            session,
            person_id=person_id,
            wording="claim_reviewed_once",
            facts={"number": number},
            now=NOW,
        )


def look_at(house: House, person_id: int, actor: Actor, minutes: int = 0) -> None:
    with begin_work(house, actor, lambda _: NOW + timedelta(minutes=minutes)) as work:
        audit.record(work, PersonViewed(person_id))


def test_notices_stand_newest_first_and_are_new_until_read(browser: Browser, house: House):
    person = make_person(house)
    notify(house, person, "JN2026-0001")
    notify(house, person, "JN2026-0002")
    browser.sign_in(citizen_actor(person))

    page = browser.get("/notices/")
    browser.post("/notices/read", newest=page.hidden("newest"))
    notify(house, person, "JN2026-0003")
    later = browser.get("/notices/")

    assert "有2条通知" in page.select_one("h1")
    assert ["JN2026-0002" in text for text in page.select(".card")] == [True, False]
    assert [text.startswith("新") for text in later.select(".card")] == [True, False, False]


def test_nobody_reads_or_marks_the_notices_of_somebody_else(browser: Browser, house: House):
    neighbour = make_person(house, name="王二")
    notify(house, neighbour, "JN2026-0001")
    browser.sign_in(citizen_actor(make_person(house)))

    browser.post("/notices/read", newest="999")

    assert "JN2026-0001" not in browser.get("/notices/").text
    assert "有1条通知" in Browser(browser.app).sign_in(citizen_actor(neighbour)).get("/notices/").text


def test_a_nonsense_mark_changes_nothing(browser: Browser, house: House):
    person = make_person(house)
    notify(house, person, "JN2026-0001")
    browser.sign_in(citizen_actor(person))

    browser.post("/notices/read", newest="9 or 1=1")

    assert "有1条通知" in browser.get("/notices/").text


def test_a_villager_sees_who_looked_at_their_file_by_job_number(browser: Browser, house: House):
    person, neighbour = make_person(house), make_person(house, name="王二")
    clerk = make_staff(house, Role.CLERK)
    look_at(house, person, clerk)
    look_at(house, neighbour, clerk)
    browser.sign_in(citizen_actor(person))

    page = browser.get("/my-data/")

    assert [f"工号{clerk.job_no}" in text for text in page.select(".led li")] == [True]
    assert clerk.staff_name not in page.text


@pytest.mark.parametrize("form", ["csv", "json"])
def test_ones_own_data_can_be_taken_along_and_that_is_on_record(browser: Browser, house: House, form: str):
    number = make_citizen_id()
    person = make_person(house, name="李桂芳", citizen_id=number, phone="13900001234")
    notify(house, person, "JN2026-0001")
    look_at(house, person, make_staff(house, Role.CLERK))
    browser.sign_in(citizen_actor(person))

    answer = browser.post(f"/my-data/{form}", status=200).response
    content = answer.get_data(as_text=True)

    assert "attachment" in answer.headers["Content-Disposition"]
    assert "李桂芳" in content
    assert "JN2026-0001" in content
    assert number.digits not in content
    assert "13900001234" not in content
    with house.database.reading() as session:
        assert "own_data_exported" in session.scalars(select(AuditRecord.act)).all()


def test_an_id_check_was_the_persons_own_act(browser: Browser, house: House):
    person = make_person(house)
    with begin_work(house, ANONYMOUS, lambda _: NOW) as work:
        audit.record(work, IdentityProven(person, by=CodeKind.TEXTED, assisted=False))
    browser.sign_in(citizen_actor(person))

    (act,) = browser.get("/my-data/").select(".led li")

    assert "凭短信验证码进入" in act
    assert "您本人" in act


def test_the_sheet_has_a_line_for_everything_and_the_json_is_whole(browser: Browser, house: House):
    person = make_person(house)
    notify(house, person, "JN2026-0001")
    look_at(house, person, make_staff(house, Role.CLERK))
    browser.sign_in(citizen_actor(person))

    sheet = browser.post("/my-data/csv", status=200).response.get_data().decode("utf-8-sig")
    data = json.loads(browser.post("/my-data/json", status=200).response.get_data())

    assert {row[0] for row in csv.reader(io.StringIO(sheet))} >= {"登记", "通知", "谁看过、动过"}
    assert set(data) == {"person", "account", "claims", "notices", "questions", "acts"}
    assert data["acts"][-1]["act"] == "person_viewed"
