"""How good a halftone looks, in numbers.

Laws kept here:

1. A halftone is given as light: 0 where there is ink, 255 where there is none.
2. The eye is Nasanen's (IEEE Trans. SMC 14(6), 1984), of 11 cd/m2, at a print of 300 dpi seen from 300 mm.
3. Noise is measured on flat tones as Ulichney does (Digital Halftoning, 1987): power averaged over pieces, in rings of
   one radial frequency; each ring's spread over its mean tells whether directions differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Halftone = Callable[[Plane], Plane]

LUMINANCE = 11.0
DOTS_PER_DEGREE = 300 / 25.4 * 300 * np.tan(np.pi / 180)

PIECE = 128  # dots a side
PIECES = 10
LOW = 0.25  # cycles a dot: patterns coarser than four dots are seen as clouds, not as grain


def hvs_psnr(grey: Plane, halftone: Plane) -> float:
    """Return the peak signal to noise ratio in dB after both were seen by the eye."""
    seen = np.fft.irfft2(np.fft.rfft2(halftone.astype(float) - grey) * contrast_sensitivity(*grey.shape), grey.shape)
    return float(10 * np.log10(255**2 / np.mean(seen**2)))


def contrast_sensitivity(height: int, width: int) -> Floats:
    """Return Nasanen's contrast sensitivity, 1 for no frequency, for each bin of `rfft2`."""
    across, down = np.meshgrid(np.fft.rfftfreq(width), np.fft.fftfreq(height))
    degrees = np.hypot(across, down) * DOTS_PER_DEGREE
    sensitivity: Floats = np.exp(-degrees / (0.525 * np.log(LUMINANCE) + 3.91))
    return sensitivity


def tone_errors(halftone: Halftone, shape: tuple[int, int], tones: Iterable[int] = range(256)) -> list[float]:
    """Return how far, in code values, each flat tone's halftone is from it on average."""
    return [abs(float(halftone(np.full(shape, tone, np.uint8)).mean()) - tone) for tone in tones]


def power(halftone: Halftone, tone: int) -> Floats:
    """Return the power of a flat tone's halftone, averaged over pieces away from its first rows and columns."""
    skip = PIECE // 2
    light = halftone(np.full((PIECE + skip, PIECES * PIECE + skip), tone, np.uint8)).astype(float)
    pieces = light[skip:, skip:].reshape(PIECE, PIECES, PIECE).swapaxes(0, 1)
    found: Floats = np.mean(np.abs(np.fft.fft2(pieces - pieces.mean(axis=(1, 2), keepdims=True))) ** 2, axis=0)
    return found


def rings() -> tuple[npt.NDArray[np.int64], Floats]:
    """Return the ring of each bin of `power`, and each bin's radial frequency in cycles a dot."""
    across, down = np.meshgrid(np.fft.fftfreq(PIECE), np.fft.fftfreq(PIECE))
    frequency = np.hypot(across, down)
    return np.rint(frequency * PIECE).astype(np.int64), frequency


def anisotropy(spectrum: Floats) -> float:
    """Return the mean over the rings of variance over squared mean, in dB; random noise has -10, for ten pieces.

    Rings without any power count for nothing; there must be one with some.
    """
    ring, _frequency = rings()
    shares = [spectrum[ring == each] for each in range(1, PIECE // 2 + 1)]
    spread = [share.var(ddof=1) / share.mean() ** 2 for share in shares if share.mean() > 0]
    return float(10 * np.log10(np.mean(spread)))


def low_share(spectrum: Floats) -> float:
    """Return the share of the power that lies below LOW."""
    _ring, frequency = rings()
    return float(spectrum[frequency < LOW].sum() / spectrum.sum())
