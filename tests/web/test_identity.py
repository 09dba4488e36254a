import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from flask import render_template
from sqlalchemy import func, select, update

from portal.domain.identity import CHECKS_BY_NUMBER, MOST_TRIES, Limit
from portal.services import identity
from portal.services.work import SYSTEM, House
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.messages import TextMessageRecord
from portal.storage.models.sessions import CodeRecord, SessionRecord
from portal.web import reopened_pages
from tests.builders import NOW, citizen_actor, make_citizen_id, make_person, make_staff, make_work
from tests.web.browser import Browser, Page


def texted_code(house: House) -> str:
    """The code in the newest text, as the phone shows it."""
    with house.database.reading() as session:
        key, sealed = session.execute(
            select(TextMessageRecord.idempotency_key, TextMessageRecord.secret_sealed)
            .where(TextMessageRecord.state == "queued")
            .order_by(TextMessageRecord.id.desc())
            .limit(1)
        ).one()
    return house.keys.open_sealed(sealed, f"text_message.secret {key}")


def _another(code: str) -> str:
    return f"{(int(code) + 1) % 1000000:06}"


def check(browser: Browser, name: str, number: str) -> Page:
    return browser.post("/identity/", status=200, name=name, number=number)


def test_a_villager_gets_in_with_name_number_and_the_texted_code(browser: Browser, house: House):
    citizen_id = make_citizen_id()
    make_person(house, name="李桂芳", citizen_id=citizen_id)

    asked = check(
        browser, " 李桂芳 ", f"{citizen_id.digits[:6]} {citizen_id.digits[6:14]}-{citizen_id.digits[14:]}"
    )
    proven = browser.post("/identity/code", challenge=asked.hidden("challenge"), code=texted_code(house))

    assert proven.response.headers["Location"].endswith("/record/")
    assert browser.client.get_cookie("session") is not None


def test_known_and_unknown_people_see_the_same_page(browser: Browser, house: House):
    known = make_citizen_id()
    make_person(house, name="李桂芳", citizen_id=known)

    answers = [
        check(browser, "李桂芳", known.digits),
        check(browser, "王二", known.digits),
        check(browser, "李桂芳", make_citizen_id().digits),
    ]

    assert len({_without_what_is_random(page) for page in answers}) == 1
    assert len({_headers(page) for page in answers}) == 1


def test_the_code_page_is_made_once_and_each_check_has_its_own_challenge_and_way_back(
    browser: Browser, house: House
):
    with patch.object(reopened_pages, "render_template", wraps=render_template) as rendered:
        asked = [
            browser.post("/identity/", status=200, name="李桂芳", number=make_citizen_id().digits, then=then)
            for then in ("", "/record/", "/claims/", "https://elsewhere.example/")
        ]

    assert [page.hidden("then") for page in asked[1:3]] == ["/record/", "/claims/"]
    assert not any('name="then"' in page.text for page in (asked[0], asked[3]))
    assert len({page.hidden("challenge") for page in asked}) == 4
    assert [call.args for call in rendered.call_args_list] == [("citizen/identity/code.html",)] * 2


def test_a_wrong_name_and_a_dead_person_get_a_decoy_that_no_code_opens(browser: Browser, house: House):
    dead = make_citizen_id()
    person = make_person(house, citizen_id=dead)
    with house.database.writing() as session:
        session.execute(update(PersonRecord).where(PersonRecord.id == person).values(died_on=NOW.date()))

    check(browser, "李桂芳", dead.digits)

    with house.database.reading() as session:
        assert session.scalars(select(TextMessageRecord.state)).all() == ["decoy"]
        assert session.scalars(select(CodeRecord.person_id)).all() == [None]


