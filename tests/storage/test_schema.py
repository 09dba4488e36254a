import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from portal.domain.errors import StorageBusy
from portal.storage import schema
from portal.storage.database import Database
from portal.storage.models import Base


def test_all_migrations_together_make_what_the_models_say(empty_database: Database):
    schema.upgrade(empty_database)

    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []
        assert schema.is_current(connection)


def test_migrations_leave_every_append_only_trigger_standing(empty_database: Database):
    schema.upgrade(empty_database)

    with empty_database.engine.connect() as connection:
        standing = schema.list_append_only_triggers(connection)
    third = "replace" if empty_database.is_embedded else "truncate"
    wanted = {
        schema.trigger_name(table, deed)
        for table in schema.APPEND_ONLY
        for deed in ("update", "delete", third)
    }
    assert wanted <= standing


def test_upgrading_again_changes_nothing(empty_database: Database):
    schema.upgrade(empty_database)
    before = sorted(inspect(empty_database.engine).get_table_names())

    schema.upgrade(empty_database)

    assert sorted(inspect(empty_database.engine).get_table_names()) == before


def test_a_schema_of_a_later_release_serves_an_earlier_one_as_it_is(database: Database):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    schema.upgrade(database)

    with database.engine.connect() as connection:
        assert schema.is_current(connection)
        assert schema.find_revision(connection) == "9999"


def test_the_newest_schema_is_what_the_migrations_lead_to():
    migrations = Config()
    migrations.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))

    assert schema.newest_revision() == ScriptDirectory.from_config(migrations).get_current_head()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:1/nothing",
        "postgresql://nobody@nowhere.invalid/nothing",
        "sqlite:////no-such-folder/portal.sqlite",
    ],
)
def test_a_database_that_is_away_at_the_start_is_told_as_at_any_other_time(url: str):
    with pytest.raises(StorageBusy):
        schema.upgrade(Database(url))


def test_a_file_that_may_only_be_read_takes_no_act_and_says_so(tmp_path: Path):
    file = tmp_path / "portal.sqlite"
    made = Database(f"sqlite:///{file}")
    schema.upgrade(made)
    made.close()
    only_read = Database(f"sqlite:///file:{file}?mode=ro&uri=true")

    with pytest.raises(StorageBusy), only_read.writing() as session:
        session.execute(text("DELETE FROM attempt"))
    assert (made.may_write(), only_read.may_write()) == (True, False)
    only_read.close()


def test_a_start_that_finds_nothing_to_do_loads_nothing_that_migrates(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    schema.upgrade(database)
    database.close()
    start = (
        "import sys\nfrom portal.storage import schema\nfrom portal.storage.database import Database\n"
        "schema.upgrade(Database(sys.argv[1]))\nsys.exit('alembic' in sys.modules)"
    )

    subprocess.run([sys.executable, "-c", start, str(database.url)], check=True)
