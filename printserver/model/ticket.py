"""What a client asks of a job: the ticket.

Laws kept here:

1. A ticket is checked once, where it enters, into this frozen value; behind the door nobody checks words again.
2. Every default stands here and nowhere else; `None` means "as the queue or the printer has it".
3. Names are those of the JSON ticket, `job.toml` and the command line, with `-` written `_` only in Python.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from printserver.model.holding import HoldUntil

TRACK_COUNT = 3
MAX_COPIES = 10_000
MAX_CHOKE = 16
MAX_AREAS = 32


class KMode(StrEnum):
    """How black is taken out of the picture for the resin panel."""

    NONE = "none"
    BLACK = "black"
    THRESHOLD = "threshold"
    TEXT = "text"
    COMPOSITE = "composite"


class Overlay(StrEnum):
    """Where the overlay (varnish) panel is laid down."""

    FULL = "full"
    NONE = "none"
    CHIP = "chip"
    STRIPE = "stripe"
    CHIP_STRIPE = "chip+stripe"
    SIGNATURE = "signature"
    CHIP_SIGNATURE = "chip+signature"
    STRIPE_SIGNATURE = "stripe+signature"
    CHIP_STRIPE_SIGNATURE = "chip+stripe+signature"
    AREAS = "areas"
    WITHOUT_RESIN = "without-resin"
    IMAGE = "image"


class ColourHalf(StrEnum):
    """Which half of the card a ribbon with half colour panels colours; auto takes the one that the colour lies in."""

    AUTO = "auto"
    LEFT = "left"
    RIGHT = "right"


class Depth(StrEnum):
    """How dye is brought to the levels that the printer takes."""

    PLAIN = "plain"
    DIFFUSED = "diffused"


class Placement(StrEnum):
    """How a picture of another shape is brought onto the card."""

    CROP = "crop"
    FIT = "fit"
    STRETCH = "stretch"


class Rotation(StrEnum):
    """How a picture is turned before it is placed; auto turns portrait pictures to landscape."""

    AUTO = "auto"
    NONE = "0"
    RIGHT = "90"
    HALF = "180"
    LEFT = "270"


class Dither(StrEnum):
    """How a grey plane becomes a one-bit plane."""

    FLOYD_STEINBERG = "floyd-steinberg"
    SERPENTINE = "floyd-steinberg-serpentine"
    PILLOW = "pillow"
    SIERRA_LITE = "sierra-lite"
    SIERRA_LITE_SERPENTINE = "sierra-lite-serpentine"
    ATKINSON = "atkinson"
    ORDERED = "ordered"
    VOID_AND_CLUSTER = "void-and-cluster"
    THRESHOLD = "threshold"


class Sides(StrEnum):
    """Which sides are printed."""

    ONE = "one-sided"
    TWO = "two-sided-long-edge"


Copies = Annotated[int, msgspec.Meta(ge=1, le=MAX_COPIES)]
Priority = Annotated[int, msgspec.Meta(ge=1, le=100)]
Level = Annotated[int, msgspec.Meta(ge=0, le=255)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Choke = Annotated[int, msgspec.Meta(ge=0, le=MAX_CHOKE)]
Text = Annotated[str, msgspec.Meta(max_length=255)]
PageRange = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,8}-[1-9][0-9]{0,8}$")]
PageRanges = Annotated[tuple[PageRange, ...], msgspec.Meta(max_length=MAX_AREAS)]
# What an area and a colour key look like is told here; that a text is one is checked where it is read (`model.area`).
_MILLIMETRES = r"[0-9]{1,3}(?:\.[0-9]{1,3})?"
AREA_PATTERN = rf"^(?:(front|back):)?({_MILLIMETRES}),({_MILLIMETRES}),({_MILLIMETRES}),({_MILLIMETRES})$"
KEY_PATTERN = r"^([FSWO])=#([0-9A-Fa-f]{6})(?:\+([0-9]{1,3}))?$"
AreaText = Annotated[Text, msgspec.Meta(extra_json_schema={"pattern": AREA_PATTERN})]
KeyText = Annotated[Text, msgspec.Meta(extra_json_schema={"pattern": KEY_PATTERN})]
Areas = Annotated[tuple[AreaText, ...], msgspec.Meta(max_length=MAX_AREAS)]
Keys = Annotated[tuple[KeyText, ...], msgspec.Meta(max_length=MAX_AREAS)]
Tracks = Annotated[tuple[str, ...], msgspec.Meta(extra_json_schema={"maxItems": TRACK_COUNT})]
Moment = Annotated[float, msgspec.Meta(ge=0, le=253_402_300_799)]  # to the end of the year 9999
Days = Annotated[int, msgspec.Meta(ge=0, le=36_500)]
JobNumber = Annotated[int, msgspec.Meta(ge=1, le=10**18 - 1)]
Texts = Annotated[tuple[Text, ...], msgspec.Meta(max_length=MAX_AREAS)]
Uri = Annotated[str, msgspec.Meta(max_length=1023, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$")]


class Ticket(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A job's options as the client gave them; `tracks` are magnetic tracks 1 to 3, an empty text = none.

    `pages` are ranges FIRST-LAST of pages to print, none = all; `back_placement` None = as the front; `proof` = so many
    cards are made instead of all copies; `force` = what `raster.guard` refuses is printed all the same; `hold_until` =
    held until that time of day. `document_names` are those of the documents as their sender calls them, `metadata` what
    the sender wants kept with them, mostly KEY=VALUE.
    """

    queue: Text | None = None
    name: Text = "card"
    user: Text = "anonymous"
    user_uri: Uri | None = None
    department: Text | None = None
    document_names: Texts = ()
    metadata: Texts = ()
    copies: Copies = 1
    stock: Text | None = None
    ribbon: Text | None = None
    sides: Sides | None = None
    tracks: Tracks = ()
    k_mode: KMode = KMode.BLACK
    k_threshold: Level = 25
    k_choke: Choke = 0
    photo_areas: Areas = ()
    ucr: Percent | None = None
    gcr: Percent = 0
    colour_keys: Keys = ()
    colour_half: ColourHalf = ColourHalf.AUTO
    overlay: Overlay = Overlay.FULL
    overlay_windows: Areas = ()
    overlay_areas: Areas = ()
    depth: Depth = Depth.PLAIN
    placement: Placement = Placement.CROP
    back_placement: Placement | None = None
    pages: PageRanges = ()
    proof: Copies | None = None
    rotation: Rotation = Rotation.AUTO
    dither: Dither = Dither.SIERRA_LITE_SERPENTINE
    grey: bool = False
    force: bool = False
    hold: bool = False
    hold_until: HoldUntil | None = None
    priority: Priority = 50
    not_before: Moment | None = None
    retention: Days | None = None
    reprint_of: JobNumber | None = None

    def placed(self, side: str) -> Placement:
        """Return how the picture of a side (`card.Side`) is brought onto the card."""
        return self.back_placement if side == "back" and self.back_placement is not None else self.placement

    def chosen(self, documents: int) -> tuple[int, ...]:
        """Return which of so many documents of one page are printed, counted from 1."""
        ranges = [tuple(map(int, each.split("-"))) for each in self.pages]
        numbers = range(1, documents + 1)
        return tuple(number for number in numbers if not ranges or any(a <= number <= b for a, b in ranges))
