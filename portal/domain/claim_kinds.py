"""What can be asked for, and why it may be refused: two closed lists that packs and pages draw from."""

from enum import StrEnum


class ClaimKind(StrEnum):
    """Everything a person, household, heir or passer-by can file."""

    REIMBURSEMENT = "reimbursement"
    SCHEME_WITHDRAWAL = "scheme_withdrawal"
    ROUTE_CHOICE = "route_choice"
    IDENTITY_CONFIRMATION = "identity_confirmation"
    SPECIAL_LEDGER_OPTION = "special_ledger_option"
    LEDGER_REIMBURSEMENT = "ledger_reimbursement"
    ONE_OFF_PAYMENT = "one_off_payment"
    OTHER_BANK_ACCOUNT = "other_bank_account"
    MEMBER_CHOICE = "member_choice"
    WAIVER = "waiver"
    GOOD_REASON = "good_reason"
    CHANGE = "change"
    TRANSFER = "transfer"
    CANCELLATION = "cancellation"
    OBJECTION = "objection"
    NOTICE_OBJECTION = "notice_objection"
    TIP_OFF = "tip_off"


VOICES = frozenset({ClaimKind.OBJECTION, ClaimKind.NOTICE_OBJECTION, ClaimKind.TIP_OFF})
"""Kinds that say something is wrong, rather than ask for something."""


class Reason(StrEnum):
    """Why a claim is not granted or is sent back; the pack has the words and the clause."""

    NOT_CONFIRMED = "not_confirmed"
    NOT_INSURED = "not_insured"
    NO_RECEIPT = "no_receipt"
    RECEIPT_UNREADABLE = "receipt_unreadable"
    RECEIPT_NAME_MISMATCH = "receipt_name_mismatch"
    RECEIPT_WRONG_YEAR = "receipt_wrong_year"
    ALREADY_CLAIMED_YEAR = "already_claimed_year"
    CAP_REACHED = "cap_reached"
    WITHDRAWAL_NOT_DONE = "withdrawal_not_done"
    SCHEME_MISMATCH = "scheme_mismatch"
    PAYEE_MISMATCH = "payee_mismatch"
    OUTSIDE_REGION = "outside_region"
    QUOTA_EXPIRED = "quota_expired"
    HEIR_UNPROVED = "heir_unproved"
    SIGNATURES_MISSING = "signatures_missing"
    LAND_NOT_FOUND = "land_not_found"
    NOT_GOOD_REASON = "not_good_reason"
    RECORD_IS_RIGHT = "record_is_right"
    NOTICE_IS_RIGHT = "notice_is_right"
    NOTHING_FOUND = "nothing_found"
    NOT_CLEAR = "not_clear"
    CONDITION_NOT_IN_TEXT = "condition_not_in_text"
    IN_WORDS = "in_words"
    """None of the others: what the officer wrote says it. It fits every kind and stands in no pack."""


PAPER_REASONS = frozenset(
    {Reason.RECEIPT_UNREADABLE, Reason.RECEIPT_NAME_MISMATCH, Reason.RECEIPT_WRONG_YEAR}
)
"""Why one photographed paper has to come again."""

SEEN_ON_PAPER = frozenset({Reason.NO_RECEIPT, Reason.HEIR_UNPROVED})
"""Reasons by which a person finds a condition not met that a guard found met, since something was sent."""

JUDGED_BY_PEOPLE = PAPER_REASONS | SEEN_ON_PAPER | {Reason.CONDITION_NOT_IN_TEXT, Reason.IN_WORDS}
"""Reasons that no guard can contradict: a guard counts papers and answers, a person reads them."""