def test_whoever_used_up_the_tries_of_one_text_asks_for_the_next_one_and_gets_in(
    browser: Browser, house: House
):
    citizen_id = make_citizen_id()
    make_person(house, citizen_id=citizen_id)
    challenge = check(browser, "李桂芳", citizen_id.digits).hidden("challenge")
    for _ in range(MOST_TRIES):
        browser.post("/identity/code", status=422, challenge=challenge, code=_another(texted_code(house)))

    over = browser.post("/identity/code", status=409, challenge=challenge, code=texted_code(house))
    again = browser.post("/identity/again", status=200, challenge=challenge)
    browser.post("/identity/code", challenge=again.hidden("challenge"), code=texted_code(house))

    assert over.soup.select_one('main a[href="/identity/"]') is not None
    assert browser.client.get_cookie("session") is not None


def test_a_mistyped_number_is_told_before_anything_is_counted(browser: Browser, house: House):
    sound = make_citizen_id().digits
    wrong = sound[:17] + ("1" if sound[17] != "1" else "2")

    page = browser.post("/identity/", status=422, name="李桂芳", number=wrong)

    assert "身份证号有一位不对" in page.text
    assert page.soup.select_one("input[name=name]")["value"] == "李桂芳"
    with house.database.reading() as session:
        assert session.scalars(select(CodeRecord.id)).all() == []


def test_a_sound_number_is_never_shown_again_beside_another_mistake(browser: Browser):
    number = make_citizen_id().digits

    page = browser.post("/identity/", status=422, name="", number=number)

    assert number not in page.response.get_data(as_text=True)
    assert len(page.select(".errs a")) == 2


def test_five_wrong_codes_end_a_challenge_even_for_the_right_code(browser: Browser, house: House):
    citizen_id = make_citizen_id()
    make_person(house, citizen_id=citizen_id)
    challenge = check(browser, "李桂芳", citizen_id.digits).hidden("challenge")
    right = texted_code(house)
    wrong = "000000" if right != "000000" else "111111"

    for left in range(MOST_TRIES - 1, 0, -1):
        page = browser.post("/identity/code", status=422, challenge=challenge, code=wrong)
        assert f"还能再试{left}次" in page.text
    browser.post("/identity/code", status=422, challenge=challenge, code=wrong)

    browser.post("/identity/code", status=409, challenge=challenge, code=right)
    assert browser.client.get_cookie("session") is None


def test_one_number_is_texted_so_often_an_hour_and_no_more(browser: Browser, house: House):
    citizen_id = make_citizen_id()
    make_person(house, citizen_id=citizen_id)

    for _ in range(CHECKS_BY_NUMBER.most):
        check(browser, "李桂芳", citizen_id.digits)
    page = browser.post("/identity/", status=429, name="李桂芳", number=citizen_id.digits)

    assert "窗口" in page.text
    with house.database.reading() as session:
        texted = session.scalar(select(func.count()).select_from(TextMessageRecord))
    assert texted == CHECKS_BY_NUMBER.most


def test_known_and_unknown_people_see_the_same_page_when_asked_for_too_often(browser: Browser, house: House):
    known, unknown = make_citizen_id(), make_citizen_id()
    make_person(house, citizen_id=known)

    answers = []
    for citizen_id in (known, unknown):
        for _ in range(CHECKS_BY_NUMBER.most):
            check(browser, "李桂芳", citizen_id.digits)
        answers.append(browser.post("/identity/", status=429, name="李桂芳", number=citizen_id.digits))

    assert len({_without_what_is_random(page) for page in answers}) == 1


def test_no_digits_open_a_record_once_its_number_was_asked_for_too_often(browser: Browser, house: House):
    citizen_id = make_citizen_id()
    make_person(house, name="李桂芳", citizen_id=citizen_id)

    with patch.object(identity.secrets, "randbelow", return_value=123_456):
        for _ in range(CHECKS_BY_NUMBER.most):
            check(browser, "李桂芳", citizen_id.digits)
        asked = browser.post("/identity/", status=429, name="李桂芳", number=citizen_id.digits)
    challenge = asked.hidden("challenge")

    browser.post("/identity/code", status=422, challenge=challenge, code="123456")


