"""Makes a backup."""

import os
from pathlib import Path

import click

from portal.app import open_house
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
    """
    house = open_house(Settings.from_env(os.environ))
    try:
        with files_done() as on_file:
            made = backups.make_backup(house, folder.absolute(), SteadyClock(house), on_file)
    except BackupFolderInUse:
        raise click.ClickException(f"{folder} or {folder}.part is there already; nothing was done.") from None
    click.echo(f"{folder}: {len(made.tables)} tables, {len(made.files) - len(made.tables)} receipts.")
