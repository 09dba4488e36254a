"""Looking at somebody's record is an act: who looked at what, and why a whole number was uncovered."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from portal.domain.audit import Act


class SealedField(StrEnum):
    """What of a person is sealed, and shown whole only by an act of its own."""

    NUMBER = "number"
    PHONE = "phone"
    CARD = "card"
    ACCOUNT = "account"


class UncoverReason(StrEnum):
    """Why a whole number is uncovered; a closed list, so that the audit log can be searched by it."""

    COMPARE_WITH_CARD = "compare_with_card"
    COMPARE_WITH_RECEIPT = "compare_with_receipt"
    ASK_THE_BANK = "ask_the_bank"
    CALL_THE_PERSON = "call_the_person"
    INSPECTION = "inspection"


@dataclass(frozen=True)
class PersonViewed(Act):
    """Someone at the desk opened a villager's page."""

    subject: ClassVar[str] = "person"
    person_id: int


@dataclass(frozen=True)
class PeopleSearched(Act):
    """Someone at the desk looked for people; by what kind of mark, never by which."""

    by: str
    found: int


@dataclass(frozen=True)
class NumberUncovered(Act):
    """Someone at the desk saw a whole number."""

    subject: ClassVar[str] = "person"
    person_id: int
    field: SealedField
    reason: UncoverReason


@dataclass(frozen=True)
class ClaimViewed(Act):
    """Someone at the desk opened a claim."""

    subject: ClassVar[str] = "claim"
    claim_id: int


@dataclass(frozen=True)
class ReceiptViewed(Act):
    """Someone at the desk opened a photographed paper of a claim."""

    subject: ClassVar[str] = "claim"
    claim_id: int
    receipt_id: int
