"""Brings a backup back."""

import os
from pathlib import Path

import click

from portal.app import open_house
from portal.cli.progress import files_done
from portal.config import Settings
from portal.domain.backups import BackupChanged, DatabaseNotEmpty
from portal.services import backups


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def restore(*, folder: Path) -> None:
    """Bring the backup in FOLDER back into an empty database.

    The ring that PORTAL_KEYS names must be the one that the backup was made with. DATABASE_URL may
    name another engine than it came from.
    """
    settings = Settings.from_env(os.environ)
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with files_done() as on_file:
            back = backups.restore_backup(open_house(settings), folder, on_file)
    except BackupChanged as error:
        raise click.ClickException(
            f"{folder / str(error.facts['file'])} is missing or changed, or was made with other keys; "
            "nothing was brought back."
        ) from None
    except DatabaseNotEmpty:
        raise click.ClickException("The database is not empty; nothing was brought back.") from None
    click.echo(f"Everything stands as it did on {back.taken_at:%Y-%m-%d %H:%M} UTC.")
