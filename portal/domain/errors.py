"""What a rule says when the answer is no."""

from typing import ClassVar


class Refusal(Exception):
    """A request that was understood and is not allowed; the page makes the sentence from code and facts.

    ``facts`` holds plain values (numbers, dates, codes) that the sentence needs, never display text
    and never a whole personal number.
    """

    code: ClassVar[str]

    def __init__(self, **facts: object) -> None:
        super().__init__(f"{self.code} {facts}" if facts else self.code)
        self.facts = facts


class StorageBusy(Exception):
    """What keeps our records takes nothing just now; nothing was stored, and trying again may help."""


class StorageFull(StorageBusy):
    """There is no room left to write; nothing was stored."""
