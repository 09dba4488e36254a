"""Who works at the demo's desks, and how they sign in: worked out from a name, so the same each time."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from portal.domain.citizen_id import CitizenId, demo_area, demo_citizen_number
from portal.domain.staff import Role

STAFF_AREA = 98
"""The made-up county where all of the desk's people were born, away from every villager."""

_SECRET_OF_THE_DEMO = b"yitian demo county"  # not a secret: the demo prints what comes of it
_PASSWORD_LETTERS = 16
_FIRST_BIRTHDAY = date(1970, 3, 1)

_NAMES = {
    Role.CLERK: ("赵敏", "clerk"),
    Role.FIRST_REVIEWER: ("钱峰", "first"),
    Role.SECOND_REVIEWER: ("孙丽", "second"),
    Role.APPROVER: ("周宏", "approver"),
    Role.CASHIER: ("吴晓", "cashier"),
    Role.AUDITOR: ("郑岩", "auditor"),
    Role.CURATOR: ("冯雅", "curator"),
    Role.ADMINISTRATOR: ("卫东", "admin"),
}


@dataclass(frozen=True)
class Colleague:
    """One account at the desk, with the natural person behind it."""

    region: str
    role: Role
    login: str
    name: str
    job_no: str
    citizen_id: CitizenId
    town: str | None = None

    @property
    def password(self) -> str:
        """The password, in three groups that can be typed."""
        letters = base64.b32encode(_derive("password", self.login)).decode().lower()[:_PASSWORD_LETTERS]
        return "-".join(letters[at : at + 4] for at in range(0, _PASSWORD_LETTERS, 4))

    @property
    def totp_secret(self) -> str:
        """The second factor's secret, as an authenticator takes it."""
        return base64.b32encode(_derive("second factor", self.login)[:20]).decode()


def list_colleagues(regions: tuple[str, ...], first_towns: dict[str, str]) -> Iterator[Colleague]:
    """One of each role in each region, all different people; then a deputy and a town's clerk.

    The first region's first reviewer has a second account that approves: the portal knows them as one
    person, and lets them do only one of the four acts on a claim.
    """
    for place, region in enumerate(regions):
        for number, (role, (name, word)) in enumerate(_NAMES.items(), 1):
            yield Colleague(
                region, role, f"{region}-{word}", name, f"{place + 1}{number:03}", _number(place, number)
            )
    first, number = regions[0], list(_NAMES).index(Role.FIRST_REVIEWER) + 1
    name = _NAMES[Role.FIRST_REVIEWER][0]
    yield Colleague(first, Role.APPROVER, f"{first}-deputy", name, f"1{number:03}", _number(0, number))
    yield Colleague(
        first, Role.CLERK, f"{first}-town", "蒋平", "1009", _number(0, 9), town=first_towns[first]
    )


def _number(place: int, number: int) -> CitizenId:
    born = _FIRST_BIRTHDAY + timedelta(days=397 * number + 31 * place)
    return demo_citizen_number(demo_area(STAFF_AREA), born, 100 * place + number)


def _derive(use: str, login: str) -> bytes:
    return hashlib.blake2b(f"{use} {login}".encode(), key=_SECRET_OF_THE_DEMO, digest_size=32).digest()
