"""How often one address may ask: so many times in a window that slides along."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

_MOST_ADDRESSES = 10_000


class Pace:
    """The latest requests of each address, as far as this process has seen them.

    The addresses heard longest ago are forgotten first, so that many of them do not fill the memory.
    """

    def __init__(self, most: int, window: timedelta) -> None:
        self._most = most
        self._window = window
        self._heard: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def wait(self, address: str, now: datetime) -> timedelta:
        """Count a request and return zero, or say how long to wait until the next one counts."""
        with self._lock:
            heard = self._heard.setdefault(address, deque(maxlen=self._most))
            self._heard.move_to_end(address)
            if len(self._heard) > _MOST_ADDRESSES:
                self._heard.popitem(last=False)
            if len(heard) == self._most and now - heard[0] < self._window:
                return self._window - (now - heard[0])
            heard.append(now)
            return timedelta()
