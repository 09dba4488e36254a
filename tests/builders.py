"""Builders with sound defaults: say only what the test is about."""

import hashlib
import secrets
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path

import pyotp
from argon2 import PasswordHasher
from sqlalchemy import insert

from portal.config import DEMO_REGIONS
from portal.content.matcher import Matcher
from portal.content.packs import Packs, load_packs
from portal.crypto.key_ring import KeyRing
from portal.domain.citizen_id import CitizenId, demo_citizen_number
from portal.domain.staff import Role
from portal.services.receipts import key_context
from portal.services.work import ANONYMOUS, Actor, ActorKind, House, Work
from portal.storage.blobs import FolderStore
from portal.storage.database import Database
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import ReceiptRecord
from portal.storage.models.staff import StaffAccountRecord, StaffPersonRecord

KB = Path(__file__).parent.parent / "kb"
SMALL_KB_GROUPS = ("jinning-amount", "taizhou-misuse", "all-chat")
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
PASSWORD = "correct horse 田"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

_numbers = count(1)


@cache
def real_packs() -> Packs:
    """The packs of ``kb/``, read once."""
    return load_packs(KB)


@cache
def real_matcher() -> Matcher:
    """The assistant of ``kb/``, read once, and indexed once for each state of ``kb``."""
    return Matcher.load(KB, KB.parent / "build" / "index")


@cache
def house_keys() -> KeyRing:
    """A ring of random keys, made once for a run."""
    return KeyRing.generate()


@cache
def _password_hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


def copy_small_kb(folder: Path) -> Path:
    """A knowledge base with a few of the real entries and questions, which is indexed in a breath."""
    kb = folder / "kb"
    shutil.copytree(KB, kb, ignore=shutil.ignore_patterns("entries", "evaluation"))
    for group in SMALL_KB_GROUPS:
        shutil.copytree(KB / "entries" / group, kb / "entries" / group)
    (kb / "evaluation").mkdir()
    shutil.copy(KB / "evaluation" / "judgement.json", kb / "evaluation")
    for name in ("decoys.txt", "letters.txt", "dev.jsonl"):
        lines = (KB / "evaluation" / name).read_text("utf-8").splitlines(keepends=True)
        (kb / "evaluation" / name).write_text("".join(lines[:20]), encoding="utf-8")
    return kb


def make_house(database: Database, folder: Path, **changes: object) -> House:
    """A house on a database, with its receipts in a folder."""
    parts: dict[str, object] = {
        "database": database,
        "packs": real_packs(),
        "matcher": changes["matcher"] if "matcher" in changes else real_matcher(),
        "keys": house_keys(),
        "blobs": FolderStore(folder / "receipts"),
        "regions": tuple(DEMO_REGIONS.split(",")),
        "is_demo": True,
        "public_url": "http://127.0.0.1:8000",
    }
    return House(**{**parts, **changes})  # type: ignore[arg-type]


def make_work(house: House, session: object, actor: Actor = ANONYMOUS, now: datetime = NOW) -> Work:
    """Work in a session that the test holds open."""
    return Work(house, session, actor, now)  # type: ignore[arg-type]


def make_citizen_id(birth_date: date = date(1962, 5, 17), area: str = "990101") -> CitizenId:
    """A sound number that belongs to nobody, another one at each call."""
    return demo_citizen_number(area, birth_date, next(_numbers) % 1000)


