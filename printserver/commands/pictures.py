"""Cards as files: a grey PNG for each panel, a composite for each side, and what they are in JSON.

Laws kept here:

1. `render` and `emulate --job` write through this file alone, so that the same panels give the same files.
2. A panel's PNG is exact: 8 bits, grey, value = 255 - round(255 * level / (levels - 1)); white = no ink.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image

from printserver.driver import DecodedCard, DecodedJob
from printserver.errors import Fault, PrintServerError
from printserver.model.card import Geometry, Panel, PanelName, Side
from printserver.model.inspection import Inspection, PanelInk, PanelWarning, Place, WarningCode
from printserver.model.ticket import TRACK_COUNT
from printserver.raster.composite import as_grey, composite

PNG_EFFORT = 2


class FilesNotWritten(PrintServerError):
    """The pictures cannot be written."""

    code = "files-not-written"
    fault = Fault.OPERATOR
    remedy = "Free disk space, or choose another folder with --out."


class PanelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One panel that was written; sizes in dots."""

    card: int
    side: Side
    panel: PanelName
    width: int
    height: int
    levels: int


class CoverageEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What one panel takes; `name` tells a second K from the first. `coverage` and `ink_share` are per cent.

    `ribbon_panels` and `ink_share` are estimates (`printserver.model.inspection.PanelInk`).
    """

    card: int
    side: Side
    name: str
    coverage: float
    ribbon_panels: float
    ink_share: float


class WarningEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What may go wrong with a card (`printserver.model.inspection.PanelWarning`)."""

    card: int
    code: WarningCode
    side: Side
    panel: PanelName | None
    measure: float | None
    places: tuple[Place, ...]
    more: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a job holds; `tracks` has three texts a card when any card has a track, and is empty otherwise."""

    cards: int
    panels: tuple[PanelEntry, ...]
    tracks: tuple[str, ...]
    coverage: tuple[CoverageEntry, ...] = ()
    warnings: tuple[WarningEntry, ...] = ()
    unknown_commands: tuple[str, ...] = ()
    trailing_bytes: int = 0


def summary_of(job: DecodedJob, inspections: Sequence[Inspection]) -> Summary:
    """Return a job in the form of `--json`; there is one inspection a card."""
    numbered = list(enumerate(inspections, 1))
    return Summary(
        cards=len(job.cards), panels=tuple(_entries(job.cards)), tracks=_tracks(job.cards),
        coverage=tuple(_covered(number, ink) for number, found in numbered for ink in found.panels),
        warnings=tuple(_warned(number, warning) for number, found in numbered for warning in found.warnings),
        unknown_commands=job.unknown_commands, trailing_bytes=job.trailing_bytes,
    )  # fmt: skip


def _covered(card: int, ink: PanelInk) -> CoverageEntry:
    return CoverageEntry(
        card=card, side=ink.side, name=ink.name, coverage=ink.coverage, ribbon_panels=ink.ribbon_panels,
        ink_share=ink.ink_share,
    )  # fmt: skip


def _warned(card: int, warning: PanelWarning) -> WarningEntry:
    return WarningEntry(
        card=card, code=warning.code, side=warning.side, panel=warning.panel, measure=warning.measure,
        places=warning.places, more=warning.more,
    )  # fmt: skip


def _entries(cards: Sequence[DecodedCard]) -> Iterator[PanelEntry]:
    for number, card in enumerate(cards, 1):
        for side in card.sides:
            for panel in side.panels:
                height, width = panel.plane.shape
                yield PanelEntry(
                    card=number, side=side.side, panel=panel.name, width=width, height=height, levels=panel.levels
                )


def _tracks(cards: Sequence[DecodedCard]) -> tuple[str, ...]:
    if not any(any(card.tracks) for card in cards):
        return ()
    return tuple(track for card in cards for track in (*card.tracks, "", "", "")[:TRACK_COUNT])


def make_folder(folder: Path) -> None:
    """Make the folder for pictures; raises click.BadParameter."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(f"{folder}: {error.strerror}", param_hint="--out") from None


def write_cards(cards: Sequence[DecodedCard], geometry: Geometry, folder: Path) -> list[Path]:
    """Write every panel and every side of cards; returns the files. Raises FilesNotWritten."""
    return [
        write_picture(folder / f"card{number}-{name}.png", picture)
        for number, card in enumerate(cards, 1)
        for name, picture in _pictures(card, geometry)
    ]


def _pictures(card: DecodedCard, geometry: Geometry) -> Iterator[tuple[str, npt.NDArray[np.uint8]]]:
    """Yield names and pictures of a card: its panels, and its sides as printed (the front also when it is blank)."""
    for side in card.sides:
        for name, panel in zip(panel_names(side.panels), side.panels, strict=True):
            yield f"{side.side}-{name}", as_grey(panel)
    for face in Side:
        if face is Side.FRONT or card.panels(face):
            yield str(face), composite(card.panels(face), shape=(geometry.height, geometry.width))


def panel_names(panels: Iterable[Panel]) -> list[str]:
    """Return a name for each panel of a side: its letter, and a number from its second time on (K, K2)."""
    seen: Counter[str] = Counter()
    names = []
    for panel in panels:
        seen[panel.name] += 1
        names.append(f"{panel.name}{seen[panel.name]}" if seen[panel.name] > 1 else str(panel.name))
    return names


def write_picture(path: Path, picture: npt.NDArray[np.uint8]) -> Path:
    """Write a picture as PNG; raises FilesNotWritten."""
    try:
        Image.fromarray(picture).save(path, format="PNG", compress_level=PNG_EFFORT)
    except OSError as error:
        raise FilesNotWritten(error.strerror or str(error), where=str(path)) from None
    return path


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file; raises FilesNotWritten."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise FilesNotWritten(error.strerror or str(error), where=str(path)) from None
    return path


def tell_summary(
    summary: Summary, inspections: Sequence[Inspection], written: Sequence[Path], folder: Path
) -> None:
    """Say what was found and where it was written, in plain words."""
    for card, inspection in enumerate(inspections, 1):
        panels = [f"{each.side} {each.panel} ({each.levels} levels)" for each in summary.panels if each.card == card]
        click.echo(f"card {card}: {', '.join(panels) or 'no panels'}")
        for warning in inspection.warnings:
            click.echo(warning_line(warning))
    if any(summary.tracks):
        lengths = [f"{len(track)} characters" if track else "none" for track in summary.tracks]
        click.echo(f"tracks: {', '.join(lengths)}")
    if summary.unknown_commands:
        click.echo(f"commands that are not known: {len(summary.unknown_commands)}")
    if summary.trailing_bytes:
        click.echo(f"bytes at the end that belong to no whole command: {summary.trailing_bytes}")
    click.echo(f"{len(written)} files in {folder}")


def warning_line(warning: PanelWarning) -> str:
    """Return a warning in one line: where, what, how much, and what to do."""
    from printserver.web.panel_words import MEASURES, WARNINGS, measure_of  # slow to import: only for a warning

    where = f"{warning.side} {warning.panel}" if warning.panel else str(warning.side)
    told, measure = WARNINGS[warning.code], measure_of(warning, "en")
    much = f" ({MEASURES[warning.code] % {'measure': measure}})" if measure else ""
    return f"warning: {where}: {told.title}{much}. {told.remedy}"
