"""What people want of a job: hold, release, cancel, reprint, settle, reject."""

from __future__ import annotations

import click

from printserver.client import JobStatus
from printserver.commands.options import card_option, job_argument, json_option, open_api, server_option, who_options
from printserver.commands.output import say, tell_row
from printserver.commands.submit import told

VERDICTS = ("done", "spoiled", "queued", "abandon")
# \b keeps click from filling the lines into one paragraph.
SETTLE = """Say what became of an uncertain card.

\b
done     it was printed and is good
spoiled  it was printed and is ruined: another is printed in its place
queued   it was never printed: it is printed now
abandon  it is ruined, and no other is wanted
"""


def _tell(status: JobStatus, as_json: bool) -> None:
    if as_json:
        tell_row(status.row)
    else:
        say(told(status))


@click.command()
@job_argument
@who_options
@json_option
@server_option
def hold(job: int, by: str, reason: str, as_json: bool, server: str) -> None:
    """Keep a waiting job from starting."""
    _tell(open_api(server).hold(job, by=by, reason=reason), as_json)


@click.command()
@job_argument
@who_options
@json_option
@server_option
def release(job: int, by: str, reason: str, as_json: bool, server: str) -> None:
    """Let a held job start."""
    _tell(open_api(server).release(job, by=by, reason=reason), as_json)


@click.command()
@job_argument
@who_options
@json_option
@server_option
def cancel(job: int, by: str, reason: str, as_json: bool, server: str) -> None:
    """Cancel a job; a card that is in the printer already is finished first."""
    _tell(open_api(server).cancel(job, by=by, reason=reason), as_json)


@click.command()
@job_argument
@click.option("--key", metavar="KEY", default="", help="A word of this wish's own: given twice, it makes one job.")
@who_options
@json_option
@server_option
def reprint(job: int, key: str, by: str, reason: str, as_json: bool, server: str) -> None:
    """Print a job once more, as a new job that names the old one."""
    _tell(open_api(server).reprint(job, by=by, reason=reason, key=key), as_json)


@click.command(help=SETTLE)
@job_argument
@click.argument("verdict", type=click.Choice(VERDICTS))
@card_option
@who_options
@json_option
@server_option
def settle(job: int, verdict: str, card: int | None, by: str, reason: str, as_json: bool, server: str) -> None:
    """Take a verdict on an uncertain card (SETTLE is its help)."""
    _tell(open_api(server).settle(job, verdict, card=card, by=by, reason=reason), as_json)


@click.command()
@job_argument
@card_option
@who_options
@json_option
@server_option
def reject(job: int, card: int | None, by: str, reason: str, as_json: bool, server: str) -> None:
    """Take back a finished card that is bad; it is printed anew."""
    _tell(open_api(server).reject(job, card=card, by=by, reason=reason), as_json)


wish_argument = click.argument("wish", type=click.IntRange(min=1))


@click.command()
@job_argument
@wish_argument
@who_options
@json_option
@server_option
def confirm(job: int, wish: int, by: str, reason: str, as_json: bool, server: str) -> None:
    """Do, as a second person, what somebody asked for."""
    _tell(open_api(server).confirm(job, wish, by=by, reason=reason), as_json)


@click.command()
@job_argument
@wish_argument
@who_options
@json_option
@server_option
def withdraw(job: int, wish: int, by: str, reason: str, as_json: bool, server: str) -> None:
    """End a wish that waits for a second person."""
    _tell(open_api(server).withdraw(job, wish, by=by, reason=reason), as_json)


commands = {
    "hold": hold, "release": release, "cancel": cancel, "reprint": reprint, "settle": settle, "reject": reject,
    "confirm": confirm, "withdraw": withdraw,
}  # fmt: skip
