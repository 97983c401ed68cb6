"""`printserver queue`: adding queues, and changing their printers and policies while the server runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from printserver.commands.options import all_of, as_usage, json_option, open_api, server_option, words_of
from printserver.commands.output import say, tell_row
from printserver.config import login_name
from printserver.model.opening_hours import opening_hours
from printserver.model.printer import Decisions, Duplicates, OnError

name_argument = click.argument("name", metavar="Q")
by_option = click.option("--by", metavar="NAME", default=login_name, help="Who, for the journal (your login name).")


def _hours(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    with as_usage("--hours"):
        opening_hours(value or "")
    return value


policy_options = all_of([
    click.option(
        "--attended/--unattended", default=None, help="Whether somebody at the printer releases each job (no)."
    ),
    click.option("--ordered/--not-ordered", default=None, help="Whether its cards are printed in their order (no)."),
    click.option(
        "--hours", metavar="H", callback=_hours, help='When it prints: "Mon-Fri 07:00-17:00"; "" = always.'
    ),
    click.option(
        "--on-error", type=words_of(OnError), help="What it does after a card that was spoiled too often (stop)."
    ),
    click.option("--max-attempts", metavar="N", type=click.IntRange(1, 1000), help="Blanks for one card (3)."),
    click.option("--retention", metavar="DAYS", type=click.IntRange(0, 100_000), help="Days documents are kept (7)."),
    click.option(
        "--checking-hours", metavar="HOURS", type=click.IntRange(0, 8_760), help="Hours cards are checked (0)."
    ),
    click.option("--duplicates", type=words_of(Duplicates), help="What is done with a job like an earlier one (warn)."),
    click.option("--decisions", type=words_of(Decisions), help="What a decision about a card needs (free)."),
    click.option(
        "--accept-unconfirmed/--no-accept-unconfirmed", default=None,
        help="Whether cards that the printer cannot confirm count as done (no).",
    ),
])  # fmt: skip


@click.group()
def queue() -> None:
    """Add queues and change them."""


@queue.command()
@name_argument
@click.option("--printer", "printers", metavar="P", multiple=True, required=True, help="One of its printers.")
@policy_options
@by_option
@json_option
@server_option
def add(name: str, printers: Sequence[str], by: str, as_json: bool, server: str, **policies: object) -> None:
    """Add queue Q."""
    _tell(open_api(server).add_queue(name, printers, _given(policies), by=by), as_json)


@queue.command("set")
@name_argument
@click.option("--printer", "printers", metavar="P", multiple=True, help="One of its printers, instead of those it has.")
@policy_options
@by_option
@json_option
@server_option
def set_queue(name: str, printers: Sequence[str], by: str, as_json: bool, server: str, **policies: object) -> None:
    """Change printers or policies of queue Q; what is left out stays."""
    changes = _given(policies) | ({"printers": list(printers)} if printers else {})
    if not changes:
        raise click.UsageError("nothing is to be changed")
    _tell(open_api(server).set_queue(name, changes, by=by), as_json)


def _given(policies: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in policies.items() if value is not None}


def _tell(row: Any, as_json: bool) -> None:  # noqa: ANN401 - what a server answered
    if as_json:
        tell_row(row)
        return
    words = [f"to {', '.join(row.get('printers') or ())}"]
    words += ["attended"] if row.get("attended") else []
    words += [f"prints {row['hours']}"] if row.get("hours") else []
    words += [f"on error {row.get('on_error')}", f"{row.get('max_attempts')} attempts"]
    say(f"queue {row.get('name')}: {', '.join(words)}")


commands = {"queue": queue}
