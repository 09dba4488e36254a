"""Takes in rosters and the sheets beside them, from a terminal."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click
from flask_babel import force_locale

from portal.app import create_app, settle
from portal.cli.house import open_own_house
from portal.config import Settings
from portal.domain.sheets import SheetProblem
from portal.services import rosters
from portal.services.rosters import Progress
from portal.services.rosters.findings import Findings, ShownChange
from portal.services.work import SYSTEM, Actor, Clock, House, begin_reading, begin_work
from portal.web.i18n import DEFAULT
from portal.web.wording import rosters as words
from portal.web.work import SteadyClock

SHEETS = {
    "people": "roster",
    "land_batches": "land_batch",
    "households": "household",
    "quota_letters": "quota_letter",
    "deposits": "deposit",
    "public_notices": "public_notice",
}
LINES_SHOWN = 50


@click.group()
def roster() -> None:
    """Take in rosters."""


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--region", help="Whose people these are; needed where several regions are served.")
@click.option("--sheet", type=click.Choice(list(SHEETS)), default="people", show_default=True)
@click.option("--accept", is_flag=True, help="Store it; without this the file is only looked at.")
@click.option("--staff", "login", help="The login of who stands for changed phones and payees.")
def import_file(file: Path, *, region: str | None, sheet: str, accept: bool, login: str | None) -> None:
    """Look at a FILE (.xlsx or .csv), and with --accept store it, whole or not at all."""
    settings = Settings.from_env(os.environ)
    house = open_own_house(settings)
    app = create_app(settings, house)
    settle()
    clock = SteadyClock(house)
    chosen = _choose_region(house, region)
    with app.app_context(), force_locale(DEFAULT), file.open("rb") as stream:
        with _progress("Reading") as progress:
            findings = _look(house, clock, SHEETS[sheet], chosen, stream, progress)
        _print(findings)
        if findings.problem_count:
            sys.exit(1)
        if accept:
            actor = _actor(house, clock, login, chosen)
            with _progress("Storing") as progress, begin_work(house, actor, clock) as work:
                rosters.accept(work, SHEETS[sheet], chosen, stream, progress)
            click.echo("Stored.")
        else:
            click.echo("Nothing was stored; --accept stores it.")


def _choose_region(house: House, region: str | None) -> str:
    if region is None and len(house.regions) == 1:
        return house.regions[0]
    if region not in house.regions:
        raise click.ClickException(f"--region is one of: {', '.join(house.regions)}")
    return str(region)


def _look(
    house: House, clock: Clock, sheet: str, region: str, stream: BinaryIO, progress: Progress
) -> Findings:
    with begin_reading(house, SYSTEM, clock) as work:
        return rosters.examine(work, sheet, region, stream, progress)


def _actor(house: House, clock: Clock, login: str | None, region: str) -> Actor:
    if login is None:
        return SYSTEM
    with begin_reading(house, SYSTEM, clock) as work:
        return rosters.stand_for(work, login, region)


@contextmanager
def _progress(label: str) -> Iterator[Progress]:
    with click.progressbar(length=0, label=label) as bar:

        def show(done: int, about: int) -> None:
            bar.length = about
            bar.update(done - bar.pos)

        yield show


def _print(findings: Findings) -> None:
    click.echo(
        f"new {findings.new}, changed {findings.changed}, unchanged {findings.unchanged}; "
        f"phones and payees for a second person {findings.held}; problems {findings.problem_count}"
    )
    if findings.ignored:
        click.echo(f"columns not read: {'、'.join(findings.ignored)}")
    for line in [
        *map(partial(_problem_line, findings.sheet), findings.problems),
        *map(partial(_change_line, findings.sheet), findings.changes),
    ][:LINES_SHOWN]:
        click.echo(line)
    hidden = findings.problem_count + findings.change_count - LINES_SHOWN
    if hidden > 0:
        click.echo(f"… and {hidden} more")


def _problem_line(sheet: str, problem: SheetProblem) -> str:
    return f"row {problem.row}, {words.column_name(problem.column, sheet)}: {words.problem(problem)}"


def _change_line(sheet: str, change: ShownChange) -> str:
    old, new = words.value(change.field, change.old), words.value(change.field, change.new)
    return f"row {change.row}, {change.who}, {words.column_name(change.field, sheet)}: {old} → {new}"
