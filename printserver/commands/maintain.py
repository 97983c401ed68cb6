"""`printserver maintain`: have a printer cleaned, calibrated, or its test card printed, and wait until that is done.

Laws kept here:

1. Nothing begins before a person has said that the steps are done, or --yes has.
2. Exit code 0 means that the printer said that it is done; whatever is in doubt or refused is an error.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import click

from printserver.client import ApiClient
from printserver.client.replies import read_any
from printserver.commands.options import json_option, open_api, server_option, who_options
from printserver.commands.output import rows_of, say, tell_row
from printserver.commands.waiting import PersonNeeded
from printserver.commands.words import reason_in_words
from printserver.errors import NotPossibleNow
from printserver.model.upkeep import MaintenanceAction, Outcome

LOOK_SECONDS = 0.5
BEGINS = {
    MaintenanceAction.CLEAN: "is being cleaned",
    MaintenanceAction.CALIBRATE: "calibrates itself",
    MaintenanceAction.TEST_CARD: "prints its test card",
}
ENDS = {
    MaintenanceAction.CLEAN: "is cleaned",
    MaintenanceAction.CALIBRATE: "is calibrated",
    MaintenanceAction.TEST_CARD: "has printed its test card",
}


@click.command()
@click.argument("printer", metavar="PRINTER")
@click.argument("action", metavar="ACTION", type=click.Choice([each.value for each in MaintenanceAction]))
@click.option("--yes", is_flag=True, help="The steps are done: ask nothing.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is done.")
@click.option("--by-hand", is_flag=True, help="With clean: it was cleaned by hand; the printer is told nothing.")
@click.option(
    "--postpone", metavar="N", type=click.IntRange(1, 100_000),
    help="With clean: let it have so many cards more before it stops; --by and --reason are needed.",
)
@who_options
@json_option
@server_option
def maintain(
    printer: str, action: str, yes: bool, no_wait: bool, by_hand: bool, postpone: int | None, by: str, reason: str,
    as_json: bool, server: str,
) -> None:  # fmt: skip
    """Have PRINTER do ACTION: clean, calibrate or test-card. It prints nothing else meanwhile."""
    api, wanted = open_api(server), MaintenanceAction(action)
    if by_hand or postpone is not None:
        if wanted is not MaintenanceAction.CLEAN or (by_hand and postpone is not None):
            raise click.UsageError("--by-hand and --postpone go with clean, one of them")
        told: Any = (
            api.cleaned(printer, by=by, reason=reason) if postpone is None
            else api.postpone_cleaning(printer, postpone, by=by, reason=reason)
        )  # fmt: skip
        _tell_cleaning(told, printer, as_json)
        return
    if not yes:
        _ask(_look(api, printer), wanted)
    row: Any = api.maintain(printer, action, by=by, reason=reason)
    if not no_wait:
        row = _wait(api, printer, quiet=as_json)
    if as_json:
        tell_row(row)
    if not no_wait:
        _tell_end(row, printer, wanted, quiet=as_json)
    elif not as_json:
        say(f"{printer} is told to {action}")


def _ask(row: Any, wanted: MaintenanceAction) -> None:  # noqa: ANN401 - what a server answered
    known = next((each for each in rows_of(row, "actions") if each.get("action") == wanted), None)
    if known is None:
        return  # the server refuses it, in its own words
    for number, step in enumerate(known.get("steps") or (), 1):
        click.echo(f"{number}. {step}", err=True)
    blanks = int(known.get("blanks") or 0)
    if blanks:
        click.echo(f"It takes {blanks} blank card{'' if blanks == 1 else 's'}.", err=True)
    click.confirm("Is everything ready?", abort=True, err=True)


def _look(api: ApiClient, printer: str) -> Any:  # noqa: ANN401 - what a server answered
    return read_any(api.fetch(f"/printers/{quote(printer, safe='')}/maintenance"))


def _wait(api: ApiClient, printer: str, *, quiet: bool) -> Any:  # noqa: ANN401 - what a server answered
    """Look until nothing is under way any more, and tell each time what is new."""
    former = ""
    while True:
        row = _look(api, printer)
        work = row.get("work") if isinstance(row, dict) else None
        if not isinstance(work, dict):
            return row
        told = _progress(api, printer, work)
        if told != former and not quiet:
            say(told)
        former = told
        time.sleep(LOOK_SECONDS)


def _progress(api: ApiClient, printer: str, work: dict[str, Any]) -> str:
    found = next((row for row in rows_of(api.printers(), "printers") if row.get("name") == printer), {})
    if found.get("needs_person") is True:
        return f"{printer} waits: {reason_in_words(found.get('reason'))}"
    if work.get("began") is None:
        return f"{printer} begins when no card is in it"
    return f"{printer} {BEGINS[MaintenanceAction(str(work.get('action')))]}"


def _tell_end(row: Any, printer: str, wanted: MaintenanceAction, *, quiet: bool) -> None:  # noqa: ANN401 - see above
    """Say how it ended; raises PersonNeeded where nobody knows, NotPossibleNow where it never took place."""
    last = row.get("last") if isinstance(row, dict) else None
    outcome, detail = (last.get("outcome"), str(last.get("detail"))) if isinstance(last, dict) else (None, "")
    if outcome == Outcome.DONE:
        if not quiet:
            say(f"{printer} {ENDS[wanted]}")
        return
    if outcome == Outcome.REFUSED:
        raise NotPossibleNow(detail, where=f"printer {printer}")
    why = f"nobody knows how it ended ({detail or 'the server has begun anew'}); look at the printer"
    raise PersonNeeded(why, where=f"printer {printer}")


def _tell_cleaning(row: Any, printer: str, as_json: bool) -> None:  # noqa: ANN401 - what a server answered
    if as_json:
        tell_row(row)
        return
    cleaning = row.get("cleaning") if isinstance(row, dict) else None
    found: dict[str, Any] = cleaning if isinstance(cleaning, dict) else {}
    postponed = f"; it may have {found['postponed']}" if found.get("postponed") else ""
    say(f"{printer}: {found.get('cards')} cards since it was cleaned{postponed}")


commands = {"maintain": maintain}
