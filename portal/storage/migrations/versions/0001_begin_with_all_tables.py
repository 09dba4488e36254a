"""Begin with all tables"""

import sqlalchemy as sa
from alembic import op

from portal.storage import types
from portal.storage.schema import add_append_only_triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# The tables that are append-only as of this migration.
_EVIDENCE = (
    "audit_event",
    "claim_decision",
    "claim_event",
    "claim_handler",
    "ledger_account",
    "ledger_entry",
    "ledger_posting",
)


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("window_began_at", types.Instant(), nullable=False),
        sa.Column("count", types.RowId, nullable=False),
        sa.PrimaryKeyConstraint("subject", "key_hash", "window_began_at", name=op.f("pk_attempt")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("sequence", types.RowId, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", types.RowId, nullable=True),
        sa.Column("job_no", sa.Text(), nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("subject_id", types.RowId, nullable=True),
        sa.Column("facts", types.Facts, nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("region", "sequence", name=op.f("uq_audit_event_region_sequence")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index("ix_audit_event_actor", ["actor_kind", "actor_id"], unique=False)
        batch_op.create_index("ix_audit_event_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("sequence", types.RowId, nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("region", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "deposit",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("voucher", sa.Text(), nullable=False),
        sa.Column("land_batch", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("payer_kind", sa.Text(), nullable=False),
        sa.Column("amount", types.Fen(), nullable=False),
        sa.Column("deposited_on", sa.Date(), nullable=False),
        sa.Column("opinion_letter", sa.Text(), nullable=True),
        sa.Column("data_as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit")),
        sa.UniqueConstraint("region", "voucher", name=op.f("uq_deposit_region_voucher")),
    )
    op.create_table(
        "household",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("village", sa.Text(), nullable=False),
        sa.Column("contract_certificate", sa.Text(), nullable=True),
        sa.Column("contracted_area", sa.Text(), nullable=True),
        sa.Column("taken_area", sa.Text(), nullable=True),
        sa.Column("data_as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("region", "code", name=op.f("uq_household_region_code")),
    )
    op.create_table(
        "land_batch",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=True),
        sa.Column("village", sa.Text(), nullable=True),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approval_number", sa.Text(), nullable=True),
        sa.Column("forwarded_on", sa.Date(), nullable=True),
        sa.Column("list_received_on", sa.Date(), nullable=True),
        sa.Column("amount_due", types.Fen(), nullable=True),
        sa.Column("people", types.RowId, nullable=True),
        sa.Column("levy_per_person", types.Fen(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("data_as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_land_batch")),
        sa.UniqueConstraint("region", "code", name=op.f("uq_land_batch_region_code")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "ledger_head",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("sequence", types.RowId, nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("region", "book", name=op.f("pk_ledger_head")),
    )
    op.create_table(
        "person",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("village", sa.Text(), nullable=False),
        sa.Column("village_group", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("birth_year", sa.SmallInteger(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("phone_tail", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("identity_confirmed_on", sa.Date(), nullable=True),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("benefit_status", sa.Text(), nullable=False),
        sa.Column("insurance_no", sa.Text(), nullable=True),
        sa.Column("card_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("card_tail", sa.Text(), nullable=True),
        sa.Column("account_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("account_index", sa.LargeBinary(), nullable=True),
        sa.Column("account_tail", sa.Text(), nullable=True),
        sa.Column("bank_name", sa.Text(), nullable=True),
        sa.Column("payee_held_until", types.Instant(), nullable=True),
        sa.Column("opening_used_years", sa.SmallInteger(), nullable=False),
        sa.Column("opening_prior_subsidy", types.Fen(), nullable=False),
        sa.Column("land_batch", sa.Text(), nullable=True),
        sa.Column("land_area", sa.Text(), nullable=True),
        sa.Column("household", sa.Text(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("data_as_of", sa.Date(), nullable=False),
        sa.Column("version", types.RowId, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("insurance_no", name=op.f("uq_person_insurance_no")),
        sa.UniqueConstraint("number_index", name=op.f("uq_person_number_index")),
        sa.UniqueConstraint("uid", name=op.f("uq_person_uid")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("ix_person_name", ["name", "village", "birth_year"], unique=False)
        batch_op.create_index("ix_person_place", ["region", "county", "town", "village"], unique=False)

    op.create_table(
        "public_notice",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=True),
        sa.Column("village", sa.Text(), nullable=True),
        sa.Column("land_batch", sa.Text(), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("data_as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_notice")),
        sa.UniqueConstraint("region", "code", name=op.f("uq_public_notice_region_code")),
    )
    op.create_table(
        "quota_letter",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("household", sa.Text(), nullable=False),
        sa.Column("land_batch", sa.Text(), nullable=True),
        sa.Column("quotas", types.RowId, nullable=False),
        sa.Column("letter_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("enrol_by", sa.Date(), nullable=True),
        sa.Column("data_as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_letter")),
        sa.UniqueConstraint("region", "code", name=op.f("uq_quota_letter_region_code")),
    )
    op.create_table(
        "staff_person",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("job_no", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_person")),
        sa.UniqueConstraint("job_no", name=op.f("uq_staff_person_job_no")),
        sa.UniqueConstraint("number_index", name=op.f("uq_staff_person_number_index")),
    )
    op.create_table(
        "claim",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("village", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", types.RowId, nullable=False),
        sa.Column("claim_year", sa.SmallInteger(), nullable=True),
        sa.Column("amount", types.Fen(), nullable=True),
        sa.Column("answers", types.Facts, nullable=False),
        sa.Column("filed_at", types.Instant(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("first_contact_job_no", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_claim_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("number", name=op.f("uq_claim_number")),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_claim_queue", ["region", "state", "promised_on"], unique=False)
        batch_op.create_index("ix_claim_town", ["region", "town", "state"], unique=False)

    op.create_table(
        "held_change",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("person_id", types.RowId, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("value_index", sa.LargeBinary(), nullable=True),
        sa.Column("value_tail", sa.Text(), nullable=True),
        sa.Column("bank_name", sa.Text(), nullable=True),
        sa.Column("proposed_at", types.Instant(), nullable=False),
        sa.Column("proposed_by", types.RowId, nullable=False),
        sa.Column("decided_at", types.Instant(), nullable=True),
        sa.Column("decided_by", types.RowId, nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_person.id"], name=op.f("fk_held_change_decided_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_held_change_person_id")),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["staff_person.id"], name=op.f("fk_held_change_proposed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_change")),
    )
    with op.batch_alter_table("held_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_held_change_person_id"), ["person_id"], unique=False)

    op.create_table(
        "ledger_account",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", types.RowId, nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("land_batch", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ledger_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("region", "book", "name", name=op.f("uq_ledger_account_region_book_name")),
    )
    with op.batch_alter_table("ledger_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_account_person_id"), ["person_id"], unique=False)

    op.create_table(
        "payment_file",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("made_at", types.Instant(), nullable=False),
        sa.Column("made_by", types.RowId, nullable=False),
        sa.Column("total", types.Fen(), nullable=False),
        sa.Column("lines", types.RowId, nullable=False),
        sa.Column("returned_at", types.Instant(), nullable=True),
        sa.Column("return_digest", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["staff_person.id"], name=op.f("fk_payment_file_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_file")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_file_number")),
        sa.UniqueConstraint("return_digest", name=op.f("uq_payment_file_return_digest")),
    )
    op.create_table(
        "person_change",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("person_id", types.RowId, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("by_staff_person_id", types.RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["by_staff_person_id"], ["staff_person.id"], name=op.f("fk_person_change_by_staff_person_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_change_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_change")),
    )
    with op.batch_alter_table("person_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_change_person_id"), ["person_id"], unique=False)

    op.create_table(
        "question",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=True),
        sa.Column("helpful", sa.Boolean(), nullable=True),
        sa.Column("person_id", types.RowId, nullable=True),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", types.Instant(), nullable=True),
        sa.Column("answered_by", types.RowId, nullable=True),
        sa.Column("curated_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["staff_person.id"], name=op.f("fk_question_answered_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("number", name=op.f("uq_question_number")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index("ix_question_open", ["region", "outcome", "curated_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_person_id"), ["person_id"], unique=False)

    op.create_table(
        "roster_import",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=False),
        sa.Column("accepted_at", types.Instant(), nullable=False),
        sa.Column("accepted_by", types.RowId, nullable=True),
        sa.Column("counts", types.Facts, nullable=False),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["staff_person.id"], name=op.f("fk_roster_import_accepted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_import")),
    )
    op.create_table(
        "roster_preview",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("key_wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=False),
        sa.Column("counts", types.Facts, nullable=False),
        sa.Column("staff_person_id", types.RowId, nullable=False),
        sa.Column("read_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_person_id"], ["staff_person.id"], name=op.f("fk_roster_preview_staff_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_preview")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_roster_preview_token_hash")),
    )
    op.create_table(
        "staff_account",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("person_id", types.RowId, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("totp_last_step", types.RowId, nullable=False),
        sa.Column("roles", types.Facts, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("added_at", types.Instant(), nullable=False),
        sa.Column("rights_reviewed_at", types.Instant(), nullable=False),
        sa.Column("disabled_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["staff_person.id"], name=op.f("fk_staff_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_account")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_account_login")),
    )
    with op.batch_alter_table("staff_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_account_person_id"), ["person_id"], unique=False)

    op.create_table(
        "statement",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", types.RowId, nullable=False),
        sa.Column("printed_at", types.Instant(), nullable=False),
        sa.Column("printed", types.Facts, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_statement_code_hash")),
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_person_id"), ["person_id"], unique=False)

    op.create_table(
        "text_message",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("person_id", types.RowId, nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("facts", types.Facts, nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("queued_at", types.Instant(), nullable=False),
        sa.Column("next_try_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=True),
        sa.Column("sent_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_text_message_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_message")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_text_message_idempotency_key")),
    )
    with op.batch_alter_table("text_message", schema=None) as batch_op:
        batch_op.create_index("ix_text_message_due", ["state", "next_try_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_text_message_person_id"), ["person_id"], unique=False)

    op.create_table(
        "claim_draft",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("person_id", types.RowId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("answers", types.Facts, nullable=False),
        sa.Column("resubmits_claim_id", types.RowId, nullable=True),
        sa.Column("resume_code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("assisted_by", sa.Text(), nullable=True),
        sa.Column("begun_at", types.Instant(), nullable=False),
        sa.Column("changed_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_claim_draft_person_id")),
        sa.ForeignKeyConstraint(
            ["resubmits_claim_id"], ["claim.id"], name=op.f("fk_claim_draft_resubmits_claim_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_draft")),
        sa.UniqueConstraint("person_id", "kind", name=op.f("uq_claim_draft_person_id_kind")),
        sa.UniqueConstraint("resume_code_hash", name=op.f("uq_claim_draft_resume_code_hash")),
    )
    with op.batch_alter_table("claim_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_draft_person_id"), ["person_id"], unique=False)

    op.create_table(
        "claim_event",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("claim_id", types.RowId, nullable=False),
        sa.Column("sequence", types.RowId, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("staff_person_id", types.RowId, nullable=True),
        sa.Column("job_no", sa.Text(), nullable=True),
        sa.Column("facts", types.Facts, nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_event_claim_id")),
        sa.ForeignKeyConstraint(
            ["staff_person_id"], ["staff_person.id"], name=op.f("fk_claim_event_staff_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_event")),
        sa.UniqueConstraint("claim_id", "sequence", name=op.f("uq_claim_event_claim_id_sequence")),
    )
    op.create_table(
        "claim_handler",
        sa.Column("claim_id", types.RowId, nullable=False),
        sa.Column("staff_person_id", types.RowId, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_handler_claim_id")),
        sa.ForeignKeyConstraint(
            ["staff_person_id"], ["staff_person.id"], name=op.f("fk_claim_handler_staff_person_id")
        ),
        sa.PrimaryKeyConstraint("claim_id", "staff_person_id", name=op.f("pk_claim_handler")),
        sa.UniqueConstraint(
            "claim_id", "staff_person_id", "act", name=op.f("uq_claim_handler_claim_id_staff_person_id_act")
        ),
    )
    op.create_table(
        "claim_rating",
        sa.Column("claim_id", types.RowId, nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("rated_at", types.Instant(), nullable=False),
        sa.Column("called_back_at", types.Instant(), nullable=True),
        sa.Column("called_back_by", types.RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["called_back_by"], ["staff_person.id"], name=op.f("fk_claim_rating_called_back_by")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_rating_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claim_rating")),
    )
    op.create_table(
        "claim_slot",
        sa.Column("person_id", types.RowId, nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("claim_id", types.RowId, nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_slot_claim_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_claim_slot_person_id")),
        sa.PrimaryKeyConstraint("person_id", "slot", name=op.f("pk_claim_slot")),
    )
    with op.batch_alter_table("claim_slot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_slot_claim_id"), ["claim_id"], unique=False)

    op.create_table(
        "ledger_balance",
        sa.Column("account_id", types.RowId, nullable=False),
        sa.Column("amount", types.Fen(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_account.id"], name=op.f("fk_ledger_balance_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ledger_balance")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("sequence", types.RowId, nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("posted_at", types.Instant(), nullable=False),
        sa.Column("movement", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("contribution_year", sa.SmallInteger(), nullable=True),
        sa.Column("claim_id", types.RowId, nullable=True),
        sa.Column("reverses_id", types.RowId, nullable=True),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_ledger_entry_claim_id")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_entry.id"], name=op.f("fk_ledger_entry_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_ledger_entry_idempotency_key")),
        sa.UniqueConstraint("region", "book", "sequence", name=op.f("uq_ledger_entry_region_book_sequence")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_ledger_entry_reverses_id")),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_entry_claim_id"), ["claim_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("person_id", types.RowId, nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("facts", types.Facts, nullable=False),
        sa.Column("claim_id", types.RowId, nullable=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("read_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_notice_claim_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_person_id"), ["person_id"], unique=False)

    op.create_table(
        "one_time_code",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=True),
        sa.Column("person_id", types.RowId, nullable=True),
        sa.Column("claim_id", types.RowId, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.Column("issued_by", types.RowId, nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_one_time_code_claim_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["staff_person.id"], name=op.f("fk_one_time_code_issued_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_one_time_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
        sa.UniqueConstraint("challenge_hash", name=op.f("uq_one_time_code_challenge_hash")),
    )
    with op.batch_alter_table("one_time_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_code_person_id"), ["person_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", types.RowId, nullable=True),
        sa.Column("staff_account_id", types.RowId, nullable=True),
        sa.Column("claim_id", types.RowId, nullable=True),
        sa.Column("assisted_by", sa.Text(), nullable=True),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("began_at", types.Instant(), nullable=False),
        sa.Column("last_used_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.CheckConstraint(
            "(CASE WHEN person_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN staff_account_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN claim_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_session_one_owner"),
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_session_claim_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.ForeignKeyConstraint(
            ["staff_account_id"], ["staff_account.id"], name=op.f("fk_session_staff_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_staff_account_id"), ["staff_account_id"], unique=False)

    op.create_table(
        "claim_decision",
        sa.Column("event_id", types.RowId, nullable=False),
        sa.Column("claim_id", types.RowId, nullable=False),
        sa.Column("staff_person_id", types.RowId, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id", "staff_person_id", "act"],
            ["claim_handler.claim_id", "claim_handler.staff_person_id", "claim_handler.act"],
            name="fk_claim_decision_handler",
        ),
        sa.ForeignKeyConstraint(["event_id"], ["claim_event.id"], name=op.f("fk_claim_decision_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_claim_decision")),
    )
    op.create_table(
        "claim_payee",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("draft_id", types.RowId, nullable=True),
        sa.Column("claim_id", types.RowId, nullable=True),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("account_tail", sa.Text(), nullable=False),
        sa.Column("bank_name", sa.Text(), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_payee_claim_id")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["claim_draft.id"], name=op.f("fk_claim_payee_draft_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_payee")),
        sa.UniqueConstraint("uid", name=op.f("uq_claim_payee_uid")),
    )
    with op.batch_alter_table("claim_payee", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_payee_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_claim_payee_draft_id"), ["draft_id"], unique=False)

    op.create_table(
        "ledger_posting",
        sa.Column("entry_id", types.RowId, nullable=False),
        sa.Column("position", types.RowId, nullable=False),
        sa.Column("account_id", types.RowId, nullable=False),
        sa.Column("amount", types.Fen(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_account.id"], name=op.f("fk_ledger_posting_account_id")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_posting_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "position", name=op.f("pk_ledger_posting")),
    )
    with op.batch_alter_table("ledger_posting", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_posting_account", ["account_id", "entry_id"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("draft_id", types.RowId, nullable=True),
        sa.Column("claim_id", types.RowId, nullable=True),
        sa.Column("person_id", types.RowId, nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pages", sa.SmallInteger(), nullable=False),
        sa.Column("size", types.RowId, nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("key_wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("likeness", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("added_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_receipt_claim_id")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["claim_draft.id"], name=op.f("fk_receipt_draft_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_receipt_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_draft_id"), ["draft_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_person_id"), ["person_id"], unique=False)

    op.create_table(
        "subsidy_year",
        sa.Column("person_id", types.RowId, nullable=False),
        sa.Column("contribution_year", sa.SmallInteger(), nullable=False),
        sa.Column("entry_id", types.RowId, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_subsidy_year_entry_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_subsidy_year_person_id")),
        sa.PrimaryKeyConstraint("person_id", "contribution_year", name=op.f("pk_subsidy_year")),
    )
    op.create_table(
        "payment",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("file_id", types.RowId, nullable=False),
        sa.Column("claim_id", types.RowId, nullable=False),
        sa.Column("payee_id", types.RowId, nullable=True),
        sa.Column("position", types.RowId, nullable=False),
        sa.Column("amount", types.Fen(), nullable=False),
        sa.Column("account_tail", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_payment_claim_id")),
        sa.ForeignKeyConstraint(["file_id"], ["payment_file.id"], name=op.f("fk_payment_file_id")),
        sa.ForeignKeyConstraint(["payee_id"], ["claim_payee.id"], name=op.f("fk_payment_payee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("file_id", "position", name=op.f("uq_payment_file_id_position")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_file_id"), ["file_id"], unique=False)

    add_append_only_triggers(op.get_bind(), _EVIDENCE)
