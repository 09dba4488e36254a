"""Opens the house for commands that work with what stands in it."""

from contextlib import suppress

import click

from portal.app import open_house
from portal.cli.ring import check_ring
from portal.config import Settings
from portal.domain.errors import StorageBusy
from portal.services.work import House
from portal.storage import schema


def open_furnished_house(settings: Settings) -> House:
    """The house, on a database that has our schema or a later release's; the command closes it at its end.

    Raises:
        click.ClickException: the database has none, or an older one.
    """
    house = open_house(settings)
    click.get_current_context().call_on_close(house.database.close)
    # A database that is away is for each command to meet: some of them wait for it.
    with suppress(StorageBusy), house.database.reading() as session:
        if not schema.is_current(session.connection()):
            raise click.ClickException(
                "The database has no tables yet, or those of an older release. "
                "Start `portal serve` once: it brings them to the newest."
            )
    return house


def open_own_house(settings: Settings) -> House:
    """The same, with the key ring that it was written with: for commands that write.

    Raises:
        click.ClickException: also where the ring does not fit.
    """
    house = open_furnished_house(settings)
    check_ring(house.database, house.keys)
    return house
