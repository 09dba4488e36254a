"""Makes, changes and prints the keys."""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from portal.cli.house import open_furnished_house
from portal.config import Settings, key_file
from portal.crypto.errors import CryptoError
from portal.crypto.key_ring import KeyRing, Purpose
from portal.crypto.suites import Suite
from portal.domain.key_rotation import OldKeysStillNeeded
from portal.services import key_rotation
from portal.storage.blobs import sync_folder
from portal.web.work import SteadyClock

PutBack = Callable[[KeyRing], None]

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
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(path, KeyRing.generate(SUITES[suite]))
    except OSError as error:
        is_there = isinstance(error, FileExistsError) and path.parent.is_dir()
        no_place = f"{path.parent} is no folder that may be written ({error.strerror})"
        reason = f"There is a key ring at {path} already" if is_there else no_place
        raise click.ClickException(f"{reason}; nothing was changed.") from None
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
    with held_ring() as (ring, put_back):
        put_back(ring.with_next_key(Purpose(purpose), SUITES[suite]))
    click.echo(f"The next key is known. Restart every host, then: portal key rotate use {purpose}")


@rotate.command()
@_purpose
def use(purpose: str) -> None:
    """Let the next key seal and sign."""
    with held_ring() as (ring, put_back):
        if not ring.has_next_key(Purpose(purpose)):
            raise click.ClickException(f"No next key waits. First: portal key rotate add {purpose}")
        put_back(ring.with_next_key_in_use(Purpose(purpose)))
    click.echo(f"The next key is in use. Restart every host, then: portal key rotate renew {purpose}")


@rotate.command()
@_purpose
def renew(purpose: str) -> None:
    """Make anew what older keys made, while everybody goes on working."""
    house = open_furnished_house(Settings.from_env(os.environ))
    clock, what = SteadyClock(house), Purpose(purpose)
    left = key_rotation.count_renewable(house, what, clock)
    if not left and not house.keys.has_old_keys(what):
        raise click.ClickException(
            f"Nothing was made with an older {purpose} key. {_first_step(house.keys, what)}"
        )
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
    what = Purpose(purpose)
    with held_ring() as (ring, put_back):
        if not ring.has_old_keys(what):
            raise click.ClickException(f"There is no older {purpose} key to drop. {_first_step(ring, what)}")
        house = replace(open_furnished_house(Settings.from_env(os.environ)), keys=ring)
        try:
            key_rotation.check_old_keys_may_go(house, what, SteadyClock(house))
        except OldKeysStillNeeded as needed:
            rows = ", ".join(f"{table} ({count})" for table, count in needed.facts.items())
            raise click.ClickException(
                f"An older {purpose} key is still needed for rows of {rows}; nothing was changed. "
                f"First: portal key rotate renew {purpose}; what it leaves lapses by itself."
            ) from None
        put_back(ring.without_old_keys(what))
    click.echo("The older keys are gone. Print the ring anew for the safe: portal key export")


def _read(path: Path) -> KeyRing:
    return _parse(path, _read_text(path))


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise click.ClickException(f"There is no key ring at {path}; make one with: portal key new") from None
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise click.ClickException(f"{path}: the key file is no text") from None


def _parse(path: Path, text: str) -> KeyRing:
    try:
        return KeyRing.from_json(text)
    except CryptoError as error:
        raise click.ClickException(f"{path}: {error}") from error


def _first_step(ring: KeyRing, purpose: Purpose) -> str:
    step = "use" if ring.has_next_key(purpose) else "add"
    return f"First: portal key rotate {step} {purpose}"


@contextmanager
def held_ring() -> Iterator[tuple[KeyRing, PutBack]]:
    """The ring, which no other command of this host changes meanwhile, and what puts another in its place.

    Raises:
        click.ClickException: no ring is there, the change cannot be made, or a file was brought meanwhile.
    """
    path = key_file(os.environ).resolve()
    _read(path)  # says so where there is none, and no folder either
    with _alone_in(path.parent):
        read = _read_text(path)

        def put_back(ring: KeyRing) -> None:
            if _read_text(path) != read:
                raise click.ClickException(f"{path} was changed meanwhile; nothing was done. Try again.")
            _replace(path, ring)

        try:
            yield _parse(path, read), put_back
        except CryptoError as error:
            raise click.ClickException(f"{error}; nothing was changed.") from error


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other command changes a ring in a folder; the lock goes with the process."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _replace(path: Path, ring: KeyRing) -> None:
    """Put a ring in the place of another, whole or not at all, for the same eyes."""
    was, aside = path.stat(), path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)
    try:
        _write_new(aside, ring)
        os.chown(aside, was.st_uid, was.st_gid)
        aside.chmod(stat.S_IMODE(was.st_mode))
        aside.rename(path)
    except PermissionError:
        aside.unlink(missing_ok=True)
        raise click.ClickException(
            f"{path} is not yours to change; nothing was changed. Be the user whose it is, or root."
        ) from None
    sync_folder(path.parent)


def _write_new(path: Path, ring: KeyRing) -> None:
    """Write a ring where nothing stands yet, for our eyes only."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(ring.to_json())
        file.flush()
        os.fsync(file.fileno())
