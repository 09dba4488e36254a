"""Builds the demo county, says who lives and works in it, and makes it anew."""

import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import click
from sqlalchemy import text

from portal.app import open_house
from portal.config import Settings, find_data
from portal.content.packs import load_packs
from portal.demo import county
from portal.demo.accounts import CITIZEN_DOOR, STAFF_DOOR, Listed, list_accounts
from portal.services.work import legal_day
from portal.storage import schema
from portal.storage.database import Database

_FINEST = 1000
"""Steps of the progress bar."""

_FEWEST = 100
"""A region's named people alone are more than thirty."""

_people_option = click.option(
    "--people",
    type=click.IntRange(min=_FEWEST),
    default=county.PEOPLE,
    show_default=True,
    help="How many villagers the first region has; 31800 is Jinning's full size.",
)


@click.group(invoke_without_command=True)
@_people_option
@click.pass_context
def demo(context: click.Context, *, people: int) -> None:
    """A made-up county, for demo mode only (PORTAL_DEMO=1). By itself, it fills an empty database."""
    if context.invoked_subcommand is None:
        _fill(_settings(), people)


@demo.command()
@_people_option
@click.option("--if-empty", is_flag=True, help="Do nothing where the county stands already.")
def build(*, people: int, if_empty: bool) -> None:
    """Fill an empty database with the county."""
    settings = _settings()
    if if_empty and _unfinished(settings).exists():
        _empty(settings)  # a build that was broken off is no county
    if not (if_empty and _is_built(settings)):
        _fill(settings, people)


@demo.command()
@_people_option
def reset(*, people: int) -> None:
    """Throw the demo's database away and build the county anew. Stop the server first."""
    settings = _settings()
    _empty(settings)
    _fill(settings, people)


@demo.command("people")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list, for scripts.")
def list_people(*, as_json: bool) -> None:
    """Say who lives and works there, what each shows, and how to sign in."""
    settings = _settings()
    packs = load_packs(find_data("kb"))
    planned = county.plan_county(packs, settings.regions or tuple(packs.regions), _today())
    listed = list(list_accounts(planned))
    if as_json:
        click.echo(json.dumps(listed, ensure_ascii=False, indent=1))
    else:
        for line in (f"Villagers: {CITIZEN_DOOR}", f"Desk: {STAFF_DOOR}", *map(_line, listed)):
            click.echo(line)


def _settings() -> Settings:
    if os.environ.get("PORTAL_DEMO") != "1":
        raise click.ClickException("Made-up people are for demo mode only: set PORTAL_DEMO=1")
    return Settings.from_env(os.environ)


def _fill(settings: Settings, people: int) -> None:
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    house = open_house(settings)
    schema.upgrade(house.database)
    if not county.is_empty(house.database):
        raise click.ClickException("There are people here already; begin anew with: portal demo reset")
    _unfinished(settings).touch()
    done = 0
    with click.progressbar(length=_FINEST, label="Building the demo county") as bar:
        for part in county.build_county(house, datetime.now(UTC), people):
            bar.update(int(part * _FINEST) - done)
            done = int(part * _FINEST)
    _unfinished(settings).unlink()
    house.database.close()


def _is_built(settings: Settings) -> bool:
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database_url)
    schema.upgrade(database)
    empty = county.is_empty(database)
    database.close()
    return not empty


def _empty(settings: Settings) -> None:
    """Leave no row and no receipt of the demo."""
    database = Database(settings.database_url)
    if database.is_embedded:
        file = Path(str(database.url.database))
        for beside in ("", "-wal", "-shm", "-journal"):
            file.with_name(file.name + beside).unlink(missing_ok=True)
    else:
        with database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    database.close()
    shutil.rmtree(settings.data_folder / "receipts", ignore_errors=True)
    _unfinished(settings).unlink(missing_ok=True)


def _unfinished(settings: Settings) -> Path:
    """Stands while the county is being built."""
    return settings.data_folder / "demo-unfinished"


def _today() -> date:
    return legal_day(datetime.now(UTC))


def _line(listed: Listed) -> str:
    if listed["kind"] != "staff":
        return f"{listed['region']:<10} {listed['name']} {listed['citizen_number']}  {listed['shows']}"
    return (
        f"{listed['region']:<10} {listed['role']:<15} {listed['login']:<18} {listed['password']}"
        f"  TOTP {listed['totp_secret']}"
    )
