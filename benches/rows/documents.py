"""R9 and R10: from the bytes of a picture to the panels of a card, packed; the peer is Pillow.

What is timed is the whole way of a worker up to the driver: `panels_of_documents`, then the one-bit panels packed. The
peer decodes, splits, takes black out and packs by Pillow alone. Each round is another card of each kind.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from benches.rows.cards import HEIGHT, KINDS, WIDTH, Kind, card_picture, jpeg_of, png_of
from benches.rows.row import Measurement, Part, Row, interleaved
from printserver.driver.capabilities import Capabilities, Confirms
from printserver.model.card import Geometry, PanelName, Ribbon, Side, SidePanels
from printserver.model.ticket import Overlay, Ticket
from printserver.raster import kernels
from printserver.raster.background import Background, Separate
from printserver.raster.kernels.paths import on_code_path
from printserver.raster.ribbon_profile import RibbonProfile, neutral
from printserver.raster.separate import separate_side
from printserver.sandbox.render import panels_of_documents

Plane = npt.NDArray[np.uint8]

RIBBON = Ribbon("YMCKO", front=(PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O))
LEVELS = {PanelName.Y: 128, PanelName.M: 128, PanelName.C: 128}
DESIGN = card_picture("badge", 10**6)
PRINTER = Capabilities(
    title="printer", geometry=Geometry(WIDTH, HEIGHT), ribbons=(RIBBON,), levels={}, confirms=Confirms.NOTHING
)
TICKET = Ticket(overlay=Overlay.FULL)
BLACK_AND_NOTHING_ELSE = [255] + [0] * 255
COMPLEMENTS = list(range(255, -1, -1))


class Subject(NamedTuple):
    """A card as it is sent, and its pixels."""

    document: bytes
    pixels: Plane


def packed_panels(document: bytes) -> list[Plane]:
    """Return the five panels of a card: Y, M and C a byte a dot, K and O a bit a dot."""
    (side,) = panels_of_documents(document, None, RIBBON, PRINTER, TICKET)
    return [packed(panel.plane) if panel.levels == 2 else panel.plane for panel in side.panels]


def packed(plane: Plane) -> Plane:
    bits = np.empty((plane.shape[0], (plane.shape[1] + 7) // 8), dtype=np.uint8)
    kernels.pack(plane, bits, 1, align_rows=True)
    return bits


def pillow_panels(document: bytes) -> tuple[list[Image.Image], list[bytes]]:
    """Return the same by Pillow alone, its dyes left as they lie in its memory."""
    picture = Image.open(io.BytesIO(document)).convert("RGB")
    red, green, blue = picture.split()
    black = ImageChops.lighter(ImageChops.lighter(red, green), blue).point(BLACK_AND_NOTHING_ELSE)
    inks = [channel.point(COMPLEMENTS) for channel in (blue, green, red)]
    for ink in inks:
        ink.paste(0, mask=black)
    return inks, [black.convert("1", dither=Image.Dither.NONE).tobytes(), Image.new("1", picture.size, 1).tobytes()]


def pillow_decode(document: bytes) -> Image.Image:
    """Decode, and do nothing with it."""
    picture = Image.open(io.BytesIO(document))
    picture.load()
    return picture


def by_definition(pixels: Plane) -> list[bytes]:
    black = ~pixels.any(axis=2)
    inks = [np.where(black, 0, 255 - pixels[:, :, channel]).astype(np.uint8) for channel in (2, 1, 0)]
    one_bit = [np.packbits(black, axis=1), np.packbits(np.ones_like(black), axis=1)]
    return [plane.tobytes() for plane in (*inks, *one_bit)]


def check(subject: Subject, panels: list[Plane], theirs: tuple[list[Image.Image], list[bytes]] | Image.Image) -> None:
    """Raise where a panel of either differs from its definition, or Pillow's picture from the card."""
    wanted = by_definition(subject.pixels)
    if [panel.tobytes() for panel in panels] != wanted:
        raise AssertionError("panels differ from their definition")
    if isinstance(theirs, Image.Image):
        right = np.array_equal(np.asarray(theirs), subject.pixels)
    else:
        right = [*(dye.tobytes() for dye in theirs[0]), *theirs[1]] == wanted
    if not right:
        raise AssertionError("what Pillow gave differs from its definition")


