"""A card as a browser draws it: the same drawing, the same fonts, another renderer."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image
from playwright.sync_api import Browser

from printserver.documents.decode import decode
from printserver.documents.font_files import SHIPPED
from tests.documents.svg_kit import CARD, data_of, svg

WIDTH, HEIGHT = 1011, 638
ROOT = f'{CARD} preserveAspectRatio="none"'  # dots are whole: a card is not quite as wide as its drawing

PORTRAIT = Image.radial_gradient("L").convert("RGB").resize((300, 390))
BODY = f"""
<style>.pale {{ fill: #5a748a }} .name {{ font-weight: 700; font-size: 46px }} text {{ font-family: Vazirmatn }}</style>
<defs>
  <linearGradient id="sky" x2="0" y2="1">
    <stop stop-color="#e8f2f8"/><stop offset="1" stop-color="#b4d2c8"/>
  </linearGradient>
  <pattern id="lines" width="20" height="20" patternUnits="userSpaceOnUse">
    <path d="M0 0L20 20" stroke="#7ab"/>
  </pattern>
  <clipPath id="round"><rect x="48" y="160" width="240" height="312" rx="24"/></clipPath>
  <g id="ring"><circle r="34" fill="none" stroke="white" stroke-width="4"/><circle r="20" fill="white"/></g>
</defs>
<rect width="856" height="539.8" fill="url(#sky)"/><rect x="320" y="420" width="120" height="100" fill="url(#lines)"/>
<rect width="856" height="100" fill="#123a5c"/><use href="#ring" x="72" y="50"/>
<text x="130" y="64" font-size="44" fill="white">SAMPLE CARD</text>
<image clip-path="url(#round)" x="48" y="160" width="240" height="312" href="{data_of(PORTRAIT)}"/>
<text class="pale" x="320" y="200" font-size="24">Name</text>
<text class="name" x="320" y="246">Sari Contoh Nurjanah</text>
<text class="name" x="808" y="310" text-anchor="end">ساري نورجنة</text>
<path d="M320 400C400 340 480 460 560 400S720 340 800 400" fill="none" stroke="black" stroke-width="6" opacity=".7"/>
<polygon points="600,430 640,510 560,510" fill="crimson" transform="rotate(15 600 470)"/>
"""


def by_browser(browser: Browser, drawing: str) -> np.ndarray:
    """Return the drawing as Chromium draws it in the card's dots, with the shipped fonts."""
    faces = "".join(
        f"@font-face {{ font-family: Vazirmatn; font-weight: {weight}; src: url(data:font/ttf;base64,"
        f"{base64.b64encode((SHIPPED / f'Vazirmatn-{name}.ttf').read_bytes()).decode()}) }}"
        for name, weight in (("Regular", 400), ("Bold", 700))
    )
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    size = f"display: block; width: {WIDTH}px; height: {HEIGHT}px"
    page.set_content(f"<style>{faces} body {{ margin: 0 }} svg {{ {size} }}</style>{drawing}")
    page.evaluate("document.fonts.ready")
    picture = page.screenshot()
    page.close()
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))


def blurred(picture: np.ndarray) -> np.ndarray:
    """Return means of 4 x 4 dots: two renderers soften edges in their own ways."""
    height, width = picture.shape[0] // 4 * 4, picture.shape[1] // 4 * 4
    squares = picture[:height, :width].astype(float).reshape(height // 4, 4, width // 4, 4, 3)
    small: np.ndarray = squares.mean(axis=(1, 3))
    return small


def difference(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Return the mean difference in levels, and the part of the card that differs by more than 32 of them."""
    apart = np.abs(blurred(one) - blurred(other)).max(axis=2)
    return float(apart.mean()), float((apart > 32).mean())


def test_a_card_is_drawn_as_a_browser_draws_it(browser: Browser) -> None:
    (ours,) = decode(svg(BODY, ROOT))
    theirs = by_browser(browser, svg(BODY, ROOT).decode())
    assert ours.shape == theirs.shape
    mean, far = difference(ours, theirs)
    assert (mean < 1.5, far < 0.006) == (True, True), (mean, far)


def test_what_is_drawn_otherwise_is_seen(browser: Browser) -> None:
    """The tolerance is narrow enough to see a name that moved by a millimetre, or is missing."""
    theirs = by_browser(browser, svg(BODY, ROOT).decode())
    for wrong in (BODY.replace('x="320" y="246"', 'x="330" y="246"'), BODY.replace("ساري نورجنة", "")):
        mean, far = difference(decode(svg(wrong, ROOT))[0], theirs)
        assert (mean >= 1.5, far >= 0.006) == (True, True), (mean, far)
