"""number audit rows by their chain alone"""

from alembic import op

from portal.storage import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLE, KEY, NUMBERED = "audit_event", "pk_audit_event", "uq_audit_event_region_sequence"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_constraint(KEY, type_="primary")
        batch_op.drop_constraint(NUMBERED, type_="unique")
        batch_op.drop_column("id")
        batch_op.create_primary_key(KEY, ["region", "sequence"])
    schema.add_append_only_triggers(op.get_bind(), [TABLE])
