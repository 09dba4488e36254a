"""Claims: their drafts, receipts, events and decisions, and who may not act again."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.models.base import Base, Key


class DraftRecord(Base):
    """Answers not yet handed in. A draft outlives its session and is found again for thirty days."""

    __tablename__ = "claim_draft"

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    answers: Mapped[dict[str, Any]]
    resubmits_claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"))
    resume_code_hash: Mapped[bytes | None] = mapped_column(unique=True)
    assisted_by: Mapped[str | None]
    begun_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("person_id", "kind"),)


class DraftHelperRecord(Base):
    """Somebody at the desk who has gone on with a draft, whichever of their accounts they used for it."""

    __tablename__ = "claim_draft_helper"

    draft_id: Mapped[int] = mapped_column(ForeignKey("claim_draft.id", ondelete="CASCADE"), primary_key=True)
    staff_person_id: Mapped[int] = mapped_column(ForeignKey("staff_person.id"), primary_key=True)


class ClaimRecord(Base):
    """One claim. ``state`` copies what its events say, for queues; a command rebuilds and compares it."""

    __tablename__ = "claim"

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(unique=True)
    region: Mapped[str]
    town: Mapped[str]
    village: Mapped[str]
    kind: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    claim_year: Mapped[int | None] = mapped_column(SmallInteger)
    amount: Mapped[Decimal | None]
    answers: Mapped[dict[str, Any]]
    filed_at: Mapped[datetime]
    promised_on: Mapped[date]
    first_contact_job_no: Mapped[str]
    state: Mapped[str]
    state_since: Mapped[datetime]

    __table_args__ = (
        Index("ix_claim_queue", "region", "state", "promised_on"),
        Index("ix_claim_town", "region", "town", "state"),
    )


class ClaimEventRecord(Base):
    """One thing that happened to a claim; what is written here is never changed."""

    __tablename__ = "claim_event"

    id: Mapped[Key]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    sequence: Mapped[int]
    at: Mapped[datetime]
    act: Mapped[str]
    staff_person_id: Mapped[int | None] = mapped_column(ForeignKey("staff_person.id"))
    job_no: Mapped[str | None]
    facts: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("claim_id", "sequence"),)


class HandlerRecord(Base):
    """The one act that a natural person may do on a claim.

    The key is (claim, person): a second act of the same person has no row to stand on
    (guangdong-2025#art14, 严禁一人通办).
    """

    __tablename__ = "claim_handler"

    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    staff_person_id: Mapped[int] = mapped_column(ForeignKey("staff_person.id"), primary_key=True)
    act: Mapped[str]

    __table_args__ = (UniqueConstraint("claim_id", "staff_person_id", "act"),)


class DecisionRecord(Base):
    """A decision on a claim, resting on its handler's row."""

    __tablename__ = "claim_decision"

    event_id: Mapped[int] = mapped_column(ForeignKey("claim_event.id"), primary_key=True)
    claim_id: Mapped[int]
    staff_person_id: Mapped[int]
    act: Mapped[str]
    verdict: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(
            ["claim_id", "staff_person_id", "act"],
            ["claim_handler.claim_id", "claim_handler.staff_person_id", "claim_handler.act"],
            name="fk_claim_decision_handler",
        ),
    )


class ClaimSlotRecord(Base):
    """What only one claim at a time may hold, such as a filing year or a contribution year of a person."""

    __tablename__ = "claim_slot"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)


class ReceiptRecord(Base):
    """A photographed paper. The file is sealed under a key of its own, which is wrapped here."""

    __tablename__ = "receipt"

    id: Mapped[Key]
    draft_id: Mapped[int | None] = mapped_column(
        ForeignKey("claim_draft.id", ondelete="SET NULL"), index=True
    )
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    material: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]
    pages: Mapped[int] = mapped_column(SmallInteger)
    size: Mapped[int]
    blob: Mapped[str]
    key_wrapped: Mapped[bytes]
    digest: Mapped[bytes] = mapped_column(index=True)
    # The likenesses of its pages one after the other, 128 bytes each; blank pages have none.
    likeness: Mapped[bytes]
    state: Mapped[str]
    reason: Mapped[str | None]
    added_at: Mapped[datetime]


class RefusedPaperRecord(Base):
    """A file that was sent as a paper of a draft and not taken, and why; nothing of the file is kept."""

    __tablename__ = "refused_paper"

    id: Mapped[Key]
    draft_id: Mapped[int] = mapped_column(ForeignKey("claim_draft.id", ondelete="CASCADE"), index=True)
    material: Mapped[str]
    code: Mapped[str]
    facts: Mapped[dict[str, Any]]
    sent_at: Mapped[datetime]


class ClaimPayeeRecord(Base):
    """An account that a claim asks to be paid to beside the one on record: another bank's, or an heir's."""

    __tablename__ = "claim_payee"

    id: Mapped[Key]
    # Names the row to the seal of its account, so that a sealed value opens nowhere else.
    uid: Mapped[str] = mapped_column(unique=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("claim_draft.id", ondelete="CASCADE"), index=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"), index=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str]
    account_sealed: Mapped[bytes]
    account_tail: Mapped[str]
    bank_name: Mapped[str]
    # Parts of the whole: all alike where the heirs agreed on nothing else.
    weight: Mapped[int] = mapped_column(SmallInteger)


class ClaimantRecord(Base):
    """An heir or beneficiary of somebody who died; may act on one claim once a second person agreed."""

    __tablename__ = "claimant"

    id: Mapped[Key]
    # Names the row to the seal of its number, so that a sealed value opens nowhere else.
    uid: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    number_sealed: Mapped[bytes]
    relation: Mapped[str]
    proof: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("staff_person.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff_person.id"))
    # None while it waits, and for good where the second person said no.
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"), index=True)


class PaymentFileRecord(Base):
    """One file of payments for the bank. What it holds is written out when streamed, and never stored."""

    __tablename__ = "payment_file"

    id: Mapped[Key]
    region: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff_person.id"))
    total: Mapped[Decimal]
    lines: Mapped[int]
    returned_at: Mapped[datetime | None]
    return_digest: Mapped[bytes | None] = mapped_column(unique=True)


class PaymentRecord(Base):
    """One payment of a claim in one file; the bank's answer stands beside it.

    A claim with several payees, such as heirs, has a payment for each; ``payee_id`` is none for the account
    on record.
    """

    __tablename__ = "payment"

    id: Mapped[Key]
    file_id: Mapped[int] = mapped_column(ForeignKey("payment_file.id"), index=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    payee_id: Mapped[int | None] = mapped_column(ForeignKey("claim_payee.id"))
    position: Mapped[int]
    amount: Mapped[Decimal]
    account_tail: Mapped[str]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]

    __table_args__ = (UniqueConstraint("file_id", "position"),)


class SubsidyYearRecord(Base):
    """A contribution year for which the subsidy was given, with the entry that gave it; once per person."""

    __tablename__ = "subsidy_year"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    contribution_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"))


class RatingRecord(Base):
    """What the villager thought of a closed claim."""

    __tablename__ = "claim_rating"

    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    score: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str | None]
    rated_at: Mapped[datetime]
    called_back_at: Mapped[datetime | None]
    called_back_by: Mapped[int | None] = mapped_column(ForeignKey("staff_person.id"))
    called_back_words: Mapped[str | None]
