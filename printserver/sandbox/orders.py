"""What a worker is asked, and what it answers, as values that travel between processes.

Laws kept here:

1. An order carries everything that a card's rendering depends on; a worker looks nothing up.
2. An answer is hostile until parsed: it comes from the process that read a stranger's bytes.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from printserver.documents.target import MAX_PAGES
from printserver.documents.unpacking import LARGEST
from printserver.model.card import PanelName, Side
from printserver.model.cardjob import CardjobFacts
from printserver.model.inspection import Inspection, Ordinal
from printserver.model.ticket import Ticket

# What an order may want.
BLOCKS = "blocks"
COMPOSITES = "composites"
PANELS = "panels"
INSPECTION = "inspection"
INKS = "inks"
SOURCES = "sources"
PAGES = "pages"
CARDJOB_FACTS = "cardjob"
UNPACKED = "unpacked"
ABOUT_DOCUMENTS = frozenset({PAGES, CARDJOB_FACTS, UNPACKED})
ALL = frozenset({BLOCKS, COMPOSITES, PANELS, INSPECTION, INKS, SOURCES})


PageNumber = Annotated[int, msgspec.Meta(ge=1)]


class RenderOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One card to be rendered: driver, model and ribbon (None = the printer's first), ticket, documents as sent.

    `profile` is the file of the ribbon's profile (None = the neutral one), `profile_file` its name for errors.
    `want` names what is to be answered: `blocks` (the device's bytes), `composites` (pictures of the sides, with
    thumbnails), `panels` (levels as they are sent), `inspection` (coverage and warnings), `inks` (each panel as a
    picture in its ink's colour), `sources` (the pages as they were laid on the card, before they were separated);
    `pages` alone: how many pages of the front's document are chosen, the first card's being decoded to see that they
    can be, or, of a card job, what is known of it; `cardjob` alone: that, whatever is wrong with its pictures;
    `unpacked` alone: the front's document as it was before `compression`. None of these looks at a driver. `pages` are
    those of the documents that are front and back, none = all that they have.
    """

    driver: str
    model: str
    front: bytes
    back: bytes | None = None
    options: dict[str, str] = {}
    ribbon: str | None = None
    profile: bytes | None = None
    profile_file: str = "profile"
    ticket: Ticket = Ticket()
    pages: tuple[PageNumber, ...] = ()
    compression: str = "none"
    want: frozenset[str] = frozenset({BLOCKS})


class RenderedBlock(msgspec.Struct, frozen=True):
    """A block of the device's bytes (`printserver.driver.Block`)."""

    name: str
    data: bytes
    feeds: bool = False


class RenderedPanel(msgspec.Struct, frozen=True, kw_only=True):
    """A panel after depth reduction: `data` holds one level a byte, row by row, width x height bytes."""

    side: Side
    panel: PanelName
    width: int
    height: int
    levels: int
    data: bytes


class InkPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A panel as PNG in its ink's colour, whole and 320 dots wide; `number` is 2 for a side's second K."""

    side: Side
    panel: PanelName
    number: Ordinal = 1
    whole: bytes
    thumbnail: bytes


class MemberFault(msgspec.Struct, frozen=True):
    """Why a card job would be refused: the error's code, what it says, and of which member or key."""

    code: str
    message: str
    where: str = ""
    allowed: str = ""


class RenderResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was wanted of a card; `composites`, `thumbnails` (320 dots wide) and `sources` are PNG pictures by side.

    `faults` say of a card job why it would be refused.
    """

    blocks: tuple[RenderedBlock, ...] = ()
    composites: dict[Side, bytes] = {}
    thumbnails: dict[Side, bytes] = {}
    panels: tuple[RenderedPanel, ...] = ()
    inspection: Inspection | None = None
    inks: tuple[InkPicture, ...] = ()
    sources: dict[Side, bytes] = {}
    pages: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGES)] = 1
    cardjob: CardjobFacts | None = None
    unpacked: Annotated[bytes, msgspec.Meta(max_length=LARGEST)] | None = None
    faults: tuple[MemberFault, ...] = ()

    @property
    def job(self) -> bytes:
        """Return the device's bytes whole: the job file."""
        return b"".join(block.data for block in self.blocks)
