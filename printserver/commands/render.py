"""`printserver render`: a card to panels and to the printer's bytes, without a daemon.

Laws kept here:

1. The same worker with the same limits as the daemon's; documents are never decoded in this process.
2. What is written are the panels that the bytes in `job.prn` were made of.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import click
import numpy as np

from printserver.client.document import content_of
from printserver.commands.options import PICTURE, card_options, json_option, ticket_of, with_tracks
from printserver.commands.output import tell_row
from printserver.commands.pictures import make_folder, summary_of, tell_summary, write_bytes, write_cards
from printserver.commands.shelf import Chosen, choose
from printserver.driver import DecodedCard, DecodedJob
from printserver.model.card import Panel, SidePanels
from printserver.sandbox.command import worker_command
from printserver.sandbox.once import render_once
from printserver.sandbox.orders import BLOCKS, PANELS, RenderedPanel, RenderOrder, RenderResult

JOB_FILE = "job.prn"


@click.command()
@click.argument("front", metavar="FRONT", type=PICTURE)
@click.option("--back", metavar="FILE", type=PICTURE, help="Picture of the back.")
@click.option("--driver", metavar="D", required=True, help="Driver, such as evolis; see `printserver drivers`.")
@click.option("--model", metavar="M", required=True, help="Model, such as primacy or primacy+mag.")
@card_options
@click.option("--out", metavar="DIR", required=True, type=click.Path(file_okay=False, path_type=Path),
              help="Folder for the pictures and job.prn; made when it is missing.")
@json_option
def render(front: Path, back: Path | None, driver: str, model: str, out: Path, tracks: BinaryIO | None, as_json: bool,
           **options: object) -> None:
    """Show what a printer would get for the picture FRONT: its panels as PNG, and its bytes as job.prn."""
    ticket = ticket_of(with_tracks(options, tracks))
    chosen = choose(driver, model)
    order = RenderOrder(
        driver=chosen.driver, model=chosen.model, front=content_of(front), back=content_of(back) if back else None,
        ribbon=ticket.ribbon or chosen.ribbon, ticket=ticket, want=frozenset({BLOCKS, PANELS}),
    )  # fmt: skip
    result = render_once(order, command=worker_command(packages=chosen.packages, paths=chosen.paths))
    _write(card_of(result, ticket.tracks), result.job, chosen, out, as_json)


def _write(card: DecodedCard, job: bytes, chosen: Chosen, out: Path, as_json: bool) -> None:
    make_folder(out)
    written = [*write_cards([card], chosen.geometry, out), write_bytes(out / JOB_FILE, job)]
    summary = summary_of(DecodedJob((card,)))
    if as_json:
        tell_row(summary)
    else:
        tell_summary(summary, written, out)


def card_of(result: RenderResult, tracks: tuple[str, ...]) -> DecodedCard:
    """Return what a worker rendered as a card."""
    sides = groupby(result.panels, key=lambda panel: panel.side)
    return DecodedCard(tuple(SidePanels(side, tuple(map(_panel, panels))) for side, panels in sides), tracks=tracks)


def _panel(panel: RenderedPanel) -> Panel:
    plane = np.frombuffer(panel.data, dtype=np.uint8).reshape(panel.height, panel.width)
    return Panel(panel.panel, plane, panel.levels)


commands = {"render": render}
