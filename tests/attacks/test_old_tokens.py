"""What was a session once, or never was, opens nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from portal.demo.accounts import list_accounts
from portal.demo.county import plan_county
from portal.domain.sessions import CITIZEN_LIFETIME, STAFF_LIFETIME
from portal.services import sessions
from portal.services.work import CHINA, SYSTEM, Work, begin_work
from portal.storage import sessions as stored_sessions
from portal.storage.models.sessions import SessionRecord
from portal.storage.models.staff import StaffAccountRecord
from tests.attacks.county import REGIONS, County, Person, StoppedClock
from tests.attacks.routes import iterate_visitors
from tests.attacks.test_every_route import VILLAGER, form_token
from tests.attacks.wire import URLENCODED, Answer, Request, encode_form, send
from tests.builders import NOW, real_packs
from tests.web.test_identity import texted_code

pytestmark = pytest.mark.chaos

ADMINISTRATOR = "jinning-admin"
OWN_PAGES = {"citizen": "/record/", "claimant": "/claimant/", "staff": "/desk/staff/password"}
FIXED = "a token that somebody made up"


def is_let_in(county: County, person: Person, token: str | None) -> bool:
    """Whether a token opens its owner's own page."""
    return send(county.app, Request("GET", OWN_PAGES[person.kind]), token=token).status == 200


def signed_in(county: County) -> Iterator[Person]:
    """Everybody who has a session, and whom it lets in now."""
    for person in iterate_visitors(county):
        if person.token is not None and is_let_in(county, person, person.token):
            yield person


def post(county: County, path: str, token: str | None = None, **fields: str) -> Answer:
    return send(
        county.app,
        Request("POST", path, body=encode_form([*fields.items()]), content_type=URLENCODED),
        token=token,
    )


def new_cookie(answer: Answer) -> str:
    cookie = answer.header("Set-Cookie") or ""
    return cookie.removeprefix("session=").split(";")[0]


def sign_out_everybody(county: County) -> tuple[int, list[str]]:
    """How many signed out, and whose token still opens their page."""
    people = list(signed_in(county))
    for person in people:
        where = "/desk/sign-out" if person.kind == "staff" else "/identity/out"
        post(county, where, person.token, csrf_token=form_token(county.app, person))
    return len(people), [person.name for person in people if is_let_in(county, person, person.token)]


def test_after_signing_out_no_token_opens_anything(county: County):
    count, still_in = sign_out_everybody(county)

    assert count > 20
    assert still_in == []


def test_a_sign_out_that_only_drops_the_cookie_is_found_out(county: County, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stored_sessions, "end_session", lambda *_: None)

    assert sign_out_everybody(county)[1]


def prove_identity(county: County, held: str) -> Answer:
    """Walk through the ID check with a browser that holds some token already."""
    listed = list_accounts(plan_county(real_packs(), REGIONS, NOW.astimezone(CHINA).date()))
    person = next(each for each in listed if VILLAGER.endswith(each["name"]))
    asked = post(
        county, "/identity/", held, name=person["name"], number=person["citizen_number"]
    ).body.decode()
    challenge = asked.split('name="challenge"')[1].split('value="')[1].split('"')[0]
    return post(county, "/identity/code", held, challenge=challenge, code=texted_code(county.house))


def test_a_token_put_into_a_browser_before_sign_in_is_not_the_one_that_signs_in(county: County):
    signed = new_cookie(prove_identity(county, FIXED))

    assert signed not in ("", FIXED)
    assert is_let_in(county, county.people[VILLAGER], signed)
    assert not is_let_in(county, county.people[VILLAGER], FIXED)


def test_signing_in_anew_ends_what_the_browser_held_before(county: County):
    before = county.people["jinning 王有福"]
    assert is_let_in(county, before, before.token)

    signed = new_cookie(prove_identity(county, before.token or ""))

    assert is_let_in(county, county.people[VILLAGER], signed)
    assert not is_let_in(county, before, before.token)


def test_signing_in_at_the_desk_ends_the_account_s_other_session(county: County):
    listed = list_accounts(plan_county(real_packs(), REGIONS, NOW.astimezone(CHINA).date()))
    account = next(each for each in listed if each.get("login") == ADMINISTRATOR)
    code = pyotp.TOTP(account["totp_secret"]).at(NOW)

    answer = post(county, "/desk/sign-in", login=ADMINISTRATOR, password=account["password"], code=code)

    assert is_let_in(county, county.people[ADMINISTRATOR], new_cookie(answer))
    assert not is_let_in(county, county.people[ADMINISTRATOR], county.people[ADMINISTRATOR].token)
    again = post(county, "/desk/sign-in", login=ADMINISTRATOR, password=account["password"], code=code)
    assert again.status == 422, "a code of the second factor counts once"


def test_a_disabled_account_is_out_at_once_and_stays_out(county: County):
    administrator = county.people[ADMINISTRATOR]
    colleagues = [each for each in signed_in(county) if each.role and each.region == "jinning"]
    colleagues.remove(administrator)

    for each in colleagues:
        path = f"/desk/staff/{each.name}/disable"
        post(county, path, administrator.token, csrf_token=form_token(county.app, administrator), reason="x")

    assert len(colleagues) >= 8
    assert [each.name for each in colleagues if is_let_in(county, each, each.token)] == []
    with begin_work(county.house, SYSTEM, StoppedClock()) as work:
        tokens = [(each, sessions.open_staff_session(work, each.row or 0)) for each in colleagues]
    assert [each.name for each, token in tokens if is_let_in(county, each, token)] == []


def test_a_role_that_was_taken_away_is_gone_from_an_open_session(county: County):
    clerk = county.people["jinning-clerk"]
    assert send(county.app, Request("GET", "/desk/rosters/"), token=clerk.token).status == 200

    with begin_work(county.house, SYSTEM, StoppedClock()) as work:
        work.session.execute(
            update(StaffAccountRecord).where(StaffAccountRecord.id == clerk.row).values(roles=["curator"])
        )

    assert send(county.app, Request("GET", "/desk/rosters/"), token=clerk.token).status == 404


@pytest.mark.parametrize("aged", ["began_at", "last_used_at"])
def test_a_session_past_either_limit_opens_nothing(county: County, aged: str):
    people = list(signed_in(county))

    with begin_work(county.house, SYSTEM, StoppedClock()) as work:
        _age(work, aged)

    assert [each.name for each in people if is_let_in(county, each, each.token)] == []


def _age(work: Work, column: str) -> None:
    for session in work.session.scalars(select(SessionRecord)):
        lifetime = STAFF_LIFETIME if session.staff_account_id else CITIZEN_LIFETIME
        limit = lifetime.whole if column == "began_at" else lifetime.idle
        setattr(session, column, NOW - limit - timedelta(seconds=1))


def test_no_token_is_stored_nor_can_be_made_from_what_is(county: County):
    stored = (county.folder / "portal.sqlite").read_bytes()
    tokens = [each.token for each in county.people.values() if each.token]

    assert len(tokens) == len(set(tokens)) > 40
    assert [token for token in tokens if token.encode() in stored] == []
    with county.house.database.reading() as session:
        hashes = session.scalars(select(SessionRecord.token_hash)).all()
    assert not any(is_let_in(county, county.people[VILLAGER], each.hex()) for each in hashes)
