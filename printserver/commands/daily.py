"""`printserver report`: what a day was like."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from printserver.client.replies import read_any
from printserver.commands.options import json_option, open_api, server_option
from printserver.commands.output import rows_of, say, tell_json, tell_table


@click.command("report")
@click.option("--day", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="A day such as 2031-05-06; else today.")
@json_option
@server_option
def report(day: datetime | None, as_json: bool, server: str) -> None:
    """Tell what a day was like: cards by printer and queue, blanks and ribbon, stops and their causes."""
    body = open_api(server).fetch("/report" + (f"?day={date.isoformat(day.date())}" if day else ""))
    if as_json:
        tell_json(body)
        return
    found = read_any(body)
    row: dict[str, Any] = found if isinstance(found, dict) else {}
    say(f"{row.get('day')}{'' if row.get('whole') else ', so far'}")
    for title, key in (("PRINTER", "printers"), ("QUEUE", "queues")):
        lines = [tuple(str(each.get(name)) for name in ("name", "good", "spoiled", "in_doubt"))
                 for each in rows_of(row, key)]  # fmt: skip
        tell_table((title, "GOOD", "SPOILED", "IN DOUBT"), lines, empty=f"No card of any {title.lower()}.")
    for each in rows_of(row, "supplies"):
        say(f"{each.get('printer')}: {each.get('fed')} cards fed, {each.get('blanks_loaded')} blanks put in, "
            f"{each.get('ribbons_changed')} ribbons changed")  # fmt: skip
    for each in rows_of(row, "stops"):
        minutes = round(float(each.get("seconds") or 0) / 60)
        say(f"{each.get('printer')} stood {each.get('times')} times, {minutes} minutes in all: {each.get('cause')}")


commands = {"report": report}
