"""Writes the next migration: what the models have and a database made by all migrations so far has not."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from portal.storage import schema
from portal.storage.database import Database

_MIGRATIONS = Path(schema.__file__).parent / "migrations"


def write_migration(purpose: str) -> None:
    """Compare the models with a new embedded database, and number the difference."""
    number = len(list((_MIGRATIONS / "versions").glob("*.py"))) + 1
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/portal.sqlite")
        if number > 1:
            schema.upgrade(database)
        with database.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message=purpose, rev_id=f"{number:04}", autogenerate=True)
        database.close()


if __name__ == "__main__":
    write_migration(sys.argv[1])
