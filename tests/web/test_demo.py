from dataclasses import replace
from pathlib import Path

from sqlalchemy import select, update

from portal.app import create_app
from portal.services.work import House
from portal.storage import messages as stored_messages
from portal.storage.models.messages import TextMessageRecord
from tests.builders import NOW, make_citizen_id, make_person
from tests.web.browser import Browser
from tests.web.conftest import make_settings


def test_the_demo_shows_what_phones_would_show_newest_first_and_no_decoys(browser: Browser, house: House):
    number = make_citizen_id()
    make_person(house, name="李桂芳", citizen_id=number, phone="13900001234")
    browser.post("/identity/", status=200, name="王二", number=number.digits)
    browser.post("/identity/", status=200, name="李桂芳", number=number.digits)
    with house.database.reading() as session:
        key, sealed = session.execute(
            select(TextMessageRecord.idempotency_key, TextMessageRecord.secret_sealed).where(
                TextMessageRecord.state == "queued"
            )
        ).one()

    page = browser.get("/demo/outbox")

    (shown,) = page.select(".led li")
    assert house.keys.open_sealed(sealed, f"text_message.secret {key}") in shown
    assert "1234" in shown
    assert "13900001234" not in page.text


def test_a_code_that_is_over_leaves_the_outbox_and_the_rest_stays(browser: Browser, house: House):
    number = make_citizen_id()
    person = make_person(house, name="李桂芳", citizen_id=number)
    browser.post("/identity/", status=200, name="李桂芳", number=number.digits)
    with house.database.writing() as session:
        stored_messages.add_text(
            session, person_id=person, wording="claim_paid", facts={"number": "JN2026-0007"}, now=NOW
        )
        session.execute(update(TextMessageRecord).values(queued_at=NOW))
        session.execute(
            update(TextMessageRecord)
            .where(TextMessageRecord.secret_sealed.is_not(None))
            .values(expires_at=NOW, secret_sealed=None)
        )

    assert len(browser.get("/demo/outbox").select(".led li")) == 1


def test_outside_the_demo_there_is_no_such_page(house: House, tmp_path: Path):
    real = create_app(make_settings(tmp_path, is_demo=False), replace(house, is_demo=False))

    assert Browser(real).client.get("/demo/outbox").status_code == 404
