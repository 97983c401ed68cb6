"""Cards to measure with: drawn by their number, each number another card.

Laws kept here:

1. A picture depends on kind, number and size alone; no picture is read from anywhere, none is a person.
2. A photograph has what makes photographs hard to pack and to dither: structure at every scale, edges, shading, noise.
3. Text and bars are pure black (0, 0, 0), so that they go to the resin panel.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Plane = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Kind = Literal["photo", "badge", "white"]

HEIGHT, WIDTH = 648, 1016
KINDS: tuple[Kind, ...] = ("photo", "badge", "white")
BLACK = (0, 0, 0)
SENSOR_NOISE = 2.0  # in code values: with it a photograph packs to about 13 bits a dot, as one of a camera does
WORDS = (
    "Sari Wayan Lukas Imani Noor Petra Chidi Amara Yusuf Elif Mateo Ana Sven Mei Tomas Visitor Staff Student Member "
    "Library Harbour Laboratory North Gate Number Valid until Department Blood type Signature of holder If found "
    "please return to any counter"
).split()


def card_picture(kind: Kind, number: int, height: int = HEIGHT, width: int = WIDTH) -> Plane:
    """Return the card of that kind and number as RGB, uint8 (height, width, 3).

    "photo" is a photograph over the whole card, "badge" a gradient with a portrait, black text and a bar code, "white"
    black text on white.
    """
    random = np.random.default_rng([KINDS.index(kind), number % 2**32])  # a round that warms up has number -1
    return DRAWN[kind](random, height, width)


def png_of(picture: Plane) -> bytes:
    """Return a picture as PNG, as Pillow saves it."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


