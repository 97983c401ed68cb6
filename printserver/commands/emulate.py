"""`printserver emulate`: a card printer made of software, or a recorded job taken apart.

Laws kept here:

1. The emulator runs in this process, in the foreground; Ctrl-C or SIGTERM ends it, and its exit code is 0 then.
2. A recorded job is bytes of a stranger: whatever is wrong with them ends in one line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from printserver.client.document import content_of
from printserver.commands.options import as_usage, json_option
from printserver.commands.output import tell_row
from printserver.commands.pictures import make_folder, summary_of, tell_summary, write_cards
from printserver.commands.shelf import Chosen, choose
from printserver.driver import DecodedCard, DecodedJob
from printserver.emulation.faults import parse_fault
from printserver.emulation.pace import PACES
from printserver.errors import Fault, PrintServerError
from printserver.model.card import Geometry, Ribbon
from printserver.model.inspection import Inspection
from printserver.raster.inspection import half_panel, inspect_card

# sockaddr_un of Linux holds 108 bytes, the last of them NUL.
SOCKET_PATH_LIMIT = 107
CONTROL = "machine.control"


class JobUnreadable(PrintServerError):
    """The file holds no card that this family of printers would print."""

    code = "job-unreadable"
    fault = Fault.CLIENT
    remedy = "Name a file that was recorded for this family, such as job.prn of `printserver render`."


@click.command()
@click.argument("driver", metavar="D")
@click.option("--model", metavar="M", default="", help="Model, such as primacy+mag; else the family's first.")
@click.option("--listen", metavar="tcp:PORT", help="Listen on tcp:PORT, tcp:HOST:PORT or unix:PATH (port 0 = any).")
@click.option("--pty", metavar="PATH", type=click.Path(path_type=Path),
              help="Be a serial line: make a pseudo-terminal and link PATH to it.")
@click.option("--cards", metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for pictures of finished cards.")
@click.option("--pace", type=click.Choice(list(PACES)), help="As fast as it can be (fast), or like a real printer.")
@click.option("--fault", "faults", metavar="F", multiple=True, help="A fault, such as cover-open@card=2; repeatable.")
@click.option("--job", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Take a recorded job apart, in place of running.")
@click.option("--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for the pictures of a recorded job.")
@json_option
def emulate(driver: str, model: str, listen: str | None, pty: Path | None, cards: Path | None, pace: str | None,
            faults: tuple[str, ...], job: Path | None, out: Path | None, as_json: bool) -> None:
    """Run a printer of family D made of software, or take a recorded job of that family apart."""
    if job is not None:
        _refuse(listen=listen, pty=pty, cards=cards, pace=pace, fault=faults)
        take_apart(choose(driver, model), job, _needed(out, "--out", "--job"), as_json)
        return
    _refuse(out=out, json=as_json)
    if (listen is None) == (pty is None):
        raise click.UsageError("say one of --listen tcp:PORT, --pty PATH, --job FILE")
    where = ["--listen", listen] if listen else ["--pty", str(pty)]
    check_link(pty)
    run(choose(driver, model), where, _needed(cards, "--cards", where[0]), pace or "fast", faults)


def _refuse(**options: object) -> None:
    """Raise click.UsageError for an option that means nothing here."""
    for name, value in options.items():
        if value:
            raise click.UsageError(f"--{name} has no meaning here: --job takes a job apart, without it a printer runs")


def _needed(folder: Path | None, option: str, beside: str) -> Path:
    if folder is None:
        raise click.UsageError(f"{option} DIR is needed with {beside}")
    return folder


# a recorded job


def take_apart(chosen: Chosen, file: Path, out: Path, as_json: bool) -> None:
    """Write what a recorded job would print; raises JobUnreadable when it holds no card."""
    job = decoded(chosen, file)
    inspections = [inspected(card, chosen.geometry) for card in job.cards]
    summary = summary_of(job, inspections)
    if job.cards:
        make_folder(out)
    written = write_cards(job.cards, chosen.geometry, out)
    if as_json:
        tell_row(summary)
    if not job.cards:
        raise JobUnreadable(_nothing_in(job), where=str(file))
    if not as_json:
        tell_summary(summary, inspections, written, out)


def decoded(chosen: Chosen, file: Path) -> DecodedJob:
    """Return a recorded job; raises JobUnreadable, or what the driver says of it."""
    content = content_of(file)
    try:
        return chosen.emulator().decode(chosen.model, content)
    except PrintServerError:
        raise
    except Exception as error:
        # law 2: a stranger's driver may raise anything on a stranger's bytes
        raise JobUnreadable(f"{chosen.driver} cannot read it: {type(error).__name__}", where=str(file)) from error


def _nothing_in(job: DecodedJob) -> str:
    unknown = f"{len(job.unknown_commands)} commands that are not known" if job.unknown_commands else "no command"
    return f"there is no card in it ({unknown}, {job.trailing_bytes} bytes beside them)"


# a running printer


def run(chosen: Chosen, where: list[str], cards: Path, pace: str, faults: tuple[str, ...]) -> None:
    """Be a printer until told to end; raises SystemExit with its exit code."""
    chosen.emulator()
    with as_usage("--fault"):
        for fault in faults:
            parse_fault(fault)
    make_cards_folder(cards)
    from printserver.emulation.process import main

    with control_socket(cards) as control:
        packages = [part for package in chosen.packages for part in ("--package", package)]
        each_fault = [part for fault in faults for part in ("--fault", fault)]
        code = main([
            "--driver", chosen.driver, "--model", chosen.model, *where, "--cards", str(cards), "--pace", pace,
            "--control", str(control), *each_fault, *packages,
        ])  # fmt: skip
    raise SystemExit(code)


def inspected(card: DecodedCard, geometry: Geometry) -> Inspection:
    """Return what is found out about a recorded card; a ribbon that its bytes do not name has whole panels."""
    return inspect_card(card.sides, card.ribbon or Ribbon("", ()), geometry, half_panel(geometry, card.sides))


@contextmanager
def control_socket(cards: Path) -> Iterator[Path]:
    """Yield where the control socket goes: with the cards, or in a folder of its own where that path is too long."""
    beside = cards.absolute() / CONTROL
    if len(os.fsencode(beside)) <= SOCKET_PATH_LIMIT:
        yield beside
        return
    with TemporaryDirectory(prefix="printserver-") as folder:
        yield Path(folder) / CONTROL


def make_cards_folder(cards: Path) -> None:
    """Make the folder for cards; raises click.BadParameter."""
    try:
        cards.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(f"{cards}: {error.strerror}", param_hint="--cards") from None


def check_link(pty: Path | None) -> None:
    """Raise click.BadParameter where linking would put something of the user's away."""
    if pty is None:
        return
    if os.path.lexists(pty) and not pty.is_symlink():
        raise click.BadParameter(f"{pty} is there already", param_hint="--pty")
    if not pty.absolute().parent.is_dir():
        raise click.BadParameter(f"{pty.parent} is no folder", param_hint="--pty")


commands = {"emulate": emulate}
