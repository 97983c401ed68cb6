"""The sample card of the demonstration: a neutral identity card with a drawn portrait, drawn afresh each time.

Laws kept here:

1. No real institution, no real person: every name and number is invented, the face is drawn by this file.
2. Black text is pure black (0, 0, 0), so that it is printed sharp by the resin panel.
3. The picture is exactly the card's image, 1016 x 648 dots at 300 dpi, and the same bytes for the same data.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from printserver.documents.font_files import SHIPPED

WIDTH, HEIGHT, DPI = 1016, 648, 300
BLACK = (0, 0, 0)
WHITE = (255, 255, 255)
INK = (18, 58, 92)
PALE = (90, 116, 138)
PORTRAIT = (48, 176, 332, 554)
QR_BOX = (790, 392, 968, 570)


@dataclass(frozen=True, slots=True)
class SampleHolder:
    """What stands on the sample card; all of it invented."""

    name: str = "Sari Contoh Nurjanah"
    arabic: str = "ساري نورجنة"
    number: str = "ID 0042 7718 2035"
    role: str = "Visitor services"
    valid: str = "Valid to 31 Dec 2031"


def sample_front(holder: SampleHolder | None = None) -> bytes:
    """Return the front as PNG."""
    holder = holder or SampleHolder()
    card = Image.fromarray(_background())
    card.paste(_portrait(), PORTRAIT[:2])
    draw = ImageDraw.Draw(card)
    _head_line(draw)
    _text(draw, holder)
    card.paste(_qr(f"{holder.number} {holder.name}"), QR_BOX[:2])
    return _png(card)


def sample_back() -> bytes:
    """Return the back as PNG: text in black only, fit for a resin panel."""
    card = Image.new("RGB", (WIDTH, HEIGHT), WHITE)
    draw = ImageDraw.Draw(card)
    draw.text((60, 240), "If found, please hand this card in", BLACK, _font("Bold", 40))
    draw.text((60, 300), "at any counter. It is a sample and", BLACK, _font("Regular", 36))
    draw.text((60, 350), "opens no door.", BLACK, _font("Regular", 36))
    draw.rectangle((60, 440, 560, 540), outline=BLACK, width=3)
    draw.text((72, 548), "Signature", BLACK, _font("Regular", 28))
    return _png(card)


def _background() -> np.ndarray:
    """Return a soft diagonal gradient with fine guilloche lines, uint8 (height, width, 3)."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    slope = (x / WIDTH * 0.7 + y / HEIGHT * 0.3)[..., None]
    base = np.array([232, 242, 248], np.float32) * (1 - slope) + np.array([206, 228, 222], np.float32) * slope
    for phase in range(6):
        curve = 330 + 150 * np.sin(x / 150 + phase * 0.55) + 40 * np.sin(x / 47 + phase)
        line = np.clip(1.6 - np.abs(y - curve), 0, 1)[..., None]
        base = base * (1 - 0.25 * line) + np.array([120, 170, 190], np.float32) * 0.25 * line
    return np.ascontiguousarray(base.round().astype(np.uint8))


def _head_line(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, WIDTH, 118), fill=INK)
    draw.rectangle((0, 118, WIDTH, 126), fill=(226, 164, 60))
    for ring in range(3):
        draw.ellipse((52 + ring * 14, 26 + ring * 14, 122 - ring * 14, 96 - ring * 14), outline=WHITE, width=4)
    draw.text((148, 26), "SAMPLE CARD", WHITE, _font("Bold", 44))
    draw.text((150, 74), "Open card printing", (196, 216, 230), _font("Regular", 26))


