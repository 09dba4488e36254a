"""find the people and deposits of a batch, and the letters of a household"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_person_batch", "person", ["region", "land_batch", "insurance_no"])
    op.create_index("ix_quota_letter_household", "quota_letter", ["region", "household"])
    op.create_index("ix_deposit_batch", "deposit", ["region", "land_batch"])
