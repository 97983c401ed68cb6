"""The tables of the documentation that are made from the code: run this file to write them anew.

A page holds a table between `<!-- table: NAME -->` and `<!-- end -->`; a test compares the two.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

import printserver
from printserver import cli, lifecycle
from printserver.commands.report import exit_code
from printserver.documents.cardjob import archive
from printserver.errors import PrintServerError
from printserver.ipp import IppError
from printserver.listeners.http.assembly import api_routes
from printserver.listeners.http.limits import Limits
from printserver.listeners.http.problems import STATUS_OF
from printserver.listeners.http.queues import QueuesApi
from printserver.listeners.http.router import Route
from printserver.listeners.ipp.operations import HANDLERS
from printserver.listeners.ipp.statuses import STATUSES
from printserver.listeners.ipp.template import OPTIONS
from printserver.model.alert import AlertKind
from printserver.model.cardjob import MAX_MANIFEST, manifest_schema
from printserver.web.panel_words import WARNINGS
from printserver.web.reasons import ALERTS, REASONS
from printserver.web.words import Words

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md"))]
HELD = re.compile(r"(?<=<!-- table: )([a-z-]+)( -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)
DRIVERS = ROOT / "drivers"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def first_line(text: str | None) -> str:
    """Return the first sentence of a docstring or help text, on one line."""
    return (text or "").strip().split("\n\n", 1)[0].replace("\n", " ")


# errors


def modules() -> Iterator[str]:
    """Name every module of the server and of the bundled drivers that can be imported without being a process."""
    for found in pkgutil.walk_packages(printserver.__path__, "printserver."):
        if "migrations" not in found.name and not found.name.endswith("__main__"):
            yield found.name
    for package in sorted(DRIVERS.glob("printserver_*")):
        yield from (f"{package.name}.{file.stem}" for file in sorted(package.glob("[a-z]*.py")))


def error_classes() -> list[type[PrintServerError]]:
    """Return every error of the server, its commands and its bundled drivers, those of `errors.py` first."""
    for name in modules():
        importlib.import_module(name)
    waiting: list[type[PrintServerError]] = [PrintServerError]
    for kind in waiting:
        waiting.extend(kind.__subclasses__())
    own = [kind for kind in waiting if kind.__module__.startswith("printserver") and ".testing" not in kind.__module__]
    return sorted(own, key=lambda kind: (kind.__module__ != "printserver.errors", kind.fault.value, kind.code))


def ipp_status(kind: type[PrintServerError]) -> str:
    """Return the status that the IPP door answers with."""
    status = kind.status if issubclass(kind, IppError) else STATUSES.get(kind.code)
    return status.keyword if status is not None else "server-error-internal-error"


def errors() -> str:
    """Return one row for each code."""
    kinds: dict[str, type[PrintServerError]] = {}
    for kind in error_classes():
        kinds.setdefault(kind.code, kind)
    rows = (
        (
            f"`{code}`", first_line(kind.__doc__), kind.fault.value, "yes" if kind.retry else "no", kind.remedy,
            str(STATUS_OF.get(code, 500)), f"`{ipp_status(kind)}`", str(exit_code(kind.__new__(kind))),
        )
        for code, kind in sorted(kinds.items(), key=lambda item: (item[1].fault.value, item[0]))
    )  # fmt: skip
    return table(("code", "what it says", "fault", "again?", "what to do", "HTTP", "IPP", "exit"), rows)


# states, reasons, alerts


def life_of_a_card() -> str:
    """Return the diagram of `lifecycle.py`."""
    return f"```mermaid\n{lifecycle.diagram()}```\n"


def words_rows(words: dict[str, Words]) -> Iterator[Sequence[str]]:
    """Yield a row for each code that has words."""
    for code, each in words.items():
        if each.title:
            yield f"`{code}`", each.title, each.remedy or each.explains or "-"


def alerts() -> str:
    """Return what printers complain of."""
    found = {str(kind): ALERTS[kind] for kind in AlertKind}
    return table(("alert", "what the page says", "what to do"), words_rows(found))


def reasons() -> str:
    """Return why jobs, cards and printers are as they are."""
    return table(("reason", "what the page says", "what to do"), words_rows(dict(REASONS)))


def panel_warnings() -> str:
    """Return what may go wrong with a card's panels."""
    return table(
        ("warning", "what the page says", "why", "what to do"),
        ((f"`{code}`", told.title, told.explains, told.remedy) for code, told in WARNINGS.items()),
    )


# doors


def routes() -> str:
    """Return the addresses of the JSON API."""
    rows = (
        (f"`{route.method}`", f"`{re.sub(':int', '', route.pattern)}`", route.operation.summary)
        for route in api_of_nobody()
        if route.operation is not None
    )
    return table(("method", "address", "what it does"), rows)


