"""Queues and printers: how they are, and pausing and resuming a queue."""

from __future__ import annotations

import time
from typing import Any

import click

from printserver.client.replies import read_any
from printserver.commands import words
from printserver.commands.options import json_option, open_api, server_option, who_options
from printserver.commands.output import age, rows_of, say, tell_json, tell_row, tell_table

queue_argument = click.argument("queue", metavar="Q")


@click.command()
@json_option
@server_option
def queues(as_json: bool, server: str) -> None:
    """List queues."""
    body = open_api(server).fetch("/queues")
    answer = read_any(body)
    if as_json:
        tell_json(body)
        return
    lines = [_queue_line(row) for row in rows_of(answer, "queues")]
    tell_table(("QUEUE", "STATE", "WAITING", "PRINTERS"), lines, empty="There are no queues.")


def _queue_line(row: dict[str, Any]) -> tuple[str, ...]:
    name = f"{row.get('name')} (default)" if row.get("default") else str(row.get("name"))
    return name, _queue_state(row), str(row.get("waiting", 0)), ", ".join(map(str, row.get("printers") or ()))


def _queue_state(row: dict[str, Any]) -> str:
    if row.get("paused"):
        return "paused"
    return f"closed until {row['opens']}" if row.get("opens") else "open"


@click.command()
@json_option
@server_option
def printers(as_json: bool, server: str) -> None:
    """List printers with their supplies and what they need."""
    body = open_api(server).fetch("/printers")
    answer = read_any(body)
    if as_json:
        tell_json(body)
        return
    now = time.time()
    rows = rows_of(answer, "printers")
    tell_table(
        ("PRINTER", "STATE", "SINCE", "CARD", "RIBBON", "TIER", "MODEL"), [_printer_line(row, now) for row in rows],
        empty="There are no printers.",
    )  # fmt: skip
    for row in rows:
        for line in remarks(row):
            say(f"{row.get('name')}: {line}")


def _printer_line(row: dict[str, Any], now: float) -> tuple[str, ...]:
    model = f"{row.get('driver')} {row.get('model')}{' (simulated)' if row.get('simulated') else ''}"
    return (
        str(row.get("name")), str(row.get("state")), age(row.get("since"), now), str(row.get("card") or "-"),
        str(row.get("ribbon")), str(row.get("tier")), model,
    )  # fmt: skip


def remarks(row: dict[str, Any]) -> list[str]:
    """Return what is to be said of a printer beside its row: its reason, its supplies, what it complains of."""
    supplies = [_supply(supply) for supply in rows_of(row, "supplies") if supply.get("remaining") is not None]
    alerts = [words.reason_in_words({"code": each.get("kind"), "detail": each.get("verbatim")})
              for each in rows_of(row, "alerts")]  # fmt: skip
    found = [words.reason_in_words(row.get("reason")), *alerts, ", ".join(supplies)]
    return list(dict.fromkeys(line for line in found if line))


def _supply(supply: dict[str, Any]) -> str:
    left, most = supply.get("remaining"), supply.get("capacity")
    kind = str(supply.get("kind"))
    name = f"{kind} {supply['name']}" if supply.get("name") not in (None, "", kind) else kind
    return f"{name}: {left} of {most} left" if most else f"{name}: {left} left"


@click.command()
@queue_argument
@who_options
@json_option
@server_option
def pause(queue: str, by: str, reason: str, as_json: bool, server: str) -> None:
    """Let queue Q start no further job."""
    _tell(open_api(server).pause(queue, by=by, reason=reason), as_json)


@click.command()
@queue_argument
@who_options
@json_option
@server_option
def resume(queue: str, by: str, reason: str, as_json: bool, server: str) -> None:
    """Let queue Q go on."""
    _tell(open_api(server).resume(queue, by=by, reason=reason), as_json)


def _tell(row: Any, as_json: bool) -> None:  # noqa: ANN401 - what a server answered
    if as_json:
        tell_row(row)
    else:
        say(f"queue {row.get('name')}: {_queue_state(row)}, {row.get('waiting', 0)} waiting")


commands = {"queues": queues, "printers": printers, "pause": pause, "resume": resume}
