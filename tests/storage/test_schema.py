from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

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
