"""`printserver jobs` and `printserver job ID`."""

from __future__ import annotations

import time
from typing import Any

import click

from printserver.client import ApiClient
from printserver.client.replies import read_any
from printserver.commands import words
from printserver.commands.options import job_argument, json_option, open_api, server_option
from printserver.commands.output import age, rows_of, say, tell_json, tell_table
from printserver.errors import UnknownJob
from printserver.model.job import FINAL_JOB_STATES, JobState


@click.command("jobs")
@click.option("--state", "states", metavar="S", multiple=True, type=click.Choice([str(state) for state in JobState]),
              help=f"Only jobs in this state ({', '.join(JobState)}); may be repeated.")
@click.option("--before", metavar="ID", type=click.IntRange(min=1), help="Only jobs older than this one.")
@json_option
@server_option
def jobs(states: tuple[str, ...], before: int | None, as_json: bool, server: str) -> None:
    """List jobs, newest first."""
    api = open_api(server)
    page = api.jobs(state=",".join(states) or None, before=before)
    if as_json:
        tell_json(page.body)
        return
    rows = [status.row for status in page.jobs]
    tell_table(
        ("ID", "STATE", "AGE", "CARDS", "QUEUE", "NAME"), [_line(api, row) for row in rows], empty="There are no jobs.",
    )  # fmt: skip
    _tell_reasons(rows)
    if page.next is not None:
        say(f"Older ones: printserver jobs --before {page.next}")


def _line(api: ApiClient, row: dict[str, Any]) -> tuple[str, ...]:
    cards = words.counts_in_words(row.get("cards"))
    state = words.job_state(str(row.get("state")))
    return str(row.get("id")), state, _age_of(api, row), cards, str(row.get("queue")), str(row.get("name"))


def _age_of(api: ApiClient, row: dict[str, Any]) -> str:
    """Return how old an unfinished job is; the list does not tell, its details do."""
    if row.get("state") in list(FINAL_JOB_STATES):
        return "-"
    try:
        return age(api.job(int(row["id"])).row.get("created"), time.time())
    except UnknownJob:
        return "-"


def _tell_reasons(rows: list[dict[str, Any]]) -> None:
    """Say below the table what it has no room for: why jobs are where they are."""
    for row in rows:
        why = words.reasons_in_words(row.get("reasons") or ())
        if why:
            say(f"job {row.get('id')}: {why}")


@click.command("job")
@job_argument
@json_option
@server_option
def job(job: int, as_json: bool, server: str) -> None:
    """Tell all of a job."""
    api = open_api(server)
    body = api.fetch(f"/jobs/{job}")
    row = read_any(body)
    if as_json:
        tell_json(body)
        return
    now = time.time()
    for line in described(row if isinstance(row, dict) else {}, now):
        say(line)
    cards = rows_of(api.cards(job), "cards")
    lines = [_card_line(card, now) for card in cards]
    tell_table(("CARD", "STATE", "SINCE", "PRINTER"), lines, empty="It has no cards yet.")
    for card in cards:
        if why := words.reason_in_words(card.get("reason")):
            say(f"card {card.get('number')}: {why}")


def described(row: dict[str, Any], now: float) -> list[str]:
    """Return a job's details, a line each; what there is nothing to say of is left out."""
    ticket = row.get("ticket") if isinstance(row.get("ticket"), dict) else {}
    facts = {
        f"job {row.get('id')}": row.get("name"),
        "state": words.job_state(str(row.get("state"))),
        "why": words.reasons_in_words(row.get("reasons") or ()),
        "cards": words.counts_in_words(row.get("cards")),
        "queue": row.get("queue"),
        "from": f"{row.get('user')} ({row.get('origin')})",
        "age": age(row.get("created"), now),
        "options": ", ".join(f"{key} {value}" for key, value in (ticket or {}).items() if key in SHOWN and value),
        "tracks": ", ".join(map(str, row.get("tracks") or ())),
        "reprint of": f"job {row['reprint_of']}" if row.get("reprint_of") else "",
    }
    return [f"{name}: {value}" for name, value in facts.items() if value]


SHOWN = ("ribbon", "stock", "sides", "k-mode", "overlay", "depth", "placement", "rotation", "dither", "priority")


def _card_line(card: dict[str, Any], now: float) -> tuple[str, ...]:
    state = words.card_state(str(card.get("state")))
    state += ", simulated" if card.get("simulated") and card.get("state") == "done" else ""
    state += ", not confirmed" if card.get("unconfirmed") else ""
    return str(card.get("number")), state, age(card.get("changed"), now), str(card.get("printer") or "-")


commands = {"jobs": jobs, "job": job}