def _text(draw: ImageDraw.ImageDraw, holder: SampleHolder) -> None:
    left = 372
    draw.text((left, 168), "Name", PALE, _font("Regular", 24))
    draw.text((left, 194), holder.name, BLACK, _font("Bold", 46))
    draw.text((968, 262), holder.arabic, BLACK, _font("Bold", 44), anchor="ra", direction="rtl")
    draw.text((left, 330), "Number", PALE, _font("Regular", 24))
    draw.text((left, 356), holder.number, BLACK, _font("Bold", 40))
    draw.text((left, 430), "Role", PALE, _font("Regular", 24))
    draw.text((left, 456), holder.role, BLACK, _font("Regular", 36))
    draw.text((left, 512), holder.valid, BLACK, _font("Regular", 36))
    draw.rectangle((0, 602, WIDTH, HEIGHT), fill=INK)
    draw.text((48, 609), "Not a real document - printed to show how cards are printed", WHITE, _font("Regular", 24))


def _portrait() -> Image.Image:
    """Return a drawn face, four times larger first and then reduced, so that edges and skin have soft tones."""
    width, height = PORTRAIT[2] - PORTRAIT[0], PORTRAIT[3] - PORTRAIT[1]
    scale = 4
    image = Image.new("RGB", (width * scale, height * scale), (176, 200, 214))
    draw = ImageDraw.Draw(image)

    def oval(x0: float, y0: float, x1: float, y1: float, fill: tuple[int, int, int]) -> None:
        draw.ellipse((x0 * scale, y0 * scale, x1 * scale, y1 * scale), fill=fill)

    oval(-30, 268, 314, 620, (64, 96, 128))  # shoulders
    oval(96, 220, 188, 330, (196, 148, 116))  # neck
    oval(52, 40, 232, 268, (52, 36, 30))  # hair
    oval(70, 74, 214, 268, (218, 172, 138))  # face
    oval(66, 60, 218, 150, (52, 36, 30))  # fringe
    oval(84, 112, 200, 250, (222, 178, 144))
    for centre in (114, 170):
        oval(centre - 13, 158, centre + 13, 174, WHITE)
        oval(centre - 7, 158, centre + 7, 174, (58, 40, 30))
        draw.arc(
            ((centre - 20) * scale, 138 * scale, (centre + 20) * scale, 168 * scale), 205, 335, (52, 36, 30), 4 * scale
        )
    draw.arc((116 * scale, 190 * scale, 168 * scale, 236 * scale), 25, 155, (168, 82, 78), 5 * scale)
    nose = tuple(each * scale for each in (142, 168, 136, 202, 148, 204))
    draw.line(nose, (188, 140, 110), 3 * scale)
    soft = image.filter(ImageFilter.GaussianBlur(scale * 1.5)).resize((width, height), Image.Resampling.LANCZOS)
    return _lit(soft)


def _lit(face: Image.Image) -> Image.Image:
    """Give a flat drawing the light of a photograph: brighter from the upper left, with a little grain."""
    pixels = np.asarray(face, np.float32)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 1.10 - 0.30 * (x / width * 0.6 + y / height * 0.4)
    grain = np.random.default_rng(20351).normal(0, 2.0, (height, width))
    lit = pixels * light[..., None] + grain[..., None]
    return Image.fromarray(lit.clip(0, 255).round().astype(np.uint8))


def _qr(text: str) -> Image.Image:
    side = QR_BOX[2] - QR_BOX[0]
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = Image.fromarray(np.array(code.to_image(scale=1)))
    whole = max(1, side // modules.width)
    sharp = modules.resize((modules.width * whole, modules.height * whole), Image.Resampling.NEAREST)
    square = Image.new("L", (side, side), 255)
    square.paste(sharp, ((side - sharp.width) // 2, (side - sharp.height) // 2))
    return square.convert("RGB")


def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    """Return the vendored font (Vazirmatn, SIL OFL 1.1: Latin and Arabic) at a size in dots."""
    path = SHIPPED / f"Vazirmatn-{weight}.ttf"
    return ImageFont.truetype(io.BytesIO(path.read_bytes()), size, layout_engine=ImageFont.Layout.RAQM)


def _png(card: Image.Image) -> bytes:
    out = io.BytesIO()
    card.save(out, "PNG", dpi=(DPI, DPI))
    return out.getvalue()
