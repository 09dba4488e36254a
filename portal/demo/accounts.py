"""The demo's people as a newcomer needs them: who they are, what they show, how to sign in."""

from collections.abc import Iterator

from portal.demo.county import County
from portal.demo.personas import list_heirs

Listed = dict[str, str]

CITIZEN_DOOR = "name and citizen_number at /identity/; the code is shown at /demo/outbox"
HEIR_DOOR = "name and citizen_number at /identity/; the code is on the slip that {region}-clerk prints"
STAFF_DOOR = "login, password and the current TOTP code of totp_secret at /desk/sign-in"


def list_accounts(county: County) -> Iterator[Listed]:
    """Villagers with a story of their own, those who claim for one that died, and everybody at the desk."""
    for place in county.places:
        for villager in county.personas[place.region.id]:
            yield {
                "kind": "citizen",
                "region": villager.region,
                "name": villager.name,
                "citizen_number": villager.citizen_id.digits,
                "shows": villager.shows,
                "sign_in": CITIZEN_DOOR,
            }
        for heir in list_heirs(place):
            way = "let in to" if heir.is_let_in else "waits for a second person for"
            yield {
                "kind": "heir",
                "region": heir.region,
                "name": heir.name,
                "citizen_number": heir.citizen_id.digits,
                "shows": f"heir of {heir.of}, {way} the one-off payment",
                "sign_in": HEIR_DOOR.format(region=heir.region),
            }
    for colleague in county.colleagues:
        yield {
            "kind": "staff",
            "region": colleague.region,
            "role": str(colleague.role),
            "name": colleague.name,
            "login": colleague.login,
            "password": colleague.password,
            "totp_secret": colleague.totp_secret,
            "sign_in": STAFF_DOOR,
        }
