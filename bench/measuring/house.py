"""A portal's data folder with keys and a database, and browsers that are signed in there."""

from datetime import UTC, datetime
from pathlib import Path

from portal.app import open_house
from portal.config import Settings
from portal.services import sessions
from portal.services.work import SYSTEM, House, begin_work
from portal.storage import schema


def settings_for(folder: Path, database_url: str = "") -> Settings:
    """The settings of the demonstration in a folder; its keys are made when there are none."""
    env = {"PORTAL_DEMO": "1", "PORTAL_DATA": str(folder), "DATABASE_URL": database_url}
    return Settings.from_env(env)


def open_portal(folder: Path, database_url: str = "") -> House:
    """The house of a folder, on a database of the newest schema."""
    folder.mkdir(parents=True, exist_ok=True)
    house = open_house(settings_for(folder, database_url))
    schema.upgrade(house.database)
    return house


def sign_in(house: House, people: list[int]) -> list[str]:
    """The cookies of browsers in which these people have just passed the ID check."""
    with begin_work(house, SYSTEM, lambda _: datetime.now(UTC)) as work:
        return [f"session={sessions.open_citizen_session(work, person)}" for person in people]
