"""Compares where claims stand with what happened to them."""

import os

import click

from portal.cli.house import open_furnished_house
from portal.config import Settings
from portal.services import claims as filed
from portal.services.work import SYSTEM, begin_reading
from portal.web.work import SteadyClock


@click.group()
def claims() -> None:
    """Check where claims stand."""


@claims.command()
def check() -> None:
    """Fold every claim's history; each whose kept state disagrees is named, and the exit status is 1."""
    house = open_furnished_house(Settings.from_env(os.environ))
    with begin_reading(house, SYSTEM, SteadyClock(house)) as work:
        faults = filed.list_state_faults(work)
    for number, kept, folded in faults:
        click.echo(f"{number}: kept as {kept}, its history says {folded}")
    if faults:
        raise click.ClickException(f"{len(faults)} claims do not agree with their history.")
    click.echo("Every claim agrees with its history.")
