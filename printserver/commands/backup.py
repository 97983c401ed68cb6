"""`printserver backup` and `printserver restore`: the data as one file, and back.

Laws kept here:

1. A backup is made beside a running server and disturbs nothing.
2. What is put back prints nothing by itself: every card that was not final is in doubt before a server can see it.
"""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from printserver.commands.options import all_of, config_option, data_option, json_option
from printserver.commands.output import say, tell_row
from printserver.commands.serve import place_of
from printserver.config import read_configuration
from printserver.errors import ConfigurationError
from printserver.queue.restoring import doubt_all
from printserver.store.backup import write_backup
from printserver.store.opening import open_store
from printserver.store.place import DataPlace
from printserver.store.unpacking import unpack

where_options = all_of([config_option, data_option])
file_argument = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))


@click.command()
@file_argument
@json_option
@where_options
def backup(file: Path, as_json: bool, config: Path | None, data: Path | None) -> None:
    """Write a backup of the data directory to the new file FILE.

    The server may be running. The master key is not in it: keep a copy of the key in another place.
    """
    place = _own_place(config, data)
    manifest = write_backup(place, file, time.time)
    size = sum(member.size for member in manifest.members.values())
    if as_json:
        tell_row({"file": str(file), "members": len(manifest.members), "bytes": size,
                  "heads": msgspec.to_builtins(manifest.heads), "purged": list(manifest.purged)})  # fmt: skip
        return
    rows = ", ".join(f"{head.node} up to row {head.id}" for head in manifest.heads) or "an empty journal"
    say(f"{file}: {len(manifest.members)} files, {size / 1e6:.1f} MB, {rows}")
    say(f"The master key is not in it: keep {place.key} elsewhere.")


@click.command()
@file_argument
@json_option
@where_options
def restore(file: Path, as_json: bool, config: Path | None, data: Path | None) -> None:
    """Put the backup FILE back as a data directory, which must be new or empty.

    Every card that was not final when the backup was made is in doubt afterwards: it may have been printed since. Say
    with `settle` what became of it; nothing of it is printed before.
    """
    place = _own_place(config, data)
    doubted: list[int] = []
    manifest = unpack(file, place, lambda database: doubted.append(_doubt(database, place)))
    cards, made = doubted[0], datetime.fromtimestamp(manifest.made, UTC).astimezone()
    if as_json:
        tell_row({"data": str(place.root), "made": made.isoformat(), "cards-in-doubt": cards})
        return
    say(f"{place.root}: as it was at {made:%Y-%m-%d %H:%M:%S %z}")
    say(f"cards in doubt: {cards}; they may have been printed since. `printserver settle` says what became of them.")


def _own_place(config: Path | None, data: Path | None) -> DataPlace:
    """Return the data directory; raises ConfigurationError where the store is in a database of its own."""
    configuration = read_configuration(config)
    if configuration.store.url is not None:
        raise ConfigurationError(
            "the store is in a database, and not in the data directory", where="store.url",
            allowed="the database's own backup (pg_dump), and a copy of the master key in another place",
        )
    return place_of(configuration, data)


def _doubt(database: Path, place: DataPlace) -> int:
    store = open_store(database, master_key=place.key, clock=time.time, node=socket.gethostname())
    try:
        return doubt_all(store, "restored from a backup")
    finally:
        store.close()


commands = {"backup": backup, "restore": restore}