def make_person(
    house: House,
    *,
    name: str = "李桂芳",
    citizen_id: CitizenId | None = None,
    region: str = "jinning",
    phone: str | None = "13900001234",
    account: str | None = "6228480000000006210",
    **columns: object,
) -> int:
    """A villager on record; returns the row. By default one who may claim this year's subsidy."""
    citizen_id = citizen_id or make_citizen_id()
    uid = secrets.token_hex(8)
    keys = house.keys
    values: dict[str, object] = {
        "uid": uid,
        "region": region,
        "county": "晋宁区",
        "town": "昆阳街道",
        "village": "样板村",
        "village_group": None,
        "name": name,
        "birth_year": citizen_id.birth_year,
        "number_sealed": keys.seal(citizen_id.digits, f"person.number {uid}"),
        "number_index": keys.blind_index("person.number", citizen_id.digits),
        "phone_sealed": None if phone is None else keys.seal(phone, f"person.phone {uid}"),
        "phone_index": None if phone is None else keys.blind_index("person.phone", phone),
        "phone_tail": None if phone is None else phone[-4:],
        "account_sealed": None if account is None else keys.seal(account, f"person.account {uid}"),
        "account_index": None if account is None else keys.blind_index("person.account", account),
        "account_tail": None if account is None else account[-4:],
        "bank_name": None if account is None else "农村信用社",
        "category": "existing_landless",
        "identity_confirmed_on": date(2020, 6, 11),
        "scheme": "employee",
        "benefit_status": "not_drawing",
        "insurance_no": f"JN{next(_numbers):08}",
        "opening_used_years": 0,
        "opening_prior_subsidy": Decimal("0.00"),
        "data_as_of": date(2026, 11, 20),
        "version": 1,
    }
    with house.database.writing() as session:
        person_id: int = session.execute(
            insert(PersonRecord).values({**values, **columns}).returning(PersonRecord.id)
        ).scalar_one()
    return person_id


def make_receipt(
    house: House, *, person_id: int, claim_id: int, picture: bytes = b"", **columns: object
) -> int:
    """A photographed paper of a claim, each with a picture of its own unless one is given."""
    wrapped, key = house.keys.new_data_key(key_context(person_id))
    content = picture or secrets.token_bytes(16)
    values: dict[str, object] = {
        "claim_id": claim_id,
        "person_id": person_id,
        "material": "contribution_receipt",
        "position": 1,
        "kind": "jpeg",
        "pages": 1,
        "size": len(content),
        "blob": house.blobs.add(key.seal(content)),
        "key_wrapped": wrapped,
        "digest": hashlib.sha256(content).digest(),
        "likeness": b"",
        "state": "received",
        "added_at": NOW,
    }
    with house.database.writing() as session:
        receipt_id: int = session.execute(
            insert(ReceiptRecord).values({**values, **columns}).returning(ReceiptRecord.id)
        ).scalar_one()
    return receipt_id


def make_staff(
    house: House,
    *roles: Role,
    name: str = "赵工",
    region: str = "jinning",
    town: str | None = None,
    staff_person_id: int | None = None,
) -> Actor:
    """Someone at the desk, with an account; the same natural person again when their row is given."""
    serial = next(_numbers)
    keys, digits = house.keys, make_citizen_id().digits
    with house.database.writing() as session:
        if staff_person_id is None:
            staff_person_id = session.execute(
                insert(StaffPersonRecord)
                .values(
                    name=name,
                    number_sealed=keys.seal(digits, f"staff_person.number {serial:04}"),
                    number_index=keys.blind_index("staff_person.number", digits),
                    job_no=f"{serial:04}",
                )
                .returning(StaffPersonRecord.id)
            ).scalar_one()
        login = f"staff{serial}"
        account_id: int = session.execute(
            insert(StaffAccountRecord)
            .values(
                person_id=staff_person_id,
                login=login,
                password_hash=_password_hash(),
                totp_sealed=keys.seal(TOTP_SECRET, f"staff_account.totp {login}"),
                roles=[str(role) for role in roles],
                region=region,
                town=town,
                added_at=NOW,
                rights_reviewed_at=NOW,
            )
            .returning(StaffAccountRecord.id)
        ).scalar_one()
        job_no: str = session.get_one(StaffPersonRecord, staff_person_id).job_no
    return Actor(
        ActorKind.STAFF,
        region=region,
        staff_person_id=staff_person_id,
        staff_account_id=account_id,
        staff_name=name,
        job_no=job_no,
        roles=frozenset(roles),
        town=town,
    )


def citizen_actor(person_id: int, region: str = "jinning") -> Actor:
    """A signed-in villager."""
    return Actor(ActorKind.CITIZEN, region=region, person_id=person_id)


def totp_now(moment: datetime) -> str:
    """What the phone of a staff member shows."""
    return pyotp.TOTP(TOTP_SECRET).at(moment)
