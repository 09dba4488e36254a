"""Keeps what the programs of this folder measured, and writes it down in docs/performance.md."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("results.json")
PAPER = Path(__file__).parent.parent / "docs" / "performance.md"

_BEGIN, _END = "<!-- measured -->\n", "<!-- end of what was measured -->\n"


class Measured(NamedTuple):
    """A figure with its unit and the bar that it must hold, if there is one."""

    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the figure is on the right side of its bar."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )


def keep(section: str, figures: dict[str, float | Measured]) -> None:
    """Replace one section of the file and print it; the other sections stay.

    Ends the program with status 1 when a figure misses its bar, once all are kept.
    """
    measured = {
        name: each if isinstance(each, Measured) else Measured(each) for name, each in figures.items()
    }
    known = _read()
    known[section] = {
        "machine": _machine(),
        "figures": {name: _plain(each) for name, each in measured.items()},
    }
    FILE.write_text(json.dumps(known, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    _write_paper(known)
    for name, each in measured.items():
        print(f"{section}: {name} = {_shown(each)}{'' if each.holds else '   MISSES ITS BAR: ' + _bar(each)}")
    if not all(each.holds for each in measured.values()):
        raise SystemExit(1)


def expect_misses(figures: dict[str, Measured]) -> None:
    """Say of each figure of a deliberately broken portal that it misses its bar; end with 1 if one holds."""
    for name, each in figures.items():
        print(f"canary: {name} = {_shown(each)} ({_bar(each)}){' HOLDS, and must not' if each.holds else ''}")
    if any(each.holds for each in figures.values()):
        raise SystemExit(1)


def _read() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def _plain(measured: Measured) -> dict[str, Any]:
    said = {name: value for name, value in measured._asdict().items() if value not in (None, "")}
    return {**said, "value": round(measured.value, 3)}


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    today = datetime.now(UTC).date()
    return f"{cores} cores {platform.machine()}, Python {platform.python_version()}, {today}"


def _write_paper(known: dict[str, Any]) -> None:
    """Put the table of everything measured in its place in the paper."""
    lines = ["| what | measured | bar |\n", "|---|---:|---:|\n"]
    for section in known.values():
        for name, plain in section["figures"].items():
            measured = Measured(**plain)
            missed = "" if measured.holds else " **missed**"
            lines.append(f"| {name} | {_shown(measured)}{missed} | {_bar(measured)} |\n")
    machines = sorted({section["machine"] for section in known.values()})
    lines.append(f"\nOn {'; '.join(machines)}.\n")
    before, _, rest = PAPER.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAPER.write_text(f"{before}{_BEGIN}{''.join(lines)}{_END}{after}", encoding="utf-8")


def _shown(measured: Measured) -> str:
    value = measured.value
    digits = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
    return f"{digits} {measured.unit}".rstrip()


def _bar(measured: Measured) -> str:
    if measured.at_least is not None:
        return f"≥ {measured.at_least:g} {measured.unit}".rstrip()
    return "" if measured.at_most is None else f"≤ {measured.at_most:g} {measured.unit}".rstrip()
