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
"""What a round came to: counts are added up; ``longest …`` and ``largest …`` keep the greatest, ``mean …``
the mean."""


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
            total = _add(total, number, do_round(number))
            if self.is_long:
                self._keep(kept, {"rounds": number + 1, "of": rounds, "figures": total})
        return total

    def _keep(self, path: Path, content: object) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".part")
        aside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        aside.rename(path)


def _add(total: Mapping[str, float], rounds: int, more: Figures) -> dict[str, float]:
    """What so many rounds and one more came to."""
    return {name: _join(name, total.get(name, 0), rounds, value) for name, value in more.items()}


def _join(name: str, so_far: float, rounds: int, value: float) -> float:
    match name.split()[0]:
        case "longest" | "largest":
            return max(so_far, value)
        case "mean":
            return round((so_far * rounds + value) / (rounds + 1), 4)
        case _:
            return so_far + value
