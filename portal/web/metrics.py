"""How many requests came to which end, and how long they took, over all workers of a host."""

import os
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from mmap import mmap

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

# Seconds; the last bucket takes what is slower.
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_CLASSES = ("2xx", "3xx", "4xx", "5xx")
_ELSEWHERE = "-"

# Each process counts in a row of its own, chosen by its number, so that nobody waits for a worker
# that was killed in the middle of counting.
_ROWS = 64
_CELL_BYTES = 8


class RequestFigures:
    """Counts in memory that is there before the workers part from their parent, and so is everyone's."""

    def __init__(self, endpoints: Iterable[str], process: Callable[[], int] = os.getpid) -> None:
        """``endpoints`` are all that requests can lead to; what leads nowhere is counted as ``-``."""
        self._places = {name: place for place, name in enumerate([_ELSEWHERE, *sorted(endpoints)])}
        self._times_at = len(self._places) * len(_CLASSES)
        self._width = self._times_at + len(_BOUNDS) + 1 + 1
        self._cells = memoryview(mmap(-1, self._width * _ROWS * _CELL_BYTES)).cast("d")
        self._process = process
        self._lock = threading.Lock()

    def count(self, endpoint: str | None, status: int, seconds: float) -> None:
        """Count one request."""
        row = self._process() % _ROWS * self._width
        place = self._places.get(endpoint or _ELSEWHERE, 0)
        with self._lock:
            self._cells[row + place * len(_CLASSES) + min(max(status // 100, 2), 5) - 2] += 1
            self._cells[row + self._times_at + bisect_left(_BOUNDS, seconds)] += 1
            self._cells[row + self._width - 1] += seconds

    def collect(self) -> Iterator[Metric]:
        """The counts as Prometheus reads them."""
        cells = [sum(self._cells[column :: self._width]) for column in range(self._width)]
        requests = CounterMetricFamily("portal_requests", "Requests answered.", labels=["endpoint", "status"])
        for endpoint, place in self._places.items():
            for offset, of_class in enumerate(_CLASSES):
                counted = cells[place * len(_CLASSES) + offset]
                if counted:
                    requests.add_metric([endpoint, of_class], counted)
        yield requests
        bounds = [*map(str, _BOUNDS), "+Inf"]
        reached = accumulate(cells[self._times_at : -1])
        yield HistogramMetricFamily(
            "portal_request_seconds",
            "How long requests took.",
            buckets=list(zip(bounds, reached, strict=True)),
            sum_value=cells[-1],
        )
