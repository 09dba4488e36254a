"""What every act carries: the transaction, who is acting, the time, and the tools of the house."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

from sqlalchemy.orm import Session

from portal.content.matcher import Matcher
from portal.content.packs import Packs
from portal.crypto.key_ring import KeyRing
from portal.domain.audit import Act
from portal.domain.staff import Role
from portal.storage import audit as stored_audit
from portal.storage.blobs import BlobStore
from portal.storage.database import Database

# Legal days are counted where the clauses were written; China keeps one zone and no summer time.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")

Clock = Callable[[Session], datetime]


class ActorKind(StrEnum):
    """In what quality somebody acts."""

    ANONYMOUS = "anonymous"
    CITIZEN = "citizen"
    CLAIMANT = "claimant"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who is acting. ``person_id`` is a villager's row, ``staff_person_id`` that of a person at the desk."""

    kind: ActorKind
    region: str | None = None
    session_id: int | None = None
    person_id: int | None = None
    claim_id: int | None = None
    assisted_by: str | None = None
    staff_person_id: int | None = None
    staff_account_id: int | None = None
    job_no: str | None = None
    staff_name: str | None = None
    roles: frozenset[Role] = frozenset()
    town: str | None = None

    @property
    def desk_person_id(self) -> int:
        """The person at the desk who acts, for what is open to staff only."""
        assert self.staff_person_id is not None  # noqa: S101  the pages of such acts are open to staff only
        return self.staff_person_id

    def has_role(self, *roles: Role) -> bool:
        """Whether the actor holds one of these roles."""
        return not self.roles.isdisjoint(roles)


ANONYMOUS = Actor(ActorKind.ANONYMOUS)
SYSTEM = Actor(ActorKind.SYSTEM)


@dataclass(frozen=True)
class House:
    """What stands ready for every act and outlives each one; nothing in it changes while it serves."""

    database: Database
    packs: Packs
    matcher: Matcher
    keys: KeyRing
    blobs: BlobStore
    regions: tuple[str, ...]
    is_demo: bool
    public_url: str


@dataclass
class Work:
    """One act: kept whole, with its audit records, or not at all."""

    house: House
    session: Session
    actor: Actor
    now: datetime
    on_record: list[tuple[str, Act]] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The legal day of the act."""
        return legal_day(self.now)

    @property
    def keys(self) -> KeyRing:
        """The key ring."""
        return self.house.keys

    @property
    def packs(self) -> Packs:
        """The policy packs."""
        return self.house.packs


def legal_day(moment: datetime) -> date:
    """The day in China on which a moment falls."""
    return moment.astimezone(CHINA).date()


@contextmanager
def begin_work(house: House, actor: Actor, clock: Clock, request_id: str | None = None) -> Iterator[Work]:
    """Do one act in one transaction; its audit records are written last and kept or lost with it."""
    with house.database.writing() as session:
        work = Work(house, session, actor, clock(session))
        yield work
        stored_audit.write(
            session, work.keys, work.on_record, actor=_on_record(actor), at=work.now, request_id=request_id
        )


@contextmanager
def begin_reading(house: House, actor: Actor, clock: Clock) -> Iterator[Work]:
    """Look at one snapshot; a write in it is refused by the database."""
    with house.database.reading() as session:
        yield Work(house, session, actor, clock(session))


def _on_record(actor: Actor) -> stored_audit.RecordedActor:
    by_staff = actor.kind is ActorKind.STAFF
    return stored_audit.RecordedActor(
        kind=actor.kind, id=actor.staff_person_id if by_staff else actor.person_id, job_no=actor.job_no
    )
