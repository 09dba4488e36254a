"""Checks the audit chain."""

import os
from collections.abc import Iterable

import click

from portal.app import open_house
from portal.config import Settings
from portal.domain.chain import Fault, Head
from portal.services import audit as audit_log
from portal.services.work import SYSTEM, begin_reading
from portal.web.work import SteadyClock

_SAID = {
    Fault.MISSING: "the row is gone",
    Fault.CHANGED: "the row is not what was written",
    Fault.TAIL: "the last rows are gone, or rows were added behind the head",
    Fault.HEAD: "the head was not signed with our key: the chain was made anew",
}


@click.group()
def audit() -> None:
    """Check the audit chain."""


@audit.command()
@click.option(
    "--head",
    "heads",
    multiple=True,
    metavar="REGION:SEQUENCE:HASH",
    help="A head noted outside the database; an old copy that was put back is found by it.",
)
def check(*, heads: tuple[str, ...]) -> None:
    """Follow every region's chain; each row that does not hold is named, and the exit status is 1."""
    logged = dict(_read_heads(heads))
    house = open_house(Settings.from_env(os.environ))
    with begin_reading(house, SYSTEM, SteadyClock(house)) as work:
        breaks = list(audit_log.check(work, logged))
        ends = audit_log.list_heads(work)
    for each in breaks:
        click.echo(f"{each.region} row {each.sequence}: {_SAID[each.fault]}")
    if breaks:
        raise click.ClickException(f"{len(breaks)} places do not hold.")
    for region, head in ends:
        click.echo(f"{region}:{head.sequence}:{head.last_link.hex()}")


def _read_heads(heads: Iterable[str]) -> Iterable[tuple[str, Head]]:
    for text in heads:
        try:
            region, sequence, link = text.split(":")
            yield region, Head(int(sequence), bytes.fromhex(link))
        except ValueError:
            raise click.BadParameter(
                f"{text!r} is no head such as jinning:42:9f…", param_hint="--head"
            ) from None
