"""`printserver render`: a card to panels and to the printer's bytes, without a daemon.

Laws kept here:

1. The same worker with the same limits as the daemon's; documents are never decoded in this process.
2. What is written are the panels that the bytes in `job.prn` were made of; the report shows the same ones.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import click
import numpy as np

from printserver.client.document import content_of
from printserver.commands.checking import readable_fonts
from printserver.commands.options import PICTURE, card_options, json_option, ticket_of, with_tracks
from printserver.commands.output import tell_row
from printserver.commands.pictures import make_folder, summary_of, tell_summary, write_bytes, write_cards
from printserver.commands.shelf import choose
from printserver.documents.sniff import CARDJOB
from printserver.driver import DecodedCard, DecodedJob
from printserver.errors import WorkerFailed
from printserver.model.card import Panel, Side, SidePanels
from printserver.model.cardjob import joined
from printserver.model.inspection import Inspection
from printserver.model.ticket import Ticket
from printserver.raster.ribbon_profile import profile_bytes
from printserver.sandbox.command import worker_command
from printserver.sandbox.once import render_once
from printserver.sandbox.orders import (
    BLOCKS,
    COMPOSITES,
    INKS,
    INSPECTION,
    PAGES,
    PANELS,
    SOURCES,
    RenderedPanel,
    RenderOrder,
    RenderResult,
)

JOB_FILE = "job.prn"
REPORT_FILE = "report.html"
WITHOUT = frozenset({BLOCKS, PANELS, INSPECTION})
WITH_REPORT = WITHOUT | {COMPOSITES, INKS, SOURCES}
# Where a locale's name stands, the strongest first (POSIX.1-2017, base definitions, section 8.2).
LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")


@click.command()
@click.argument("front", metavar="FRONT", type=PICTURE)
@click.option("--back", metavar="FILE", type=PICTURE, help="Picture of the back.")
@click.option("--driver", metavar="D", required=True, help="Driver, such as evolis; see `printserver drivers`.")
@click.option("--model", metavar="M", required=True, help="Model, such as primacy or primacy+mag.")
@card_options
@click.option("--profile", metavar="FILE", type=PICTURE, help="Profile of the ribbon; else the neutral one.")
@click.option("--fonts", metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of further fonts for drawings (SVG).")
@click.option("--out", metavar="DIR", required=True, type=click.Path(file_okay=False, path_type=Path),
              help="Folder for the pictures and job.prn; made when it is missing.")
@click.option("--report", "reported", is_flag=True, help="Write report.html too: all of it to look at, with warnings.")
@click.option("--language", metavar="L", help="Language of the report: en or id (the locale's, else en).")
@json_option
def render(front: Path, back: Path | None, driver: str, model: str, profile: Path | None, fonts: Path | None, out: Path,
           tracks: BinaryIO | None, reported: bool, language: str | None, as_json: bool, **options: object) -> None:
    """Show what a printer would get for the picture FRONT: its panels as PNG, and its bytes as job.prn."""
    language = report_language(language) if reported else ""
    ticket = ticket_of(with_tracks(options, tracks))
    chosen = choose(driver, model)
    ticket = with_own_wishes(ticket, options, content_of(front), back)
    order = RenderOrder(
        driver=chosen.driver, model=chosen.model, front=content_of(front), back=content_of(back) if back else None,
        ribbon=ticket.ribbon or chosen.ribbon, ticket=ticket, profile=profile_bytes(profile) if profile else None,
        profile_file=str(profile), want=WITH_REPORT if reported else WITHOUT,
    )  # fmt: skip
    if fonts is not None:
        fonts = fonts.absolute()
        readable_fonts(str(fonts), "--fonts")
    command = worker_command(
        packages=chosen.packages, paths=chosen.paths, fonts=None if fonts is None else str(fonts)
    )
    result = render_once(order, command=command)
    card = card_of(result, ticket.tracks)
    make_folder(out)
    written = [*write_cards([card], chosen.geometry, out), write_bytes(out / JOB_FILE, result.job)]
    if reported:
        files = {Side.FRONT: front.name} | ({Side.BACK: back.name} if back else {})
        page = report_of(result, f"{chosen.driver} {chosen.model}", files, language)
        written.append(write_bytes(out / REPORT_FILE, page.encode()))
    _tell(card, result, written, out, as_json)


def with_own_wishes(
    ticket: Ticket, options: Mapping[str, object], document: bytes, back: Path | None
) -> Ticket:
    """Return the ticket of a document: a card job brings its own, against which the options that are given stand."""
    if not CARDJOB.begins(document):
        return ticket
    order = RenderOrder(
        driver="", model="", front=document, back=b"" if back else None, ticket=ticket, want=frozenset({PAGES})
    )
    facts = render_once(order, command=worker_command(packages=())).cardjob
    if facts is None:
        raise WorkerFailed("the worker left out what was wanted of it")
    said = [name for name, value in options.items() if value is not None]
    return joined(ticket, said, facts)


def _tell(card: DecodedCard, result: RenderResult, written: Sequence[Path], out: Path, as_json: bool) -> None:
    inspections = [wanted(result.inspection)]
    summary = summary_of(DecodedJob((card,)), inspections)
    if as_json:
        tell_row(summary)
    else:
        tell_summary(summary, inspections, written, out)


def card_of(result: RenderResult, tracks: tuple[str, ...]) -> DecodedCard:
    """Return what a worker rendered as a card."""
    sides = groupby(result.panels, key=lambda panel: panel.side)
    return DecodedCard(tuple(SidePanels(side, tuple(map(_panel, panels))) for side, panels in sides), tracks=tracks)


def _panel(panel: RenderedPanel) -> Panel:
    plane = np.frombuffer(panel.data, dtype=np.uint8).reshape(panel.height, panel.width)
    return Panel(panel.panel, plane, panel.levels)


def report_language(asked: str | None) -> str:
    """Return the language of the report; raises click.BadParameter naming those there are."""
    from printserver.web.report import language_of_locale, languages  # slow to import: the pages' templates

    if asked is None:
        return language_of_locale(next(filter(None, map(os.environ.get, LOCALES)), ""))
    if asked.lower() not in languages():
        raise click.BadParameter(f"{asked!r} is not spoken here (allowed: {', '.join(languages())})",
                                 param_hint="--language")  # fmt: skip
    return asked.lower()


def wanted(inspection: Inspection | None) -> Inspection:
    """Return what a worker was asked for; raises WorkerFailed where it left it out."""
    if inspection is None:
        raise WorkerFailed("the worker left out what was wanted of it")
    return inspection


def report_of(result: RenderResult, printer: str, files: Mapping[Side, str], language: str) -> str:
    """Return what a worker rendered as a report."""
    from printserver.web.report import ReportedCard, report_page  # slow to import: the pages' templates

    card = ReportedCard(
        printer=printer, files=files, inspection=wanted(result.inspection), sources=result.sources,
        composites=result.composites, inks={(ink.side, ink.panel, ink.number): ink.whole for ink in result.inks},
    )
    return report_page(card, language)


commands = {"render": render}
