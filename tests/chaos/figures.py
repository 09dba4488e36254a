"""Writes what the long forms came to into ``docs/reliability.md``; by hand nobody does."""

import json
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path("build/chaos")
PAGE = Path("docs/reliability.md")
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"


def write_table() -> None:
    """Put the newest figures where the old ones stand."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + "\n" + "".join(table()) + "\n" + END + after, encoding="utf-8")


def table() -> Iterator[str]:
    """One line for each program: how many of its rounds are done, and what they came to."""
    yield "| program | rounds | figures |\n| --- | --- | --- |\n"
    for path in sorted(FOLDER.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        figures = ", ".join(f"{name} {value:,}" for name, value in kept["figures"].items())
        yield f"| {path.stem} | {kept['rounds']} of {kept['of']} | {figures} |\n"


if __name__ == "__main__":
    write_table()
