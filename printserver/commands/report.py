"""How the command line tells of errors: one line, one exit code."""

from __future__ import annotations

import click

from printserver.errors import (
    BadProfile,
    ConfigurationError,
    DataDirectoryInUse,
    PluginBroken,
    PortInUse,
    PrintServerError,
    ServerUnreachable,
    StoreDamaged,
)
from printserver.model.display import harmless

DONE, FAILED, USAGE, UNREACHABLE = 0, 1, 2, 3

EXIT_CODES: dict[type[PrintServerError], int] = {
    ConfigurationError: USAGE,
    BadProfile: USAGE,
    PortInUse: USAGE,
    DataDirectoryInUse: USAGE,
    PluginBroken: USAGE,
    StoreDamaged: USAGE,
    ServerUnreachable: UNREACHABLE,
}


def exit_code(error: PrintServerError) -> int:
    """Return the exit code for an error."""
    return EXIT_CODES.get(type(error), FAILED)


def explain(error: PrintServerError) -> str:
    """Return an error as one harmless line with what to do."""
    return f"printserver: {harmless(error.sentence())} - {error.remedy}"


def explain_usage(error: click.ClickException) -> str:
    """Return a misuse of the command line as one harmless line that names the command's help."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f" - see `{context.command_path} --help`." if context else ""
    return f"printserver: {harmless(error.format_message()).removesuffix('.')}{hint}"
