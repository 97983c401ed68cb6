"""The command line: one group, a command a file, plugins' commands beside ours.

Laws kept here:

1. Exit codes: 0 done, 1 the job failed, 2 usage or configuration, 3 server not reachable.
2. An error is one line on standard error, with what to do; never a traceback.
3. What comes from clients or devices is made harmless before it reaches a terminal.
"""

from __future__ import annotations

import importlib
import sys

import click

from printserver import __version__
from printserver.commands.report import exit_code, explain, explain_usage
from printserver.errors import PrintServerError

# command -> module below printserver.commands that defines it; imported only when it is called
COMMANDS = {
    "demo": "demo", "serve": "serve",
    "print": "submit",
    "jobs": "jobs", "job": "jobs",
    "hold": "wishes", "release": "wishes", "cancel": "wishes", "reprint": "wishes", "settle": "wishes",
    "reject": "wishes", "confirm": "wishes", "withdraw": "wishes",
    "printer": "machines", "replace": "machines", "move": "machines", "purge": "purge",
    "report": "daily",
    "queues": "places", "printers": "places", "pause": "places", "resume": "places",
    "queue": "queues",
    "blanks": "supplies", "ribbon": "supplies", "supplies": "supplies", "close-shift": "supplies",
    "history": "history", "counts": "history",
    "render": "render", "emulate": "emulate",
    "cardjob": "cardjob",
    "profile": "profile",
    "certificate": "certificate", "user": "people", "token": "people",
    "discover": "discover", "drivers": "drivers", "check-config": "drivers", "new-driver": "new_driver",
    "prove": "prove", "record": "record",
    "verify-journal": "verify", "backup": "backup", "restore": "backup", "migrate": "migrate",
    "install": "install", "support-bundle": "support",
}  # fmt: skip


class Commands(click.Group):
    """Commands of this package and of plugins, found by name when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names."""
        return [*COMMANDS, *(name for name in plugin_commands() if name not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None when there is none of this name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return plugin_commands().get(cmd_name)
        found: click.Command = importlib.import_module(f"printserver.commands.{module}").commands[cmd_name]
        return found


def plugin_commands() -> dict[str, click.Command]:
    """Return the commands that plugins bring, by name."""
    from printserver.plugins import load_plugins  # slow to import: only when a name is not ours

    lists = load_plugins().manager.hook.printserver_commands()
    return {command.name: command for commands in lists for command in commands if command.name}


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="printserver")
def printserver() -> None:
    """Print plastic cards: a server for card printers, and its client."""


def main() -> None:
    """Run the command line and exit."""
    try:
        printserver.main(prog_name="printserver", standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(explain_usage(error), err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except PrintServerError as error:
        click.echo(explain(error), err=True)
        sys.exit(exit_code(error))
