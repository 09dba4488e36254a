"""Makes a backup."""

import os
import signal
from pathlib import Path

import click

from portal.cli.house import open_own_house
from portal.cli.progress import files_done
from portal.config import Settings
from portal.domain.backups import BackupFolderInUse
from portal.services import backups
from portal.web.work import SteadyClock


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def backup(*, folder: Path) -> None:
    """Make a backup in FOLDER, which must not be there yet, while everybody goes on working.

    It holds every row and every receipt as they stood at one moment, and no keys: keep those apart,
    with `portal key export`. What is sealed stays sealed; names and villages stand in the clear.
    Receipts whose files are gone are named, everything else is kept, and the exit status is 1.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing half done is left
    house = open_own_house(Settings.from_env(os.environ))
    try:
        with files_done() as on_file:
            made = backups.make_backup(house, folder.absolute(), SteadyClock(house), on_file)
    except BackupFolderInUse:
        raise click.ClickException(f"{folder} is there already; nothing was done.") from None
    except OSError as error:
        place = "" if error.filename is None else f" ({error.filename})"
        raise click.ClickException(f"{folder} was not made: {error.strerror or error}{place}.") from error
    click.echo(f"{folder}: {len(made.tables)} tables, {len(made.files) - len(made.tables)} receipts.")
    for lost in made.lost:
        whose = "a draft" if lost.claim is None else f"claim {lost.claim}"
        click.echo(f"receipt {lost.id} of {whose} is lost: there is no file {lost.blob}")
    if made.lost:
        raise click.ClickException(
            f"{len(made.lost)} receipts are not in {folder}, since their files are gone; everything else is."
        )
