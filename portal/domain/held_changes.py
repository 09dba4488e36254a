"""A changed phone or payee is a way to steal, so it takes effect on the word of a second person."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portal.domain.audit import Act
from portal.domain.disclosure import SealedField
from portal.domain.errors import Refusal


class NoSuchHeldChange(Refusal):
    """Nothing waits under this number, or it was decided meanwhile."""

    code: ClassVar[str] = "no_such_held_change"


class ProposedByYou(Refusal):
    """Whoever proposed a change does not confirm it."""

    code: ClassVar[str] = "proposed_by_you"


@dataclass(frozen=True)
class HeldChange:
    """A value that waits: the last digits of the old and the new one, and who proposed it when."""

    id: int
    person_id: int
    name: str
    town: str
    village: str
    region: str
    field: SealedField
    old_tail: str | None
    new_tail: str | None
    bank_name: str | None
    proposed_at: datetime
    proposed_by: int
    proposed_by_job_no: str


def check_second_person(change: HeldChange, staff_person_id: int) -> None:
    """Refuse unless somebody else than the proposer decides; raises ``ProposedByYou``."""
    if change.proposed_by == staff_person_id:
        raise ProposedByYou


@dataclass(frozen=True)
class HeldChangeProposed(Act):
    """Someone at the desk keyed a phone or payee that a villager brought; it waits for a second person."""

    subject: ClassVar[str] = "person"
    person_id: int
    field: SealedField


@dataclass(frozen=True)
class HeldChangeDecided(Act):
    """A second person confirmed or denied a changed phone or payee."""

    subject: ClassVar[str] = "person"
    person_id: int
    field: SealedField
    accepted: bool
