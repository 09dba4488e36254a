"""refuse REPLACE and TRUNCATE on evidence"""

from alembic import op

from portal.storage import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EVIDENCE = (
    "ledger_account",
    "ledger_entry",
    "ledger_posting",
    "audit_event",
    "claim_event",
    "claim_decision",
    "claim_handler",
)


def upgrade() -> None:
    schema.add_append_only_triggers(op.get_bind(), EVIDENCE)
