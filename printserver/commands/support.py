"""`printserver support-bundle`: what somebody who helps needs to know, and nothing about persons.

Laws kept here:

1. Only what is listed below is let in, by its key; what a person, client or plugin has written is left out.
2. Secrets, addresses with passwords and lists of clients are struck out of the configuration.
3. The file is new, and nobody but its owner can read it: a bundle is looked at before it is sent.
"""

from __future__ import annotations

import os
import platform
import sys
import urllib.request
import zipfile
from collections import deque
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from pathlib import Path

import click
import msgspec

from printserver import __version__
from printserver.commands.options import TOKEN_VARIABLE, all_of, config_option, data_option, server_option
from printserver.commands.output import say
from printserver.commands.serve import place_of
from printserver.config import Configuration, read_configuration
from printserver.errors import ConfigurationError
from printserver.store.heads import NewestHead
from printserver.store.place import DataPlace

LINES = 2000
SECONDS = 10
STRUCK = "(struck out)"
SECRET = {
    "server": ("key", "certificate_key", "proxies", "hosts", "fetch_hosts"), "store": ("url",), "queue": ("clients",),
    "printer": ("options",), "webhook": ("address", "secret"),
}  # fmt: skip
LOGGED = (
    "timestamp", "level", "event", "code", "job", "card", "printer", "queue", "point", "what", "error", "error_id",
    "at", "namespace", "webhook", "event_id", "again_in", "door", "port", "cards", "observer", "plugin", "work",
    "connections",
)  # fmt: skip
"""Words of log lines that are let in; `detail`, `message`, `path` and tracebacks may quote what somebody sent."""

where_options = all_of([server_option, config_option, data_option])


@click.command("support-bundle")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--log", type=click.Path(path_type=Path), help="The server's log, of which the last lines are taken.")
@where_options
def support_bundle(file: Path, log: Path | None, server: str, config: Path | None, data: Path | None) -> None:
    """Write the new file FILE (ZIP) for somebody who helps: versions, configuration, numbers, heads, log.

    Secrets are struck out, and nothing of persons, jobs' names or documents is in it. The server need not be running.
    """
    configuration = read_configuration(config)
    place = place_of(configuration, data)
    members = {
        "versions.json": msgspec.json.format(msgspec.json.encode(versions())),
        "configuration.json": msgspec.json.format(msgspec.json.encode(struck(configuration))),
        "data.json": msgspec.json.format(msgspec.json.encode(of_data(place))),
        "metrics.txt": numbers(server),
        "log.jsonl": b"" if log is None else last_lines(log),
    }
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(f"cannot be made: {error.strerror}", where=str(file), allowed="a new file") from error
    with open(descriptor, "r+b") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members.items():
            bundle.writestr(name, content)
    say(f"{file}: {', '.join(members)}. Look into it before you send it.")


def versions() -> Mapping[str, object]:
    """Return what runs: program, Python, system, and packages with their versions."""
    packages = sorted({f"{each.metadata['Name']} {each.version}" for each in distributions()})
    return {
        "printserver": __version__, "python": sys.version, "system": platform.platform(), "machine": platform.machine(),
        "processors": os.cpu_count(), "packages": packages,
    }  # fmt: skip


def struck(configuration: Configuration) -> Mapping[str, object]:
    """Return the configuration without secrets; what plugins are told may be one, so it is left out whole."""
    found: dict[str, dict[str, object]] = msgspec.to_builtins(configuration)
    found["plugin"] = dict.fromkeys(found["plugin"], STRUCK)
    for name, words in SECRET.items():
        section = found[name]
        tables = [section] if name in ("server", "store") else list(section.values())
        for table in tables:
            if isinstance(table, dict):
                table.update({word: STRUCK for word in words if table.get(word)})
    return found


def of_data(place: DataPlace) -> Mapping[str, object]:
    """Return sizes of what lies in the data directory, room on its disk, and the journal's newest heads."""
    files = ("store.sqlite", "store.sqlite-wal")
    sizes = {name: (place.root / name).stat().st_size for name in files if (place.root / name).exists()}
    spool = sum(1 for _ in place.spool.rglob("*")) if place.spool.exists() else 0
    free = None
    if place.root.exists():
        disk = os.statvfs(place.root)
        free = disk.f_bavail * disk.f_frsize
    return {"bytes": sizes, "spool_files": spool, "bytes_free": free, "heads": NewestHead(place.head).heads()}


def numbers(server: str) -> bytes:
    """Return the server's own numbers (`/metrics`), or one line that says why there are none."""
    token = os.environ.get(TOKEN_VARIABLE, "")
    request = urllib.request.Request(f"{server.rstrip('/')}/metrics")
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return bytes(answer.read())
    except (OSError, ValueError) as error:
        return f"# no numbers: {type(error).__name__}\n".encode()


def last_lines(log: Path) -> bytes:
    """Return the last lines of a log with the words that are let in; raises ConfigurationError."""
    try:
        with log.open("rb") as stream:
            lines = deque(stream, maxlen=LINES)
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", where=str(log)) from error
    return b"".join(_let_in(lines))


def _let_in(lines: Iterable[bytes]) -> Iterable[bytes]:
    for line in lines:
        try:
            told = msgspec.json.decode(line[line.find(b"{") :], type=dict[str, object])
        except msgspec.DecodeError:
            continue  # a line of something else
        yield msgspec.json.encode({word: told[word] for word in LOGGED if word in told}) + b"\n"


commands = {"support-bundle": support_bundle}
