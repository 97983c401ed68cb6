"""`printserver purge`: throw documents away because a person wants it."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from printserver.client import ApiClient
from printserver.commands.options import json_option, open_api, server_option, who_options
from printserver.commands.output import rows_of, say, tell_json


@click.command("purge")
@click.argument("jobs", metavar="[ID]...", nargs=-1, type=click.IntRange(min=1))
@click.option("--person", metavar="NAME", default="", help="Jobs that name this person: user, job or document.")
@click.option("--older-than", "days", metavar="DAYS", type=click.IntRange(min=0), help="Jobs over since so many days.")
@click.option("--queue", metavar="Q", help="Only jobs of this queue.")
@click.option("--dry-run", is_flag=True, help="Only tell which jobs these are.")
@who_options
@json_option
@server_option
def purge(
    jobs: tuple[int, ...], person: str, days: int | None, queue: str | None, dry_run: bool, by: str, reason: str,
    as_json: bool, server: str,
) -> None:  # fmt: skip
    """Throw away documents, pictures and names of jobs: by ID, or of all that fit --person and --older-than.

    Who was printed when, and what became of the card, stays in the journal; the reason does too, so name nobody in it.
    Ends with 1 when something is kept: a job that is not over, or within its checking time.
    """
    if bool(jobs) == bool(person or days is not None):
        raise click.UsageError("name either jobs, or --person and --older-than")
    if jobs and queue:
        raise click.UsageError("--queue goes with --person or --older-than")
    wanted: dict[str, object] = {
        "jobs": jobs or None, "person": person or None, "days": days, "queue": queue, "try_only": dry_run or None
    }
    purged, kept = _all(open_api(server), {name: each for name, each in wanted.items() if each is not None}, by, reason)
    if as_json:
        tell_json(msgspec.json.encode({"purged": purged, "kept": kept}))
    else:
        _tell(purged, kept, dry_run)
    if kept:
        raise SystemExit(1)


def _all(api: ApiClient, wanted: dict[str, object], by: str, reason: str) -> tuple[list[int], list[dict[str, Any]]]:
    """Ask until nothing is left to be looked at; the server looks at some jobs at a time."""
    purged, kept = list[int](), list[dict[str, Any]]()
    while True:
        answer = api.purge_jobs(wanted, by=by, reason=reason)
        found: dict[str, Any] = answer if isinstance(answer, dict) else {}
        purged += found.get("purged", [])
        kept += rows_of(found, "kept")
        if found.get("next") is None:
            return purged, kept
        wanted = {**wanted, "before": found["next"]}


def _tell(purged: list[int], kept: list[dict[str, Any]], dry_run: bool) -> None:
    verb = "would be thrown away" if dry_run else "are thrown away"
    say(f"The documents of {len(purged)} jobs {verb}{': ' if purged else '.'}{', '.join(map(str, purged))}")
    for each in kept:
        say(f"job {each.get('job')} is kept: {each.get('why')}")


commands = {"purge": purge}