def test_a_lock_out_by_text_leaves_the_paper_code_open(browser: Browser, house: House):
    citizen_id = make_citizen_id()
    person = make_person(house, citizen_id=citizen_id)
    clerk = make_staff(house)
    for _ in range(CHECKS_BY_NUMBER.most):
        check(browser, "李桂芳", citizen_id.digits)
    with house.database.writing() as session:
        code = identity.issue_paper_code(make_work(house, session, clerk), person)

    asked = browser.post("/identity/", status=429, name="李桂芳", number=citizen_id.digits)
    typed = f"{code[:4]}-{code[4:8]} {code[8:]}".lower()
    browser.post("/identity/code", challenge=asked.hidden("challenge"), code=typed)

    assert browser.client.get_cookie("session") is not None


def test_an_address_that_tried_too_many_codes_still_takes_a_paper_code(
    browser: Browser, house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(identity, "CODES_BY_ADDRESS", Limit("code_try_address", 1, timedelta(hours=1)))
    citizen_id = make_citizen_id()
    person = make_person(house, citizen_id=citizen_id)
    asked = check(browser, "李桂芳", citizen_id.digits)
    with house.database.writing() as session:
        code = identity.issue_paper_code(make_work(house, session, SYSTEM), person)

    browser.post("/identity/code", status=422, challenge=asked.hidden("challenge"), code="x")
    browser.post("/identity/code", status=429, challenge=asked.hidden("challenge"), code=texted_code(house))
    browser.post("/identity/code", challenge=asked.hidden("challenge"), code=code)

    assert browser.client.get_cookie("session") is not None


def test_a_villager_without_a_phone_gets_in_with_the_paper_code(browser: Browser, house: House):
    citizen_id = make_citizen_id()
    person = make_person(house, citizen_id=citizen_id)
    with house.database.writing() as session:
        session.execute(update(PersonRecord).values(phone_sealed=None, phone_tail=None))
        code = identity.issue_paper_code(make_work(house, session, SYSTEM), person)

    asked = check(browser, "李桂芳", citizen_id.digits)
    browser.post("/identity/code", challenge=asked.hidden("challenge"), code=code)

    assert browser.client.get_cookie("session") is not None


def test_a_paper_code_opens_only_the_record_it_was_made_for(browser: Browser, house: House):
    own, other = make_citizen_id(), make_citizen_id()
    person = make_person(house, citizen_id=own)
    make_person(house, name="王二", citizen_id=other)
    with house.database.writing() as session:
        code = identity.issue_paper_code(make_work(house, session, SYSTEM), person)
    asked = check(browser, "王二", other.digits)

    browser.post("/identity/code", status=422, challenge=asked.hidden("challenge"), code=code)


def test_a_new_slip_ends_the_one_before(browser: Browser, house: House):
    citizen_id = make_citizen_id()
    person = make_person(house, name="李桂芳", citizen_id=citizen_id)
    clerk = make_staff(house)
    with house.database.writing() as session:
        work = make_work(house, session, clerk)
        lost, newest = (identity.issue_paper_code(work, person) for _ in range(2))
    challenge = check(browser, "李桂芳", citizen_id.digits).hidden("challenge")

    browser.post("/identity/code", status=422, challenge=challenge, code=lost)
    browser.post("/identity/code", status=302, challenge=challenge, code=newest)


def test_a_code_works_once(browser: Browser, house: House):
    citizen_id = make_citizen_id()
    make_person(house, citizen_id=citizen_id)
    challenge = check(browser, "李桂芳", citizen_id.digits).hidden("challenge")
    code = texted_code(house)

    browser.post("/identity/code", challenge=challenge, code=code)
    browser.client.delete_cookie("session")

    browser.post("/identity/code", status=409, challenge=challenge, code=code)


def test_a_form_from_another_site_is_refused(browser: Browser):
    browser.post(
        "/identity/", status=403, headers={"Sec-Fetch-Site": "cross-site"}, name="李桂芳", number="1"
    )
    browser.post(
        "/identity/", status=403, headers={"Origin": "https://evil.example"}, name="李桂芳", number="1"
    )


def test_signing_out_ends_the_session_on_the_server(browser: Browser, house: House):
    browser.sign_in(citizen_actor(make_person(house)))
    token = browser.client.get_cookie("session").value

    browser.post("/identity/out")
    browser.client.set_cookie("session", token)

    assert browser.get("/record/", status=302).response.headers["Location"].startswith("/identity/")


@pytest.mark.parametrize("unused", [timedelta(minutes=31), timedelta(hours=3)])
def test_a_session_left_alone_is_over(browser: Browser, house: House, unused: timedelta):
    browser.sign_in(citizen_actor(make_person(house)))
    with house.database.writing() as session:
        began = session.scalars(select(SessionRecord.began_at)).one()
        session.execute(update(SessionRecord).values(began_at=began - unused, last_used_at=began - unused))

    page = browser.get("/record/", status=302)

    assert "ended=1" in page.response.headers["Location"]


def leave_alone(house: House, unused: timedelta) -> None:
    with house.database.writing() as session:
        used = session.scalars(select(SessionRecord.last_used_at)).one()
        session.execute(update(SessionRecord).values(last_used_at=used - unused))


def seconds_left(page: Page) -> int:
    return int(page.soup.select_one("#ends")["data-seconds"])


def test_a_page_says_when_its_session_ends(browser: Browser, house: House):
    assert not browser.get("/").select("#ends")
    browser.sign_in(citizen_actor(make_person(house)))

    page = browser.get("/record/")

    assert 29 * 60 < seconds_left(page) <= 30 * 60
    assert re.search(r"一直没动的话，\d\d:\d\d替您退出来", page.text)


def test_what_is_said_before_the_end_is_said_in_the_readers_language(browser: Browser):
    browser.client.set_cookie("lang", "en")

    words = browser.client.get("/identity/last-words").json

    assert words["stay"].isascii()


def test_whoever_says_that_they_are_still_there_stays(browser: Browser, house: House):
    browser.sign_in(citizen_actor(make_person(house)))
    leave_alone(house, timedelta(minutes=29))

    left = int(browser.client.get("/identity/stay").text)

    assert 29 * 60 < left <= 30 * 60
    assert seconds_left(browser.get("/record/")) > 29 * 60


def test_a_page_that_sends_something_by_itself_keeps_nobody_signed_in(browser: Browser, house: House):
    browser.sign_in(citizen_actor(make_person(house)))
    leave_alone(house, timedelta(minutes=29))

    browser.client.get("/notices/", headers={"X-Unattended": "1"})
    leave_alone(house, timedelta(minutes=2))

    assert browser.get("/record/", status=302).response.headers["Location"].startswith("/identity/")


def _without_what_is_random(page: Page) -> str:
    return re.sub(r'name="challenge" value="[^"]*"', "", page.response.get_data(as_text=True))


def _headers(page: Page) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in page.response.headers if name != "X-Request-Id")


