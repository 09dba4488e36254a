"""The two sizes of a program, and where the long one keeps how far it has come.

The short form is what every change is tested with. The long form (``--long``) has the sizes that count;
it works in rounds, writes what each came to into ``build/chaos``, and goes on there when it is begun again.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
Figures = Mapping[str, float]
"""What a round came to: counts are added up, ``longest …`` and ``largest …`` keep the greatest."""


@dataclass(frozen=True)
class Scale:
    """How large a program is to be; the long form keeps its figures in ``folder``."""

    is_long: bool
    folder: Path

    def pick(self, short: T, long: T) -> T:
        """One of two sizes."""
        return long if self.is_long else short

    def run(self, program: str, rounds: int, do_round: Callable[[int], Figures]) -> dict[str, float]:
        """Do the rounds that were not done yet; returns what all of them came to."""
        kept = self.folder / f"{program}.json"
        done, total = 0, dict[str, float]()
        if self.is_long and kept.exists():
            content = json.loads(kept.read_text(encoding="utf-8"))
            done, total = content["rounds"], content["figures"]
        for number in range(done, rounds):
            total = _add(total, do_round(number))
            if self.is_long:
                self._keep(kept, {"rounds": number + 1, "of": rounds, "figures": total})
        return total

    def _keep(self, path: Path, content: object) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".part")
        aside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        aside.rename(path)


def _add(total: Mapping[str, float], more: Figures) -> dict[str, float]:
    return {
        name: max(total.get(name, 0), value)
        if name.startswith(("longest", "largest"))
        else total.get(name, 0) + value
        for name, value in more.items()
    }
