"""A card's report as one file: what `printserver render --report` writes, in the words and looks of the pages.

Laws kept here:

1. The file stands alone: pictures are in it, nothing is fetched, and there is no script. Its own policy says so, and
   names the one style sheet by its hash.
2. What it shows comes from a worker; text of strangers is escaped and made harmless, as on the pages.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from printserver import __version__
from printserver.model.card import PanelName, Side
from printserver.model.inspection import Inspection, PanelInk

from .language import SOURCE_LANGUAGE, read_languages
from .panel_words import PANEL_FACTS
from .panels import shown_panels
from .rendering import environment

STYLE = Path(__file__).with_name("templates") / "report.css"
PanelKey = tuple[Side, PanelName, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCard:
    """A card as a report shows it; pictures are PNG. `files` are the names of the pictures that were sent, by side."""

    printer: str
    files: Mapping[Side, str]
    inspection: Inspection
    sources: Mapping[Side, bytes]
    composites: Mapping[Side, bytes]
    inks: Mapping[PanelKey, bytes]


def languages() -> Sequence[str]:
    """Return the languages that a report can be in, English first."""
    return tuple(read_languages())


def language_of_locale(locale: str) -> str:
    """Return the language that a locale's name (such as `id_ID.UTF-8`) asks for, English when it is not spoken."""
    wanted = locale.partition("_")[0].partition(".")[0].lower()
    return wanted if wanted in languages() else SOURCE_LANGUAGE


def report_page(card: ReportedCard, language: str) -> str:
    """Return the report as HTML."""
    style = STYLE.read_text("utf-8")
    facts = {**PANEL_FACTS, "version": __version__, "style": style, "policy": policy(style)}
    panels = shown_panels(
        card.inspection, composite=lambda side: data_address(card.composites[side]),
        source=lambda side: data_address(card.sources[side]), ink=lambda ink, small: data_address(_picture(card, ink)),
    )
    page = environment(read_languages()[language], facts).get_template("report.html")
    return page.render(card=card, panels=panels, language=language)


def _picture(card: ReportedCard, ink: PanelInk) -> bytes:
    return card.inks[ink.side, ink.panel, ink.number]


def policy(style: str) -> str:
    """Return the Content-Security-Policy of a page with one style sheet and pictures of its own."""
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def data_address(picture: bytes) -> str:
    """Return a PNG as an address that holds it."""
    return f"data:image/png;base64,{b64encode(picture).decode()}"
