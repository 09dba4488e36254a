import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError

from portal.domain.errors import StorageBusy
from portal.storage import schema
from portal.storage.database import Database
from portal.storage.models import Base
from tests.conftest import prepared

MANUAL = Path(__file__).parent.parent.parent / "deploy" / "README.md"


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
    assert (may_write(made), may_write(only_read)) == (True, False)
    only_read.close()


def test_a_server_that_only_lets_read_takes_no_act_and_says_so():
    with prepared("postgresql").lend_empty() as server:
        schema.upgrade(server)
        assert may_write(server)
        with server.engine.begin() as connection:
            connection.exec_driver_sql(
                f"ALTER DATABASE {server.url.database} SET default_transaction_read_only = on"
            )
        server.close()  # so that it is asked over new connections, as after a fail-over

        with pytest.raises(StorageBusy), server.writing() as session:
            session.execute(text("DELETE FROM attempt"))
        assert not may_write(server)


def may_write(database: Database) -> bool:
    with database.reading() as session:
        return database.may_write(session)


def test_a_start_that_finds_nothing_to_do_loads_nothing_that_migrates(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    schema.upgrade(database)
    database.close()
    start = (
        "import sys\nfrom portal.storage import schema\nfrom portal.storage.database import Database\n"
        "schema.upgrade(Database(sys.argv[1]))\nsys.exit('alembic' in sys.modules)"
    )

    subprocess.run([sys.executable, "-c", start, str(database.url)], check=True)


def two_roles(database: str) -> str:
    """What the manual gives to type in for two roles, in a database that is there."""
    typed = re.search(
        r"```sql\n(CREATE ROLE portal_owner .+?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL
    )
    assert typed is not None
    taken_over = f"ALTER DATABASE {database} OWNER TO portal_owner;"
    there = re.sub(r"CREATE DATABASE portal .+\n\\connect portal", taken_over, typed[1])
    return there.replace(" ON DATABASE portal ", f" ON DATABASE {database} ")


_LACKING = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (
    relkind = 'r' AND NOT (
        has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')
    )
    OR relkind = 'S' AND NOT has_sequence_privilege(oid, 'USAGE')
)
"""


def test_of_the_manuals_two_roles_one_migrates_and_the_other_only_serves():
    with prepared("postgresql").lend_empty() as server:
        with server.engine.begin() as connection:
            connection.exec_driver_sql(two_roles(str(server.url.database)))
        owner, serving = (
            Database(server.url.set(username=role).render_as_string(hide_password=False))
            for role in ("portal_owner", "portal")
        )
        with closing(owner), closing(serving):
            schema.upgrade(owner)
            schema.upgrade(serving)  # finds nothing to do

            with serving.writing() as session:
                lacking = session.scalars(text(_LACKING)).all()
                session.execute(text("CREATE TEMPORARY TABLE of_a_session (id integer)"))
            with pytest.raises(ProgrammingError, match="must be owner"), serving.writing() as session:
                session.execute(text("DROP TRIGGER audit_event_refuses_update ON audit_event"))

    assert lacking == []
