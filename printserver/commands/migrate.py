"""`printserver migrate`: the store of a data directory into a database that several servers share.

Laws kept here:

1. No server works on the data directory meanwhile, and none finds the store there afterwards.
2. The master key stays the same file: without it the database opens nothing.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from printserver.commands.options import all_of, config_option, data_option, json_option
from printserver.commands.output import say, tell_row
from printserver.commands.serve import place_of
from printserver.config import read_configuration
from printserver.store.location import shown
from printserver.store.moving import move_store

where_options = all_of([config_option, data_option])


@click.command()
@click.option("--to", "target", required=True, metavar="URL", help="An empty database: postgresql://USER@HOST/DATABASE.")
@json_option
@where_options
def migrate(target: str, as_json: bool, config: Path | None, data: Path | None) -> None:
    """Move the store, with all jobs, documents, accounts and the journal, into the empty database URL.

    The server must be stopped. The former file is put aside as store.sqlite.migrated. Name the database as `url` of
    [store] in the configuration file, and keep the master key where it is.
    """
    place = place_of(read_configuration(config), data)
    place.prepare()
    lock = place.lock()
    try:
        moved = move_store(place, target, time.time())
    finally:
        os.close(lock)
    if as_json:
        tell_row({"to": shown(target), "jobs": moved.jobs, "documents": moved.documents, "rows": moved.rows,
                  "aside": str(moved.aside)})  # fmt: skip
        return
    say(f"{shown(target)}: {moved.jobs} jobs, {moved.documents} documents, {moved.rows} rows of the journal, all whole")
    say(f"The former store was put aside: {moved.aside}")


commands = {"migrate": migrate}
