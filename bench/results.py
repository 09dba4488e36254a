"""Keeps what the programs of this folder measured: ratios in one file, a section for each program."""

import json
from pathlib import Path

FILE = Path(__file__).with_name("results.json")


def keep(section: str, ratios: dict[str, float]) -> None:
    """Replace one section of the file and print it; the other sections stay."""
    known = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    known[section] = {name: round(ratio, 3) for name, ratio in ratios.items()}
    FILE.write_text(json.dumps(known, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    for name, ratio in known[section].items():
        print(f"{section}: {name} = {ratio}")
