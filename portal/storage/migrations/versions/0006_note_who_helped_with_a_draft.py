"""note who helped with a draft"""

import sqlalchemy as sa
from alembic import op

from portal.storage import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim_draft_helper",
        sa.Column("draft_id", types.RowId, nullable=False),
        sa.Column("staff_person_id", types.RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["claim_draft.id"], name=op.f("fk_claim_draft_helper_draft_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_person_id"], ["staff_person.id"], name=op.f("fk_claim_draft_helper_staff_person_id")
        ),
        sa.PrimaryKeyConstraint("draft_id", "staff_person_id", name=op.f("pk_claim_draft_helper")),
    )
