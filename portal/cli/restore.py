"""Brings a backup back."""

import os
from pathlib import Path

import click

from portal.app import open_house
from portal.cli.progress import files_done
from portal.cli.ring import check_ring
from portal.config import Settings
from portal.domain.backups import (
    BackupChanged,
    BackupOfLaterRelease,
    DatabaseNotEmpty,
    ReceiptsInTheWay,
)
from portal.services import backups
from portal.web.work import SteadyClock


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def restore(*, folder: Path) -> None:
    """Bring the backup in FOLDER back into an empty database. Stop the server and `portal work` first.

    The ring that PORTAL_KEYS names must be the one that the backup was made with. DATABASE_URL may
    name another engine than it came from. Receipts go to the place that PORTAL_RECEIPTS names, or into
    PORTAL_DATA; nobody else may use it.
    """
    settings = Settings.from_env(os.environ)
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with files_done() as on_file:
            house = open_house(settings)
            click.get_current_context().call_on_close(house.database.close)
            back = backups.restore_backup(house, folder, SteadyClock(house), on_file)
    except BackupChanged as error:
        raise click.ClickException(
            f"{folder / str(error.facts['file'])} is missing or changed, or was made with other keys; "
            "nothing was brought back."
        ) from None
    except BackupOfLaterRelease as error:
        raise click.ClickException(
            f"{folder} was made by a later release (schema {error.facts['schema']}); nothing was brought "
            "back. Install that release first."
        ) from None
    except ReceiptsInTheWay as error:
        raise click.ClickException(
            f"Where the receipts would go stands one that is not of {folder}: {error.facts['name']}. "
            "Nothing was brought back. Name an empty place in PORTAL_RECEIPTS, or in PORTAL_DATA."
        ) from None
    except DatabaseNotEmpty:
        raise click.ClickException(
            "The database holds rows, or tables of another release than the backup's; nothing was brought "
            "back. Name a new one in DATABASE_URL, or in PORTAL_DATA."
        ) from None
    check_ring(house.database, house.keys, done="Everything was brought back, and does not open with it.")
    click.echo(f"Everything stands as it did on {back.taken_at:%Y-%m-%d %H:%M} UTC.")
    if back.lost:
        click.echo(f"{len(back.lost)} receipts were lost before that; {folder / 'manifest.json'} names them.")
