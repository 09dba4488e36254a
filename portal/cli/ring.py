"""Lets a command go on only with the key ring that its database was written with."""

import os

import click

from portal.config import key_file
from portal.crypto.key_ring import KeyRing
from portal.services import key_fit
from portal.storage import schema
from portal.storage.database import Database


def check_ring(database: Database, keys: KeyRing, done: str = "Nothing was done.") -> None:
    """Nothing where the ring fits; a database of another schema is not asked.

    Raises:
        click.ClickException: a key did not make what stands in the database; ``done`` says what happened.
    """
    with database.reading() as session:
        is_current = schema.is_current(session.connection())
        unfit = key_fit.list_unfit(session, keys) if is_current else []
    if unfit:
        raise click.ClickException(
            f"The key ring at {key_file(os.environ)} is not the one that this database was written with: "
            f"{', '.join(unfit)} does not fit. {done} Put the right ring there, or the right DATABASE_URL."
        )
