"""Makes, changes and prints the keys."""

import os
from collections.abc import Callable
from pathlib import Path

import click

from portal.app import open_house
from portal.config import Settings, key_file
from portal.crypto.errors import CryptoError
from portal.crypto.key_ring import KeyRing, Purpose
from portal.crypto.suites import Suite
from portal.services import key_rotation
from portal.storage.blobs import sync_folder
from portal.web.work import SteadyClock

SUITES = {"aes": Suite.AES, "sm": Suite.SM}

_suite = click.option(
    "--suite",
    type=click.Choice(list(SUITES)),
    default="aes",
    show_default=True,
    help="aes: AES-256-GCM and HMAC-SHA-256. sm: SM4-GCM and HMAC-SM3 (GM/T 0002, 0004).",
)
_purpose = click.argument("purpose", type=click.Choice([str(each) for each in Purpose]))


@click.group()
def key() -> None:
    """Make, rotate or print the keys.

    They stand in the file that PORTAL_KEYS names, or in keys.json of PORTAL_DATA.
    """


@key.command()
@_suite
def new(*, suite: str) -> None:
    """Make a key ring where there is none."""
    path = key_file(os.environ)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _write_new(path, KeyRing.generate(SUITES[suite]))
    except FileExistsError:
        raise click.ClickException(f"There is a key ring at {path} already; nothing was changed.") from None
    click.echo(f"The keys stand in {path}. Print them with `portal key export` and put them into the safe.")


@key.command()
def export() -> None:
    """Print the keys for the safe.

    Whoever reads this opens every sealed column; without it no backup can be opened.
    """
    click.echo(_read(key_file(os.environ)).to_json(), nl=False)


@key.group()
def rotate() -> None:
    """Change the key of one purpose, in four steps.

    \b
    add     the next key is known; nothing uses it yet       then restart every host
    use     from now on it seals and signs                   then restart every host
    renew   what older keys made is made anew, with traffic  may be stopped and begun again
    drop    the older keys leave the ring                    refused while anything needs them

    After add, use and drop, bring the key file to every host. Purposes: field (sealed columns), index
    (what they are found by), receipt, chain, token, web.
    """


@rotate.command()
@_purpose
@_suite
def add(purpose: str, *, suite: str) -> None:
    """Make the next key known."""
    _change(lambda ring: ring.with_next_key(Purpose(purpose), SUITES[suite]))
    click.echo(f"The next key is known. Restart every host, then: portal key rotate use {purpose}")


@rotate.command()
@_purpose
def use(purpose: str) -> None:
    """Let the next key seal and sign."""
    ring = _read(key_file(os.environ))
    if ring.with_next_key_in_use(Purpose(purpose)).to_json() == ring.to_json():
        raise click.ClickException(f"No next key waits. First: portal key rotate add {purpose}")
    _change(lambda ring: ring.with_next_key_in_use(Purpose(purpose)))
    click.echo(f"The next key is in use. Restart every host, then: portal key rotate renew {purpose}")


@rotate.command()
@_purpose
def renew(purpose: str) -> None:
    """Make anew what older keys made, while everybody goes on working."""
    house = open_house(Settings.from_env(os.environ))
    clock, what = SteadyClock(house), Purpose(purpose)
    left = key_rotation.count_renewable(house, what, clock)
    try:
        with click.progressbar(length=left, label="rows") as bar:
            rows = key_rotation.renew_values(house, what, clock, bar.update)
    except CryptoError as error:
        raise click.ClickException(f"{error}; what came before it is kept.") from error
    click.echo(f"{rows} rows were made anew. When every host has restarted: portal key rotate drop {purpose}")


@rotate.command()
@_purpose
def drop(purpose: str) -> None:
    """Let the older keys go; what they made and nothing needs any more is lost for good."""
    house = open_house(Settings.from_env(os.environ))
    key_rotation.check_old_keys_may_go(house, Purpose(purpose), SteadyClock(house))
    _change(lambda ring: ring.without_old_keys(Purpose(purpose)))
    click.echo("The older keys are gone. Print the ring anew for the safe: portal key export")


def _read(path: Path) -> KeyRing:
    try:
        return KeyRing.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise click.ClickException(f"There is no key ring at {path}; make one with: portal key new") from None
    except CryptoError as error:
        raise click.ClickException(f"{path}: {error}") from error


def _change(change: Callable[[KeyRing], KeyRing]) -> None:
    """Put a changed ring in the place of the old one, whole or not at all."""
    path = key_file(os.environ)
    try:
        changed = change(_read(path))
    except CryptoError as error:
        raise click.ClickException(f"{error}; nothing was changed.") from error
    aside = path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)
    _write_new(aside, changed)
    aside.rename(path)
    sync_folder(path.parent)


def _write_new(path: Path, ring: KeyRing) -> None:
    """Write a ring where nothing stands yet, for our eyes only."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(ring.to_json())
        file.flush()
        os.fsync(file.fileno())
