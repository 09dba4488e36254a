"""Who does the due work just now."""

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.storage.models.messages import LeaseRecord


def take_lease(session: Session, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take or renew a lease; False while somebody else holds it."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(LeaseRecord).values(name=name, holder=holder, until=until)
    taken = session.execute(
        first.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "until": until},
            where=or_(LeaseRecord.holder == holder, LeaseRecord.until <= now),
        ).returning(LeaseRecord.holder)
    ).scalar_one_or_none()
    return taken == holder


def is_leased_to_another(session: Session, name: str, holder: str, now: datetime) -> bool:
    """Whether somebody else holds a lease just now."""
    query = select(LeaseRecord.name).where(
        LeaseRecord.name == name, LeaseRecord.holder != holder, LeaseRecord.until > now
    )
    return session.execute(query).first() is not None


def find_lease_end(session: Session, name: str) -> datetime | None:
    """Until when a lease is held at most; None where nobody has it."""
    return session.scalars(select(LeaseRecord.until).where(LeaseRecord.name == name)).one_or_none()


def give_lease_back(session: Session, name: str, holder: str) -> None:
    """Let the next one begin at once."""
    session.execute(delete(LeaseRecord).where(LeaseRecord.name == name, LeaseRecord.holder == holder))
