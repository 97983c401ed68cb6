"""`printserver printer`, `replace` and `move`: printers that come, change and go, and jobs for another queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import click

from printserver.client.replies import Json, read_any
from printserver.commands.options import all_of, json_option, open_api, server_option, who_options
from printserver.commands.output import rows_of, say, tell_json, tell_row
from printserver.commands.submit import told

MM_PER_INCH = 25.4
UNTOLD = "the printer does not tell"

ask_options = all_of([who_options, json_option, server_option])
name_argument = click.argument("name", metavar="NAME")


def _options_of(context: click.Context, parameter: click.Parameter, value: Sequence[str]) -> dict[str, str]:
    """Return `KEY=VALUE` texts as a mapping."""
    pairs = [each.partition("=") for each in value]
    if any(not key or not sign for key, sign, _ in pairs):
        raise click.BadParameter("KEY=VALUE is wanted")
    return {key: text for key, _, text in pairs}


def _of_printer(needed: bool) -> Callable[[Any], Any]:
    """Return the options that say what a printer is; `needed` = all of them have to be given."""
    return all_of([
        click.option("--driver", required=needed, metavar="FAMILY", help="Its driver: see `printserver drivers`."),
        click.option("--model", required=needed, metavar="MODEL", help="Its model."),
        device_option(needed), ribbon_option(needed), stock_option, place_option, options_option,
    ])  # fmt: skip


def device_option(needed: bool = False) -> Callable[[Any], Any]:
    """Return `--device`."""
    return click.option("--device", required=needed, metavar="ADDRESS", help="Its address, such as tcp:HOST:PORT.")


def ribbon_option(needed: bool = False) -> Callable[[Any], Any]:
    """Return `--ribbon`."""
    return click.option("--ribbon", required=needed, metavar="RIBBON", help="The ribbon that is in it.")


stock_option = click.option("--stock", metavar="STOCK", help="The card stock that is in it.")
place_option = click.option("--place", metavar="PLACE", help="Where it stands, for people.")
options_option = click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", callback=_options_of, help="A driver's own option."
)


@click.group()
def printer() -> None:
    """Show, add, change, replace and retire printers while the server runs."""


@printer.command("add")
@name_argument
@_of_printer(True)
@ask_options
def add(name: str, by: str, reason: str, as_json: bool, server: str, **given: Any) -> None:  # noqa: ANN401 - click's
    """Add the printer NAME; a queue has it when it is told to."""
    row = open_api(server).add_printer({"name": name, **_given(given)}, by=by, reason=reason)
    _tell(row, as_json, f"printer {name} is added")


@printer.command("set")
@name_argument
@device_option()
@ribbon_option()
@stock_option
@place_option
@options_option
@ask_options
def set_(name: str, by: str, reason: str, as_json: bool, server: str, **given: Any) -> None:  # noqa: ANN401 - click's
    """Change what is told of the printer NAME; what is not given stays."""
    row = open_api(server).change_printer(name, "set", _given(given), by=by, reason=reason)
    _tell(row, as_json, f"printer {name} is changed")


@printer.command("show")
@name_argument
@json_option
@server_option
def show(name: str, as_json: bool, server: str) -> None:
    """Tell who and what the printer NAME is: serial number, firmware, image, ribbons, speed, counters."""
    body = open_api(server).fetch(f"/printers/{quote(name, safe='')}")
    if as_json:
        tell_json(body)
        return
    row: Any = read_any(body)
    for title, words in details(row):
        say(f"{title}: {words}")


def details(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is known of a printer, a line each; what it does not tell is said so."""
    known, identity = row.get("abilities") or {}, row.get("identity") or {}
    width, height, dpi = (int(known.get(each) or 0) for each in ("width", "height", "dpi"))
    size = f", {width * MM_PER_INCH / dpi:.1f} x {height * MM_PER_INCH / dpi:.1f} mm" if dpi else ""
    found = [
        ("model", f"{row.get('title')} {row.get('model')}"), ("serial number", identity.get("serial") or UNTOLD),
        ("firmware", identity.get("firmware") or UNTOLD), ("driver", f"{row.get('driver')}, {row.get('tier')}"),
        ("device", str(row.get("device"))), ("image", f"{width} x {height} dots, {dpi} dpi{size}"),
        ("speed", f"about {known.get('cards_per_minute')} cards a minute"),
        ("sides", "both in one pass" if known.get("duplex") else "one in a pass"),
        ("tracks", str(known.get("magnetic_tracks") or "none")), ("stock", str(row.get("stock"))),
    ]  # fmt: skip
    for ribbon in rows_of(known, "panels"):
        front, back = " ".join(ribbon.get("front") or ()), " ".join(ribbon.get("back") or ())
        found.append((f"ribbon {ribbon.get('name')}", f"{front} | {back}" if back else front))
    counters = row.get("counters") or {}
    return [*found, *((f"counter {name}", str(value)) for name, value in counters.items())]


@printer.command("retire")
@name_argument
@ask_options
def retire(name: str, by: str, reason: str, as_json: bool, server: str) -> None:
    """Take the printer NAME out of its queues for good; the card that moves in it is finished first."""
    row = open_api(server).change_printer(name, "retire", {}, by=by, reason=reason)
    _tell(row, as_json, f"printer {name} is retired")


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@_of_printer(False)
@ask_options
def replace(
    old: str, new: str, by: str, reason: str, as_json: bool, server: str, **given: Any,  # noqa: ANN401 - click's
) -> None:  # fmt: skip
    """Let the printer NEW take the place of OLD in its queues; OLD is retired.

    With --driver, --model, --device and --ribbon the printer NEW is added by the way.
    """
    row = open_api(server).change_printer(old, "replace", {"new": new, **_given(given)}, by=by, reason=reason)
    _tell(row, as_json, f"printer {new} has taken the place of {old}")


printer.add_command(replace)


@click.command()
@click.argument("jobs", metavar="ID...", nargs=-1, required=True, type=click.IntRange(min=1))
@click.option("--to", "target", required=True, metavar="QUEUE", help="The queue that they go to.")
@ask_options
def move(jobs: Sequence[int], target: str, by: str, reason: str, as_json: bool, server: str) -> None:
    """Move jobs to another queue; a card that is in a printer is finished there."""
    for job in jobs:
        status = open_api(server).move(job, target, by=by, reason=reason)
        if as_json:
            tell_row(status.row)
        else:
            say(told(status))


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Return what was given, without what was left out."""
    return {key: value for key, value in options.items() if value not in (None, (), {})}


def _tell(row: Json, as_json: bool, words: str) -> None:
    if as_json:
        tell_row(row)
    else:
        say(words)


commands = {"printer": printer, "replace": replace, "move": move}
