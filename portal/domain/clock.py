"""What is on record of a clock that ran ahead."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain.audit import Act


@dataclass(frozen=True)
class ClockAccepted(Act):
    """Somebody has checked the clock: the act of this number was written by one that ran ahead."""

    sequence: int
    dated: datetime