def api_of_nobody() -> list[Route]:
    """Return the routes; none of them is called here."""

    class Nobody:
        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *arguments: None

    nobody = Nobody()
    routes = api_routes(nobody, nobody, Limits())  # type: ignore[arg-type]  # stands in for both, and is never asked
    return [*routes, *QueuesApi(nobody).routes()]  # type: ignore[arg-type]  # as above


def ipp_operations() -> str:
    """Return the operations that are answered."""
    rows = ((f"{operation.name.replace('_', '-').title()}", f"0x{operation:04x}") for operation in HANDLERS)
    return table(("operation", "code"), rows)


def ipp_job_attributes() -> str:
    """Return the job template attributes that are read."""
    return ", ".join(f"`{name}`" for name in OPTIONS) + ".\n"


# the command line


def cardjob_keys() -> str:
    """Return the keys of a card job's manifest, as its schema has them."""
    schema = manifest_schema()
    properties: dict[str, Any] = schema["$defs"]["Manifest"]["properties"]
    rows = [(f"`{key}`", json_type(each), each["description"]) for key, each in properties.items()]
    keys = ", ".join(f"`{key}`" for key in schema["$defs"]["Ticket"]["properties"])
    return table(("key", "value", "meaning"), rows) + f"\nKeys of `ticket`: {keys}.\n"


def json_type(found: dict[str, Any]) -> str:
    """Return what a value is called."""
    words = {"string": "text", "object": "table"}
    if "items" in found:
        kind = "tables" if "$ref" in found["items"] else "texts"
        return f"up to {found['maxItems']} {kind}"
    if "enum" in found:
        return ", ".join(f"`{each}`" for each in found["enum"])
    return words.get(found.get("type", "object"), "table")


def cardjob_limits() -> str:
    """Return how large a card job may be."""
    rows = (
        ("members", str(archive.MAX_MEMBERS)),
        ("`job.toml`", f"{MAX_MANIFEST // 1024} KiB"),
        ("a member, unpacked", f"{archive.MAX_MEMBER >> 20} MiB"),
        ("all members, unpacked", f"{archive.MAX_TOTAL >> 20} MiB"),
        (f"packing, of a member larger than {archive.FREE_SIZE >> 20} MiB", f"{archive.MAX_RATIO} to 1"),
    )
    return table(("what", "at most"), rows)


def commands() -> str:
    """Return every command of this package with its arguments and options."""
    context = click.Context(cli.printserver, info_name="printserver")
    found = [cli.printserver.get_command(context, name) for name in cli.COMMANDS]
    return "\n".join(command_text(command, context) for command in found if command is not None)


def command_text(command: click.Command, parent: click.Context) -> str:
    """Return one command as a section."""
    context = click.Context(command, info_name=command.name, parent=parent)
    path = context.command_path.removeprefix(f"{context.find_root().info_name} ")
    usage = " ".join(["printserver", path, *command.collect_usage_pieces(context)])
    records = [
        record
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option)
        and "--help" not in parameter.opts  # every command has it, and click caches how the first caller named it
        and (record := parameter.get_help_record(context))
    ]
    rows = [(f"`{option}`", help.replace("\n", " ")) for option, help in records]
    about = inspect.cleandoc((command.help or "").replace("\b\n", ""))
    body = "\n".join(f"{line}  " if line and not line.endswith(".") else line for line in about.splitlines())
    options = f"{table(('option', 'meaning'), rows)}" if rows else ""
    below = command.commands.values() if isinstance(command, click.Group) else ()
    parts = [f"{'#' * (2 + len(path.split()))} {path}\n\n```text\n{usage}\n```\n\n{body}\n", options]
    return "\n".join([*filter(None, parts), *(command_text(each, context) for each in below)])


TABLES: dict[str, Callable[[], str]] = {
    "errors": errors,
    "life-of-a-card": life_of_a_card,
    "alerts": alerts,
    "reasons": reasons,
    "panel-warnings": panel_warnings,
    "routes": routes,
    "ipp-operations": ipp_operations,
    "ipp-job-attributes": ipp_job_attributes,
    "commands": commands,
    "cardjob-keys": cardjob_keys,
    "cardjob-limits": cardjob_limits,
}


def written_anew(page: str) -> str:
    """Return a page with its tables as the code has them now."""
    return HELD.sub(lambda found: f"{found[1]}{found[2]}{TABLES[found[1]]()}", page)


def main() -> None:
    """Write the tables of every page anew."""
    for page in PAGES:
        old = page.read_text()
        new = written_anew(old)
        if new != old:
            page.write_text(new)
            print(f"written: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
