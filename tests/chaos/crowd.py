"""Villagers and their desk, all at once, in threads."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from portal.domain.staff import Role
from tests.chaos.clients import NobodyThere, Portal
from tests.chaos.county import County, Pass, villager
from tests.chaos.errands import Book, Errand, Stuck

CLIENTS = 6


@dataclass
class Crowd:
    """Errands under way; each client takes the next villager when one is through."""

    portal: Portal
    book: Book
    desk: Mapping[Role, Pass]
    waiting: "SimpleQueue[tuple[int, Pass]]"
    stuck: list[str] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Let them begin."""
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def is_busy(self) -> bool:
        """Whether somebody is still on the way."""
        return any(thread.is_alive() for thread in self._threads)

    def finish(self) -> None:
        """Wait for all of them."""
        for thread in self._threads:
            thread.join()

    def send_home(self) -> None:
        """Let nobody begin any more, and wait for those on the way."""
        self._over.set()
        self.finish()

    def _work(self) -> None:
        try:
            self._walk_errands()
        finally:
            self.portal.leave()

    def _walk_errands(self) -> None:
        while not self._over.is_set():
            try:
                person_id, me = self.waiting.get_nowait()
            except Empty:
                return
            try:
                Errand(self.portal, self.desk, person_id, me, self.book).walk()
            except (Stuck, NobodyThere) as error:
                self.stuck.append(f"person {person_id}: {error!r}")


def gather(county: County, ports: Sequence[int], book: Book, people: Sequence[int] | None = None) -> Crowd:
    """A crowd of a county's villagers, signed in, who have not begun yet."""
    wanted = county.people if people is None else people
    with county.open_house() as house:
        desk = county.sign_in(house, *county.desk.values())
        passes = county.sign_in(house, *map(villager, wanted))
    waiting: SimpleQueue[tuple[int, Pass]] = SimpleQueue()
    for person_id in wanted:
        waiting.put((person_id, passes[villager(person_id)]))
    return Crowd(Portal(ports), book, {role: desk[actor] for role, actor in county.desk.items()}, waiting)


@contextmanager
def at_work(crowd: Crowd) -> Iterator[Crowd]:
    """A crowd on its errands; at the end of the block all of them are through."""
    crowd.start()
    try:
        yield crowd
    finally:
        crowd.finish()
