"""The ID check tells nobody who is on record: not by words, headers or cookies, and not by time."""

import hashlib
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select

from portal.services import identity
from portal.services.identity import NUMBER_COLUMN
from portal.services.work import House
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.sessions import SessionRecord
from tests.attacks.county import County, number_of
from tests.attacks.wire import URLENCODED, Answer, Request, encode_form, send
from tests.builders import make_person
from tests.chaos.scale import Figures, Scale

pytestmark = pytest.mark.chaos

ADDRESSES = 10_000
UNKNOWN = 5_000_000
"""From here on, serial numbers are nobody's on record."""
TOLERANCE_OF_A_FEW = 0.12
"""Among a few hundred tries chance alone moves it by 0.03 either way."""

_UNCHECKED = "周全"
"""The county's own people came in by a check, which counts."""

TRIES_OF_EACH = 5
"""So many checks of one number go through in an hour; the sixth is refused, of whomever."""

_CHANGING = re.compile(rb'(name="challenge" value=")[^"]*|(name="csrf_token" value=")[^"]*|nonce="[^"]*')
_CHANGING_HEADERS = ("X-Request-Id", "Date")


@dataclass
class Heard:
    """What the answers to people on record, and to others, gave away."""

    opened: int = 0
    answers: dict[bool, Counter[tuple[int, object, bytes]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    seconds: dict[bool, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def can_be_told_apart(self) -> bool:
        """Whether there is an answer that only one of the two kinds was given."""
        return set(self.answers[True]) != set(self.answers[False])

    @property
    def shapes(self) -> dict[bool, Counter[tuple[int, int]]]:
        """Status and length of the answers to each kind, for whoever looks for the difference."""
        shapes: dict[bool, Counter[tuple[int, int]]] = defaultdict(Counter)
        for kind, answers in self.answers.items():
            for (status, _, body), count in answers.items():
                shapes[kind][status, len(body)] += count
        return dict(shapes)

    @property
    def separation(self) -> float:
        """How often a person on record took longer than another: 0.50 tells nothing (the AUC)."""
        return auc(self.seconds[True], self.seconds[False])


def auc(ones: Sequence[float], others: Sequence[float]) -> float:
    """The chance that one of ``ones`` is larger than one of ``others``."""
    ranked = sorted([(value, True) for value in ones] + [(value, False) for value in others])
    ranks = sum(rank for rank, (_, is_one) in enumerate(ranked, 1) if is_one)
    return (ranks - len(ones) * (len(ones) + 1) / 2) / (len(ones) * len(others))


def listen(county: County, tries: int, chance: random.Random) -> Heard:
    """Try names and numbers, every other one of somebody on record, each time from another address."""
    heard = Heard()
    known = list_people(county.house, tries // 2 // TRIES_OF_EACH + 1)
    unknown = [("李桂芳", number_of(UNKNOWN + serial).digits) for serial in range(len(known))]
    unknown[::2] = [("没有这人", number) for _, number in known[::2]]  # somebody's number, and not their name
    rounds = [
        (kind, each)
        for _ in range(TRIES_OF_EACH)
        for kind in (True, False)
        for each in _of(kind, known, unknown)
    ]
    chance.shuffle(rounds)
    for is_known, (name, number) in rounds[:tries]:
        address = f"10.{chance.randrange(ADDRESSES) // 250}.{chance.randrange(250)}.7"
        body = encode_form([("name", name), ("number", number)])
        request = Request("POST", "/identity/", {"X-Forwarded-For": address}, body, URLENCODED)
        began = time.perf_counter()
        answer = send(county.app, request)
        heard.seconds[is_known].append(time.perf_counter() - began)
        heard.answers[is_known][_without_what_changes(answer)] += 1
        heard.opened += answer.header("Set-Cookie") is not None
        heard.opened += _guess(county, answer, address, chance)
    return heard


def _of(
    is_known: bool, known: list[tuple[str, str]], unknown: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    # Numbers that both kinds try would be refused sooner for one of them.
    return known[1::2] if is_known else unknown


def _guess(county: County, answer: Answer, address: str, chance: random.Random) -> bool:
    """One guess at the code, for one try in ten."""
    found = re.search(rb'name="challenge" value="([^"]*)', answer.body)
    if found is None or chance.randrange(10):
        return False
    guess = [("challenge", found[1].decode()), ("code", f"{chance.randrange(10**6):06}")]
    request = Request("POST", "/identity/code", {"X-Forwarded-For": address}, encode_form(guess), URLENCODED)
    return send(county.app, request).header("Set-Cookie") is not None


def _without_what_changes(answer: Answer) -> tuple[int, object, bytes]:
    headers = tuple(sorted(each for each in answer.headers if each[0] not in _CHANGING_HEADERS))
    return answer.status, headers, _CHANGING.sub(rb"\1\2", answer.body)


def list_people(house: House, least: int) -> list[tuple[str, str]]:
    """Names and numbers on record that nobody has checked yet, with as many more as are needed."""
    with house.database.reading() as session:
        rows = session.execute(
            select(PersonRecord.name, PersonRecord.uid, PersonRecord.number_sealed).where(
                PersonRecord.name == _UNCHECKED
            )
        ).all()
    people = [(name, house.keys.open_sealed(sealed, f"{NUMBER_COLUMN} {uid}")) for name, uid, sealed in rows]
    for serial in range(2 * least - len(people)):
        citizen_id = number_of(serial)
        make_person(house, name=_UNCHECKED, citizen_id=citizen_id)
        people.append((_UNCHECKED, citizen_id.digits))
    return people[: 2 * least]


@pytest.fixture
def county(behind_proxy: County) -> County:
    return behind_proxy


def test_the_id_check_gives_nobody_away(county: County, scale: Scale):
    def try_some(number: int) -> Figures:
        county.begin_anew()
        heard = listen(county, scale.pick(400, 10_000), random.Random(number))
        assert not heard.can_be_told_apart, heard.shapes
        with county.house.database.reading() as session:
            sessions = session.scalar(select(func.count()).select_from(SessionRecord)) or 0
        assert sessions == sum(each.token is not None for each in county.people.values())
        tries = sum(map(len, heard.seconds.values()))
        return {"opened": heard.opened, "mean separation": heard.separation, "tries": tries}

    total = scale.run("identity-oracle", scale.pick(1, 100), try_some)

    assert total["opened"] == 0
    assert abs(total["mean separation"] - 0.5) <= scale.pick(TOLERANCE_OF_A_FEW, 0.01)


def test_a_check_that_does_more_for_people_on_record_is_found_out_by_its_time(
    county: County, monkeypatch: pytest.MonkeyPatch
):
    send_code = identity._send_code

    def hash_slowly_for_somebody(work, person_id, number_key):
        if person_id is not None:
            hashlib.pbkdf2_hmac("sha256", number_key, b"salt", 20_000)
        return send_code(work, person_id, number_key)

    monkeypatch.setattr(identity, "_send_code", hash_slowly_for_somebody)

    heard = listen(county, 300, random.Random(1))

    assert not heard.can_be_told_apart
    assert heard.separation - 0.5 > TOLERANCE_OF_A_FEW


def test_a_check_that_answers_otherwise_is_found_out_by_its_words(
    county: County, monkeypatch: pytest.MonkeyPatch
):
    from portal.domain.identity import CodeOver

    send_code = identity._send_code

    def only_to_somebody(work, person_id, number_key):
        if person_id is None:
            raise CodeOver
        return send_code(work, person_id, number_key)

    monkeypatch.setattr(identity, "_send_code", only_to_somebody)

    assert listen(county, 60, random.Random(1)).can_be_told_apart
