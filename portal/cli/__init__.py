"""The ``portal`` command. Each subject stands in a module of its name, loaded when it is asked for."""

import gc
import os
from importlib import import_module
from typing import Any

import click

from portal.config import BadSettings, find_data
from portal.content.problems import BrokenContent
from portal.domain.backups import ReceiptsHeld
from portal.domain.errors import Refusal, StorageBusy, StorageFull
from portal.web import logs

# Said here, so that asking for help loads none of them.
COMMANDS = {
    "serve": "Serve the portal.",
    "work": "Do what is due: send texts, remind, expire, tidy up.",
    "demo": "Build a made-up county, and list who lives and works in it.",
    "roster": "Take in rosters.",
    "claims": "Check where claims stand.",
    "ledger": "Check the ledger, or write it out.",
    "audit": "Check the audit chain.",
    "kb": "Check, ask, evaluate and extend the knowledge base.",
    "region": "Check the policy packs, or begin one.",
    "staff": "Add or disable people at the desk.",
    "key": "Make, rotate or print the keys.",
    "backup": "Make a backup.",
    "restore": "Bring a backup back.",
}

# Their processes share the cores among themselves. The threads of numpy, which reads this once when it is
# first imported, would take the cores from the other workers for sums that are over in a millisecond.
_SERVED = frozenset({"serve", "work"})


class Portal(click.Group):
    """Finds commands by name, and turns a refusal into a message and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order in which help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, loaded from the module of this name."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name in _SERVED:
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        gc.disable()  # modules stay for good; to search them for garbage takes a sixth of the start
        try:
            command: click.Command = getattr(import_module(f"portal.cli.{cmd_name}"), cmd_name)
        finally:
            gc.enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands into the help text."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for.

        Raises:
            click.ClickException: it cannot be done, for a reason that the person can do something about.
        """
        logs.install()  # what is logged goes to standard error, and never between a command's own lines
        try:
            return super().invoke(ctx)
        except (BadSettings, BrokenContent) as error:
            raise click.ClickException(str(error)) from error
        except ReceiptsHeld as error:
            raise click.ClickException(
                "Another backup is going on, or receipts are being swept; nothing was done. "
                f"If that was killed, begin again at {error.facts['until']:%Y-%m-%d %H:%M} UTC."
            ) from error
        except Refusal as error:
            raise click.ClickException(_in_words(error)) from error
        except StorageFull as error:
            raise click.ClickException("There is no room left to write; nothing was stored.") from error
        except StorageBusy as error:
            raise click.ClickException(
                "The database takes nothing just now; nothing was stored. "
                "If that lasts: is DATABASE_URL right, and may this user write there?"
            ) from error


def _in_words(refusal: Refusal) -> str:
    """What happened and what to do next, as pages say it; code and facts where they say nothing."""
    # Loaded only now: most commands end well, and begin faster without the pages' words.
    from flask import Flask
    from flask_babel import force_locale

    from portal.web import i18n, wording

    if refusal.code not in wording.REFUSALS:
        return f"refused: {refusal}"
    app = Flask("portal")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(find_data("translations"))
    i18n.install(app)
    with app.app_context(), force_locale(i18n.DEFAULT):
        return f"{wording.refusal(refusal)} ({refusal.code})"


@click.group(cls=Portal)
@click.version_option(package_name="yitian")
def main() -> None:
    """颐田: a portal for villagers whose land was expropriated, and the desk that serves them."""