@pytest.mark.parametrize(
    ("wished", "reached"),
    [
        ("/claims/", "/claims/"),
        ("/claims/JN2026-0001?then=check", "/claims/JN2026-0001?then=check"),
        ("https://evil.example/claims/", "/record/"),
        ("//evil.example/claims/", "/record/"),
        *((slashes + "record/", "/record/") for slashes in ("//", "///", "////", "/////", "/\\/")),
        (" /claims/", "/record/"),
        ("/\t/evil.example", "/record/"),
        ("/\\evil.example", "/record/"),
        ("/nowhere", "/record/"),
    ],
)
def test_whoever_was_asked_who_they_are_gets_to_where_they_were_going(
    browser: Browser, house: House, wished: str, reached: str
):
    citizen_id = make_citizen_id()
    make_person(house, name="李桂芳", citizen_id=citizen_id)

    asked = browser.post("/identity/", status=200, name="李桂芳", number=citizen_id.digits, then=wished)
    proven = browser.post(
        "/identity/code", challenge=asked.hidden("challenge"), then=wished, code=texted_code(house)
    )

    assert proven.response.headers["Location"] == reached


def test_the_way_back_is_carried_through_the_id_check(browser: Browser, house: House):
    sent = browser.get("/claims/JN2026-0001", status=302).response.headers["Location"]

    assert browser.get(sent).hidden("then") == "/claims/JN2026-0001"
