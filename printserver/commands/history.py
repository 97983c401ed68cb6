"""`printserver history`: jobs found again, as a table, as JSON, or as CSV."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import click

from printserver.client import ApiClient
from printserver.client.replies import read_any
from printserver.commands import words
from printserver.commands.options import json_option, open_api, server_option
from printserver.commands.output import rows_of, say, tell_json, tell_table
from printserver.model.job import JobState
from printserver.model.quota import Holder

CSV_ROWS = 10_000


@click.command("history")
@click.option("--name", metavar="T", default="", help="Words of the job's name, all of them.")
@click.option("--user", metavar="U", default="", help="Who sent it.")
@click.option("--department", metavar="D", default="", help="Which department it was for.")
@click.option("--queue", metavar="Q", default="", help="Which queue it was in.")
@click.option("--printer", metavar="P", default="", help="Which printer had a card of it.")
@click.option("--state", metavar="S", type=click.Choice([str(state) for state in JobState]), default=None,
              help=f"In which state it is ({', '.join(JobState)}).")
@click.option("--from", "first", metavar="DAY", default="", help="The first day on which it came, such as 2026-11-01.")
@click.option("--to", "last", metavar="DAY", default="", help="The last day on which it came.")
@click.option("--before", metavar="ID", type=click.IntRange(min=1), help="Only jobs older than this one.")
@click.option("--csv", "as_csv", is_flag=True, help="Print all that is found as CSV.")
@json_option
@server_option
def history(
    name: str, user: str, department: str, queue: str, printer: str, state: str | None, first: str, last: str,
    before: int | None, as_csv: bool, as_json: bool, server: str,
) -> None:  # fmt: skip
    """Find jobs again, newest first."""
    asked = {
        "name": name, "user": user, "department": department, "queue": queue, "printer": printer, "state": state,
        "from": first, "to": last, "before": before,
    }  # fmt: skip
    fields = {key: value for key, value in asked.items() if value}
    api = open_api(server)
    if as_csv:
        _tell_csv(api, fields)
        return
    body = api.fetch("/history" + (f"?{urlencode(fields)}" if fields else ""))
    if as_json:
        tell_json(body)
        return
    answer: Any = read_any(body)
    headings = ("ID", "STATE", "CAME", "GOOD", "SPOILED", "COST", "USER", "NAME")
    tell_table(headings, [_line(row) for row in rows_of(answer, "jobs")], empty="No job was found.")
    if answer.get("next") is not None:
        say(f"Older ones: --before {answer['next']}")


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    cost = "-" if row.get("cost") is None else f"{row.get('currency') or ''} {row['cost']}".strip()
    return (
        str(row.get("id")), words.job_state(str(row.get("state"))), str(row.get("created"))[:10], str(row.get("good")),
        str(row.get("spoiled")), cost, str(row.get("user")), str(row.get("name")),
    )  # fmt: skip


def _tell_csv(api: ApiClient, fields: Mapping[str, str | int]) -> None:
    """Print file after file, with the head of the first alone: a file has so many rows at most."""
    first = True
    while True:
        body = api.fetch(f"/history.csv?{urlencode(fields)}")
        _head, _, rows = body.partition(b"\r\n")
        sys.stdout.buffer.write(body if first else rows)
        last = _last_number(rows)
        if last is None or rows.count(b"\r\n") < CSV_ROWS:
            return
        first, fields = False, {**fields, "before": last}


def _last_number(rows: bytes) -> int | None:
    last = rows.rstrip(b"\r\n").rpartition(b"\r\n")[2].partition(b",")[0]
    return int(last) if last.isdigit() else None


@click.command("counts")
@click.option("--by", "holder", type=click.Choice([str(each) for each in Holder]), default="user", show_default=True,
              help="Whose cards are counted together.")
@click.option("--from", "first", metavar="DAY", default="", help="The first day, such as 2026-11-01.")
@click.option("--to", "last", metavar="DAY", default="", help="The last day.")
@json_option
@server_option
def counts(holder: str, first: str, last: str, as_json: bool, server: str) -> None:
    """Tell who had how many cards, good and spoiled."""
    fields = {key: value for key, value in {"by": holder, "from": first, "to": last}.items() if value}
    body = open_api(server).fetch(f"/counts?{urlencode(fields)}")
    if as_json:
        tell_json(body)
        return
    rows = [
        (*(str(row.get(key)) for key in ("good", "spoiled", "ordered")), str(row.get("name") or "no longer known"))
        for row in rows_of(read_any(body), "counts")
    ]
    tell_table(("GOOD", "SPOILED", "ORDERED", holder.upper()), rows, empty="No card was ordered in this time.")


commands = {"history": history, "counts": counts}
