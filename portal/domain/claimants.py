"""Heirs and beneficiaries, who have no record: two people let them in to one claim of somebody who died."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from portal.domain.audit import Act
from portal.domain.errors import Refusal


class Relation(StrEnum):
    """By what right somebody claims for a person who died (guangdong-2025#art11.3)."""

    HEIR = "heir"
    BENEFICIARY = "beneficiary"


class ProofSeen(StrEnum):
    """Which paper the desk has seen; a closed list, so that the audit log can be searched by it."""

    KINSHIP = "kinship"
    HOUSEHOLD_REGISTER = "household_register"
    NOTARISED = "notarised"
    COURT = "court"
    DESIGNATION = "designation"


class NoSuchClaimant(Refusal):
    """Nobody is recorded or waits under this number, or it was decided meanwhile."""

    code: ClassVar[str] = "no_such_claimant"


class PersonIsAlive(Refusal):
    """Whoever is alive claims for themselves."""

    code: ClassVar[str] = "person_is_alive"


@dataclass(frozen=True)
class Claimant:
    """Somebody who claims for a person who died; ``claim_id`` is there once a second person agreed."""

    id: int
    person_id: int
    person_name: str
    region: str
    town: str
    village: str
    name: str
    relation: Relation
    proof: ProofSeen
    proposed_at: datetime
    proposed_by: int
    proposed_by_job_no: str
    decided_at: datetime | None
    claim_id: int | None


@dataclass(frozen=True)
class ClaimantProposed(Act):
    """Someone at the desk saw an heir's papers; letting them in waits for a second person."""

    subject: ClassVar[str] = "person"
    person_id: int
    relation: Relation
    proof: ProofSeen


@dataclass(frozen=True)
class ClaimantDecided(Act):
    """A second person let an heir in to one claim, or did not."""

    subject: ClassVar[str] = "person"
    person_id: int
    accepted: bool


@dataclass(frozen=True)
class ClaimCodeIssued(Act):
    """The desk gave an heir or beneficiary a paper code for one claim, after seeing the identity card."""

    subject: ClassVar[str] = "claim"
    claim_id: int
