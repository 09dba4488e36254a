"""How long a signed-in browser stays signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Lifetime:
    """A session ends after ``idle`` without use, and after ``whole`` in any case."""

    idle: timedelta
    whole: timedelta

    def is_over(self, began_at: datetime, last_used_at: datetime, now: datetime) -> bool:
        """Whether the session has ended by ``now``."""
        return now >= began_at + self.whole or now >= last_used_at + self.idle


# A villager reads slowly and fetches a receipt from the drawer; a desk is left for lunch.
CITIZEN_LIFETIME = Lifetime(idle=timedelta(minutes=30), whole=timedelta(hours=2))
STAFF_LIFETIME = Lifetime(idle=timedelta(minutes=30), whole=timedelta(hours=10))

# Last use is written at most this often: a look at a page should not cost a durable write.
TOUCH_AFTER = timedelta(minutes=1)
