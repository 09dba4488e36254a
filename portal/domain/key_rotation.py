"""What is on record of a change of keys, and when an old key may not go yet."""

from dataclasses import dataclass
from typing import ClassVar

from portal.domain.audit import Act
from portal.domain.errors import Refusal


class OldKeysStillNeeded(Refusal):
    """Values that an old key made stand in the database; ``facts`` counts them by table."""

    code: ClassVar[str] = "old_keys_still_needed"


@dataclass(frozen=True)
class ValuesRenewed(Act):
    """Every value of one purpose that could be made anew was, with the key now in use."""

    purpose: str
    rows: int
