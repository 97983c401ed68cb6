"""What commands write to the terminal: JSON as it came, tables of 80 columns, ages, harmless text."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from printserver.model.display import harmless

WIDTH = 80
GAP = "  "
NARROWEST = 8
CUT = "…"
AGES = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def tell_json(body: bytes) -> None:
    """Print JSON unchanged; only a terminal gets a line end that did not come."""
    click.echo(body, nl=sys.stdout.isatty() and not body.endswith(b"\n"))


def tell_row(row: object) -> None:
    """Print one JSON value on a line."""
    click.echo(msgspec.json.encode(row))


def say(text: str) -> None:
    """Print a line of words that may come from strangers."""
    click.echo(harmless(text))


def tell_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Print rows in columns; the last column is cut where a line would be wider than the terminal."""
    cells = [[harmless(cell) for cell in row] for row in rows]
    if not cells:
        click.echo(empty)
        return
    widths = fitted(column_widths([list(headings), *cells]), terminal_width())
    for line in (headings, *cells):
        click.echo(GAP.join(padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip())


def terminal_width() -> int:
    """Return the terminal's width, 80 where there is none; less than 80 is not catered for."""
    return max(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)


def column_widths(lines: Sequence[Sequence[str]]) -> list[int]:
    """Return what each column needs."""
    return [max(map(cell_width, column)) for column in zip(*lines, strict=True)]


def fitted(widths: list[int], width: int) -> list[int]:
    """Return widths of which the last is narrowed so that a line fits."""
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - width
    if excess > 0:
        widths[-1] = max(NARROWEST, widths[-1] - excess)
    return widths


def padded(text: str, width: int) -> str:
    """Return text cut or filled up to a width in terminal cells."""
    if cell_width(text) > width:
        while cell_width(text) > width - 1:
            text = text[:-1]
        text += CUT
    return text + " " * (width - cell_width(text))


def cell_width(text: str) -> int:
    """Return how many cells of a terminal a text takes (UAX 11: wide letters two, marks none)."""
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def age(moment: object, now: float) -> str:
    """Return how long ago a moment (ISO 8601) was, such as `5 min`; `-` when it is not told."""
    try:
        at = datetime.fromisoformat(str(moment))
    except ValueError:
        return "-"
    seconds = max(0, int(now - at.replace(tzinfo=at.tzinfo or UTC).timestamp()))
    size, unit = next((each for each in AGES if seconds >= each[0]), AGES[-1])
    return f"{seconds // size} {unit}"


def rows_of(answer: Any, key: str) -> list[dict[str, Any]]:  # noqa: ANN401 - what a server answered
    """Return the list that an answer holds under a key; what is not an object is left out."""
    found = answer.get(key) if isinstance(answer, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
