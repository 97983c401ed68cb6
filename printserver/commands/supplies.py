"""Blanks and ribbon of a printer: what is left, what a person enters, and closing a shift."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from printserver.client.replies import read_any
from printserver.commands.options import json_option, open_api, server_option, who_options
from printserver.commands.output import rows_of, say, tell_json, tell_row

MOST = 100_000
printer_argument = click.argument("printer", metavar="PRINTER")
_COUNT = click.IntRange(1, MOST)
_LEFT = click.IntRange(0, MOST)


@click.command()
@click.argument("printer", metavar="[PRINTER]", required=False)
@click.option("--job", metavar="ID", type=click.IntRange(min=1), help="Of a job instead: what it takes and costs.")
@json_option
@server_option
def supplies(printer: str | None, job: int | None, as_json: bool, server: str) -> None:
    """Tell a printer's blanks, ribbon and open shift, or what a job takes of them, and whether they suffice."""
    if (printer is None) == (job is None):
        raise click.UsageError("say a printer or --job")
    place = f"/jobs/{job}" if printer is None else f"/printers/{quote(printer, safe='')}"
    body = open_api(server).fetch(f"{place}/supplies")
    if as_json:
        tell_json(body)
    elif printer is None:
        _tell_job(read_any(body))
    else:
        _tell(read_any(body))


@click.command()
@printer_argument
@click.option("--loaded", metavar="N", type=_COUNT, help="So many blanks were put into the hopper.")
@click.option("--counted", metavar="N", type=_LEFT, help="So many blanks are in the hopper: somebody counted them.")
@click.option("--test-cards", metavar="N", type=_COUNT, help="So many blanks went to test cards.")
@click.option("--cleaning", metavar="N", type=_COUNT, help="So many blanks went to cleaning.")
@who_options
@json_option
@server_option
def blanks(
    printer: str, loaded: int | None, counted: int | None, test_cards: int | None, cleaning: int | None, by: str,
    reason: str, as_json: bool, server: str,
) -> None:  # fmt: skip
    """Enter blanks: put into the hopper, counted in it, or used for something else than jobs."""
    said = {"loaded": loaded, "counted": counted, "test_cards": test_cards, "cleaning": cleaning}
    if all(count is None for count in said.values()):
        raise click.UsageError("say --loaded, --counted, --test-cards or --cleaning")
    _show(open_api(server).enter_supplies(printer, "blanks", {**said, "by": by, "reason": reason}), as_json)


@click.command()
@printer_argument
@click.option("--roll", metavar="ID", default="", help="The roll's own number.")
@click.option("--cards", metavar="N", type=_COUNT, help="For how many cards it is.")
@click.option("--left", metavar="N", type=_LEFT, help="How many are left of them, if it was used before.")
@who_options
@json_option
@server_option
def ribbon(
    printer: str, roll: str, cards: int | None, left: int | None, by: str, reason: str, as_json: bool, server: str
) -> None:
    """Enter a roll of ribbon that was put in."""
    fields = {"roll": roll, "cards": cards, "left": left, "by": by, "reason": reason}
    _show(open_api(server).enter_supplies(printer, "ribbon", fields), as_json)


@click.command("close-shift")
@printer_argument
@click.option("--left", metavar="N", type=_LEFT, prompt="Blanks left in the hopper", help="How many blanks are left.")
@who_options
@json_option
@server_option
def close_shift(printer: str, left: int, by: str, reason: str, as_json: bool, server: str) -> None:
    """Close a printer's shift: loaded = good + spoiled + left. Where it does not balance a reason is needed."""
    row: Any = open_api(server).enter_supplies(printer, "close-shift", {"left": left, "by": by, "reason": reason})
    if as_json:
        tell_row(row)
        return
    say(equation(row, row.get("left")))
    difference = int(row.get("difference") or 0)
    if difference:
        more = "more" if difference > 0 else "fewer"
        say(f"It does not balance: {abs(difference)} {more} than must be left. It is booked so.")
    else:
        say("It balances.")


def equation(shift: dict[str, Any], left: object) -> str:
    """Return loaded = good + spoiled + left, with what else took a blank where something did."""
    parts = [f"good {shift.get('good')}", f"spoiled {shift.get('spoiled')}"]
    parts += [f"test cards and cleaning {shift['other']}"] if shift.get("other") else []
    parts += [f"in doubt {shift['in_doubt']}"] if shift.get("in_doubt") else []
    return f"loaded {shift.get('loaded')} = {' + '.join([*parts, f'left {left}'])}"


def _show(row: Any, as_json: bool) -> None:  # noqa: ANN401 - what a server answered
    if as_json:
        tell_row(row)
    else:
        _tell(row)


def _tell(row: Any) -> None:  # noqa: ANN401 - what a server answered
    for supply in rows_of(row, "supplies"):
        say(_supply(supply))
    shift = row.get("shift") if isinstance(row, dict) else None
    if isinstance(shift, dict):
        say(equation(shift, shift.get("expected")))


def _tell_job(row: Any) -> None:  # noqa: ANN401 - what a server answered
    for each in rows_of(row, "forecasts"):
        say(forecast(each))
    panels = ", ".join(f"{name} {count}" for name, count in (row.get("panels") or {}).items())
    say(f"blanks used: {row.get('blanks')}, {row.get('spoiled')} of them spoiled")
    say(f"panels of ribbon used: {panels or 'none'}")
    cost = "not known" if row.get("cost") is None else f"{row.get('currency') or ''} {row['cost']}".strip()
    say(f"cost: {cost}")


def forecast(found: dict[str, Any]) -> str:
    """Return whether what is loaded suffices for a job, in words."""
    kind, ends_at = found.get("kind"), found.get("ends_at")
    enough = f"{found.get('left')} left, {found.get('ahead')} go to cards before, {found.get('needed')} needed"
    if ends_at is None:
        return f"{kind}: suffices ({enough})"
    where = f"ends at card {ends_at} of this batch" if ends_at else "ends before the first card of this batch"
    return f"{kind}: {where}; {found.get('short')} cards will find none ({enough})"


def _supply(supply: dict[str, Any]) -> str:
    name = " ".join(str(supply[key]) for key in ("kind", "name") if supply.get(key))
    left = "not entered" if supply.get("left") is None else f"{supply['left']} left by count"
    told = "" if supply.get("told") is None else f", {supply['told']} left says the printer"
    difference = supply.get("difference")
    said = f", difference {difference:+d}" if isinstance(difference, int) and difference else ""
    roll = f", roll {supply['roll']}" if supply.get("roll") else ""
    return f"{name}: {left}{told}{said}{roll}"


commands = {"supplies": supplies, "blanks": blanks, "ribbon": ribbon, "close-shift": close_shift}
