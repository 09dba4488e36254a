"""Checks the policy packs, and begins a new one for a person who writes no Python."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from portal.config import find_data
from portal.content.cases import read_cases
from portal.content.packs import list_pack_folders, read_packs
from portal.content.problems import Problem

_LEGAL_TIME = ZoneInfo("Asia/Shanghai")
_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
_FILES = ("region.toml", "rules.toml", "cases.toml", "movements.toml")

_kb_option = click.option(
    "--kb",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=lambda: find_data("kb"),
    show_default="the portal's own",
    help="The knowledge base to work in.",
)


@click.group()
def region() -> None:
    """Check the policy packs, or begin one.

    docs/add-a-region.md leads through it step by step.
    """


@region.command()
@click.argument("name")
@click.option("--document", help="Id of the policy text, such as jinning-2020.  [default: NAME-this year]")
@_kb_option
def new(name: str, document: str | None, kb: Path) -> None:
    """Make the folder of a region called NAME, with everything to fill in."""
    if not _NAME.fullmatch(name):
        raise click.ClickException("A name has 2 to 31 small letters, digits and dashes, such as jinning.")
    folder = kb / "regions" / name
    if folder.exists():
        raise click.ClickException(f"{folder} is there already; nothing was changed.")
    document = document or f"{name}-{datetime.now(_LEGAL_TIME).year}"
    patterns = {folder / file: kb / "new-region" / file for file in _FILES}
    text = kb / "documents" / f"{document}.md"
    if not text.exists():
        patterns[text] = kb / "new-region" / "document.md"
    try:
        filled = {target: _fill(pattern, name, document) for target, pattern in patterns.items()}
        _make(folder, filled)
    except OSError as error:
        raise click.ClickException(
            f"{error}; nothing was made. Is {kb} a knowledge base, and may it be written?"
        ) from error
    for target in filled:
        click.echo(f"made {target}")
    click.echo("Fill them in, then run: portal region check")


@region.command()
@_kb_option
def check(kb: Path) -> None:
    """Say everything that is wrong with the policy packs, each with file and line."""
    problems: list[Problem] = []
    packs = read_packs(kb, problems)
    cases = [(folder.name, case) for folder in list_pack_folders(kb) for case in read_cases(folder, problems)]
    if not problems:
        for place, case in cases:
            case.run(packs.get(place), packs.calendar)
    for problem in sorted(problems):
        click.echo(str(problem))
    if problems:
        raise click.ClickException(f"{len(problems)} to mend. Worked examples run once the rest is sound.")
    click.echo(f"{len(packs.regions)} regions and {len(cases)} worked examples are sound.")


def _fill(pattern: Path, name: str, document: str) -> str:
    return pattern.read_text(encoding="utf-8").replace("NAME", name).replace("DOCUMENT", document)


def _make(folder: Path, files: Mapping[Path, str]) -> None:
    """Make a folder and these files, or leave nothing that would stand in the way of another try."""
    folder.mkdir(parents=True)
    try:
        for target, content in files.items():
            target.write_text(content, encoding="utf-8")
    except OSError:
        for target in files:
            target.unlink(missing_ok=True)
        folder.rmdir()
        raise