def png_subject(kind: Kind) -> Callable[[int], Subject]:
    @cache
    def subject(number: int) -> Subject:
        pixels = card_picture(kind, number)
        return Subject(png_of(pixels), pixels)

    return subject


def jpeg_subject(kind: Kind) -> Callable[[int], Subject]:
    @cache
    def subject(number: int) -> Subject:
        document = jpeg_of(card_picture(kind, number))
        return Subject(document, np.asarray(Image.open(io.BytesIO(document))))

    return subject


Peer = Callable[[bytes], tuple[list[Image.Image], list[bytes]] | Image.Image]


def against(peer: Peer, subject: Callable[[int], Subject]) -> list[float]:
    return interleaved(
        lambda each: packed_panels(each.document), lambda each: peer(each.document), subject, check=check
    )


def measure_png() -> Sequence[Row]:
    """R9: against Pillow doing the same, and against Pillow only decoding."""
    parts = []
    for kind in KINDS:
        subject = png_subject(kind)
        parts.append(Part(f"PNG {kind}, times Pillow's pipeline", against(pillow_panels, subject), 3.0))
        decode = 2.0 if kind == "photo" else 1.0
        parts.append(Part(f"PNG {kind}, times Pillow's decode alone", against(pillow_decode, subject), decode))
        with on_code_path("portable"):
            parts.append(Part(f"PNG {kind}, portable, times Pillow's pipeline", against(pillow_panels, subject)))
    return [Row("R9", parts, note=f"{WIDTH} x {HEIGHT}, one core")]


def measure_jpeg() -> Sequence[Row]:
    """R10, its part that begins with a JPEG: both decode by Pillow."""
    parts = [
        Part(f"JPEG {kind}, times Pillow's pipeline", against(pillow_panels, jpeg_subject(kind)), 1.9)
        for kind in KINDS
    ]
    return [Row("R10", parts, note="both decode with Pillow's libjpeg-turbo")]


def personalised(number: int) -> Plane:
    """Return the badge of the batch's design with a portrait and a line of text of this number's own."""
    card, own = DESIGN.copy(), card_picture("badge", number)
    for rows, columns in ((slice(162, 486), slice(50, 304)), (slice(162, 250), slice(338, 900))):
        card[rows, columns] = own[rows, columns]
    return card


def separation(profile: RibbonProfile | None) -> Separate:
    def separate(picture: Plane) -> SidePanels:
        height, width = picture.shape[:2]
        return separate_side(picture, Side.FRONT, RIBBON, Geometry(width, height), LEVELS, TICKET, profile)

    return separate


def lighter_profile() -> RibbonProfile:
    """Return a profile that is not neutral, so that every dot is looked up: a tenth less of each dye."""
    usual = neutral(RIBBON.name)
    return msgspec.structs.replace(usual, nodes=np.ascontiguousarray(usual.nodes // 10 * 9))


def on_background(separate: Separate) -> list[float]:
    background = Background.of(DESIGN, separate)

    def same(picture: Plane, ours: SidePanels, whole: SidePanels) -> None:
        pairs = zip(ours.panels, whole.panels, strict=True)
        if not all(np.array_equal(one.plane, other.plane) for one, other in pairs):
            raise AssertionError("panels on a background differ from those of the whole card")

    return interleaved(
        background.panels_of, separate, cache(personalised), times=5, check=same
    )


def measure_batch() -> Sequence[Row]:
    """R9b, shown beside R9: cards of one design, each with a portrait and a name of its own, in memory."""
    parts = [
        Part("R9b, on a kept background, times all by a profile", on_background(separation(lighter_profile()))),
        Part("R9b by complement", on_background(separation(None))),
    ]
    note = "R9b: a fifth of the card changes; by complement all of it takes less time than finding the change"
    return [Row("R9", parts, note=note)]


MEASUREMENTS: tuple[Measurement, ...] = (
    Measurement(["R9"], measure_png),
    Measurement(["R9"], measure_batch),
    Measurement(["R10"], measure_jpeg),
)
