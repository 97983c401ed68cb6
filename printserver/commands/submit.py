"""`printserver print`: send a card to the server, and perhaps wait until it is out.

Laws kept here:

1. A job is sent once; whatever happens after that names its number, so that nobody sends it again.
2. `--json` prints one row: as the server answered, or, after waiting, the same keys as they are then.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from printserver.client import ApiClient, JobStatus
from printserver.client.document import content_of
from printserver.commands import words
from printserver.commands.options import (
    PICTURE,
    card_options,
    job_options,
    json_option,
    open_api,
    server_option,
    with_tracks,
)
from printserver.commands.output import rows_of, say, tell_row
from printserver.commands.waiting import Watch, check_ended
from printserver.config import login_name
from printserver.documents.sniff import CARDJOB, HEAD_SIZE


@click.command("print")
@click.argument("front", metavar="FRONT", type=PICTURE)
@click.option("--back", metavar="FILE", type=PICTURE, help="Picture of the back.")
@job_options
@card_options
@click.option("--key", default="", help="Sent again under the same key it is the same job, and printed once.")
@click.option("--wait", is_flag=True, help="Wait until the card is out; ends with 1 as soon as a person is needed.")
@json_option
@server_option
def print_card(front: Path, back: Path | None, tracks: BinaryIO | None, key: str, wait: bool, as_json: bool,
               server: str, **options: object) -> None:
    """Print the picture FRONT on a card."""
    named = {} if is_cardjob(front) else {"name": front.name}
    ticket = {**named, "user": login_name()} | with_tracks(options, tracks)
    api = open_api(server)
    sent = api.submit(ticket, front, back, key=key)
    if not as_json:
        say(told(sent))
        for warning in rows_of(sent.row, "warnings"):
            say(f"warning: {warning.get('detail')}")
    if wait:
        _wait(api, sent, as_json)
    elif as_json:
        tell_row(sent.row)


def is_cardjob(file: Path) -> bool:
    """Tell whether a file begins like a card job, which may have a name of its own."""
    return CARDJOB.begins(content_of(file)[:HEAD_SIZE])


def _wait(api: ApiClient, sent: JobStatus, as_json: bool) -> None:
    """Wait and tell how it ended; raises PersonNeeded, JobNotPrinted, and what the link raises."""
    watch, ended = Watch(api), sent
    try:
        ended = api.wait(sent.id, watch.enough)
    finally:
        # Also when the wait breaks off: who started this must learn the number of the job that the server has.
        if as_json:
            tell_row({key: ended.row.get(key, sent.row[key]) for key in sent.row})
    check_ended(api, ended, watch)
    if not as_json:
        say(told(ended))


def told(status: JobStatus) -> str:
    """Return a job in one line, such as `job 12: waiting (1 waiting), queue card`."""
    cards = words.counts_in_words(status.row.get("cards"))
    why = words.reasons_in_words(status.reasons)
    head = f"job {status.id}: {words.job_state(status.state)}{f', {why}' if why else ''}"
    return head + (f"; cards: {cards}" if cards else "") + (f"; queue {status.queue}" if status.queue else "")


commands = {"print": print_card}
