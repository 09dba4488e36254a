"""Adds, disables, resets and reviews accounts at the desk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from portal.cli.house import open_own_house
from portal.config import Settings
from portal.domain.citizen_id import CitizenId
from portal.domain.staff import Role, Standing, is_review_due
from portal.services import staff as accounts
from portal.services.staff import NewAccount
from portal.services.work import SYSTEM, Work, begin_work
from portal.storage.staff import StaffAccount
from portal.web.work import SteadyClock

_roles = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([str(role) for role in Role]),
    help="May be given several times.",
)


@click.group()
def staff() -> None:
    """Add or disable people at the desk."""


@staff.command()
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option("--job-no", required=True, help="The job number that villagers see.")
@click.option("--region", required=True, help="The region that the account reaches.")
@click.option("--town", help="One town of it, if the account reaches no further.")
@_roles
def add(*, login: str, name: str, job_no: str, region: str, town: str | None, roles: tuple[str, ...]) -> None:
    """Give a natural person an account.

    The citizen number is asked for, so that it stands in no history of commands; whoever has an account
    already stays the same person and takes one step on a claim, whichever account they use.
    """
    number = CitizenId.parse(click.prompt("Citizen number", hide_input=True))
    with _work() as work:
        new = accounts.add_account(
            work,
            name=name,
            citizen_id=number,
            job_no=job_no,
            login=login,
            roles=frozenset(Role(role) for role in roles),
            region=region,
            town=town,
        )
    _hand_over(new)


@staff.command()
@click.argument("login")
def disable(*, login: str) -> None:
    """Close an account; its sessions end now."""
    with _work() as work:
        accounts.disable_account(work, login)
    click.echo(f"{login} is disabled.")


@staff.command()
@click.argument("login")
def reset(*, login: str) -> None:
    """Make password and second factor anew where one is lost; the account's sessions end now."""
    with _work() as work:
        new = accounts.reset_account(work, login)
    _hand_over(new)


@staff.command()
@click.argument("login")
@_roles
def review(*, login: str, roles: tuple[str, ...]) -> None:
    """Note that an account's rights were looked at, and set them; that confirms an account that waits."""
    with _work() as work:
        accounts.review_rights(work, login, frozenset(Role(role) for role in roles))
    click.echo(f"{login} holds {', '.join(sorted(roles))}.")


@staff.command("list")
def list_accounts() -> None:
    """List the accounts; mark those that wait to be confirmed, and those not looked at for a year."""
    with _work() as work:
        listed = accounts.list_accounts(work)
        standings = accounts.list_standings(work, listed)
        for account in listed:
            reach = f"{account.region}/{account.town}" if account.town else account.region
            roles = ",".join(sorted(account.roles))
            told = _tell(account, standings[account.id], work.now)
            click.echo(f"{account.job_no:8} {account.login:20} {reach:20} {roles:40} {told}")


def _hand_over(new: NewAccount) -> None:
    click.echo(f"login           {new.login}")
    click.echo(f"first password  {new.password}")
    click.echo(f"second factor   {new.totp_secret}")
    click.echo(
        "Hand these over in person within three days; none of them can be read back."
        " The password is changed at sign-in."
    )


def _tell(account: StaffAccount, standing: Standing, now: datetime) -> str:
    if account.disabled_at is not None:
        return f"disabled {account.disabled_at:%Y-%m-%d}"
    if standing.on_word_of:
        return "waits to be confirmed"
    due = ", review is due" if is_review_due(account.rights_reviewed_at, now) else ""
    return f"reviewed {account.rights_reviewed_at:%Y-%m-%d}{due}"


@contextmanager
def _work() -> Iterator[Work]:
    house = open_own_house(Settings.from_env(os.environ))
    with begin_work(house, SYSTEM, SteadyClock(house)) as work:
        yield work
