"""What is put on record: acts in the past tense, with row numbers and codes and nothing personal."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

Plain = str | int | bool | None | list[str] | list[int]


@dataclass(frozen=True)
class Act:
    """Something that a person or the portal did.

    A subclass is named in the past tense. ``subject`` names what was acted on; its row number is
    the field ``<subject>_id``. The other fields become facts; they hold codes, counts, dates and
    amounts, never a name, a citizen number, a phone or an account.
    """

    name: ClassVar[str]
    subject: ClassVar[str | None] = None

    def __init_subclass__(cls) -> None:
        """Name the act by its class: ``ClaimDecided`` is on record as ``claim_decided``."""
        cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def subject_id(self) -> int | None:
        """The row that was acted on."""
        return None if self.subject is None else getattr(self, f"{self.subject}_id")

    @property
    def facts(self) -> dict[str, Plain]:
        """The other fields, as plain values."""
        return {
            field.name: _plain(getattr(self, field.name))
            for field in fields(self)
            if field.name != f"{self.subject}_id"
        }


@dataclass(frozen=True)
class RecordedAct:
    """An act as it stands on record, with its place in its region's chain.

    ``actor_id`` is the row of the villager or of the person at the desk who acted, where somebody did.
    """

    sequence: int
    at: datetime
    actor_kind: str
    actor_id: int | None
    job_no: str | None
    act: str
    subject_kind: str | None
    subject_id: int | None
    facts: Mapping[str, Any]
    request_id: str | None


def list_acts() -> Iterator[type[Act]]:
    """Every kind of act there is, so that each can be given a sentence."""
    waiting = list(Act.__subclasses__())
    while waiting:
        kind = waiting.pop()
        yield kind
        waiting.extend(kind.__subclasses__())


def _plain(value: object) -> Plain:
    match value:
        case StrEnum() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case tuple() | frozenset() | list():
            return [str(_plain(item)) for item in value]
        case None | bool() | int() | str():
            return value
    raise TypeError(f"{type(value).__name__} cannot be put on record")