def jpeg_of(picture: Plane) -> bytes:
    """Return a picture as baseline JPEG of quality 90, as Pillow saves it."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def _photo(random: np.random.Generator, height: int, width: int) -> Plane:
    light = _edges(random, height, width) + 38 * _structure(random, height, width)
    tint = 18 * _structure(random, height, width)
    warmth = random.uniform(-0.15, 0.15)
    channels = np.stack([light * (1 + warmth) + tint, light, light * (1 - warmth) - tint], axis=2)
    return _whole(channels + _noise(random, *channels.shape))


def _structure(random: np.random.Generator, height: int, width: int) -> Floats:
    """Return noise whose amplitude falls as f to the power -3/2; mean 0, deviation 1.

    With the edges, which fall as 1/f, and the sensor's noise it comes near to natural pictures.
    """
    white = np.fft.rfft2(random.standard_normal((height, width), np.float32))
    frequency = np.hypot(np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width)[np.newaxis])
    frequency[0, 0] = 1
    pink: Floats = np.fft.irfft2(white / frequency**1.5, (height, width)).astype(np.float32)
    pink -= pink.mean()
    pink /= max(float(pink.std()), 1e-9)
    return pink


def _edges(random: np.random.Generator, height: int, width: int) -> Floats:
    """Return things before things, each a shade that changes over it, with the soft edge that a lens gives."""
    scene = Image.new("L", (width, height), int(random.integers(60, 200)))
    draw = ImageDraw.Draw(scene)
    for _ in range(14):
        shade, x, y = int(random.integers(0, 256)), random.uniform(0, width), random.uniform(0, height)
        across, down = random.uniform(0.05, 0.35, 2) * (width, height)
        if random.random() < 0.5:
            draw.ellipse((x - across, y - down, x + across, y + down), fill=shade)
        else:
            corners = [(x + across * random.uniform(-1, 1), y + down * random.uniform(-1, 1)) for _ in range(4)]
            draw.polygon(corners, fill=shade)
    soft: Floats = np.asarray(scene.filter(ImageFilter.GaussianBlur(0.8)), dtype=np.float32)
    fall, drift = random.uniform(-0.4, 0.4, 2).astype(np.float32)
    down_the_card, across_the_card = _grid(height, width)
    shading: Floats = 1 + fall * down_the_card + drift * across_the_card
    return soft * shading


def _badge(random: np.random.Generator, height: int, width: int) -> Plane:
    first, last = random.uniform(150, 250, (2, 3))
    across, down = np.linspace(0, 0.7, width)[np.newaxis], np.linspace(0, 0.3, height)[:, np.newaxis]
    part = (across + down)[:, :, np.newaxis]
    return badge_on(_whole(first * (1 - part) + last * part), random)


def badge_on(ground: Plane, random: np.random.Generator) -> Plane:
    """Return a ground, RGB, with a head of its own colour, a portrait, black text and a bar code on it."""
    height, width = ground.shape[:2]
    card = Image.fromarray(ground)
    portrait = Image.fromarray(_portrait(random, max(1, height // 2), max(1, width // 4)))
    card.paste(portrait, (width // 20, height // 4))
    draw = ImageDraw.Draw(card)
    head = tuple(int(value) for value in random.integers(10, 120, 3))
    draw.rectangle((0, 0, width, height // 7), fill=head)
    _write(draw, random, (width // 3, height // 4, width, height * 7 // 10))
    _bars(draw, random, (width // 3, height * 3 // 4, width * 9 // 10, height * 15 // 16))
    return np.asarray(card)


def _portrait(random: np.random.Generator, height: int, width: int) -> Plane:
    """Return a ball lit from one side before a soft ground, with the noise of a camera: shaded as a face is."""
    y, x = _grid(height, width)
    inside = 1 - (x / 0.7) ** 2 - (y / 0.85) ** 2
    relief = np.sqrt(np.clip(inside, 0, 1))
    lit = np.clip(0.35 + 0.65 * (relief * 0.8 + x * random.uniform(-0.6, 0.6) - y * 0.25), 0, 1)
    skin, ground = random.uniform((150, 90, 60), (240, 200, 170)), random.uniform(120, 220, 3)
    picture = np.where((inside > 0)[:, :, np.newaxis], lit[:, :, np.newaxis] * skin, ground)
    return _whole(picture + _noise(random, height, width, 3))


def _white(random: np.random.Generator, height: int, width: int) -> Plane:
    card = Image.new("RGB", (width, height), (255, 255, 255))
    _write(ImageDraw.Draw(card), random, (width // 16, height // 12, width, height))
    return np.asarray(card)


def _write(draw: ImageDraw.ImageDraw, random: np.random.Generator, box: tuple[int, int, int, int]) -> None:
    """Write lines of words and numbers into a box, black, in sizes from small print to a name."""
    left, top, right, bottom = box
    size = max(8, (bottom - top) // 7)
    while top + size < bottom:
        words = [str(word) for word in random.choice(WORDS, 6)] + [str(random.integers(10**6))]
        font = ImageFont.load_default(size)
        line = words.pop()
        while words and draw.textlength(f"{line} {words[-1]}", font) < right - left:
            line = f"{words.pop()} {line}"
        draw.text((left, top), line, BLACK, font)
        top += size * 5 // 4
        size = max(8, size * 4 // 5)


def _bars(draw: ImageDraw.ImageDraw, random: np.random.Generator, box: tuple[int, int, int, int]) -> None:
    """Draw bars and gaps of one to four modules on white, as those of a linear bar code."""
    left, top, right, bottom = box
    draw.rectangle(box, fill=(255, 255, 255))
    module = max(1, (right - left) // 200)
    x = left + 10 * module
    while x < right - 10 * module:
        bar, gap = (int(modules) * module for modules in random.integers(1, 5, 2))
        draw.rectangle((x, top, x + bar - 1, bottom), fill=BLACK)
        x += bar + gap


def _noise(random: np.random.Generator, *shape: int) -> Floats:
    noise: Floats = random.standard_normal(shape, np.float32) * np.float32(SENSOR_NOISE)
    return noise


def _grid(height: int, width: int) -> tuple[Floats, Floats]:
    """Return for each dot how far down and how far across it lies, -1 to 1."""
    down, across = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    return down[:, np.newaxis], across[np.newaxis]


def _whole(values: npt.NDArray[np.floating]) -> Plane:
    return np.ascontiguousarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


DRAWN: dict[Kind, Callable[[np.random.Generator, int, int], Plane]] = {
    "photo": _photo,
    "badge": _badge,
    "white": _white,
}
