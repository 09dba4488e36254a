"""Checks the audit chain."""

import os

import click

from portal.cli.chains import FAULTS, NotedHead, check_region
from portal.cli.house import open_furnished_house
from portal.config import Settings
from portal.domain.chain import Head
from portal.services import audit as audit_log
from portal.services.work import SYSTEM, begin_reading
from portal.web.work import SteadyClock


@click.group()
def audit() -> None:
    """Check the audit chain."""


@audit.command()
@click.option(
    "--head",
    "noted",
    multiple=True,
    type=NotedHead(of_book=False),
    metavar="REGION:SEQUENCE:HASH",
    help="A head noted outside the database; an old copy that was put back is found by it.",
)
@click.option("--region", help="Only this region's chain.")
def check(*, noted: tuple[tuple[str, Head], ...], region: str | None) -> None:
    """Follow every region's chain; each row that does not hold is named, and the exit status is 1."""
    house = open_furnished_house(Settings.from_env(os.environ))
    check_region(region, {*house.packs.regions, audit_log.HOUSE_BOOK}, noted)
    with begin_reading(house, SYSTEM, SteadyClock(house)) as work:
        breaks = list(audit_log.check(work, noted, only=region))
        ends = audit_log.list_heads(work)
    for each in breaks:
        click.echo(f"{each.region} row {each.sequence}: {FAULTS[each.fault]}")
    if breaks:
        raise click.ClickException(f"{len(breaks)} places do not hold.")
    for chain, head in ends:
        if region in (None, chain):
            click.echo(f"{chain}:{head}")
