"""Who is measured beside us, whether it is installed, and in which version.

Laws kept here:

1. A peer that is not installed is None here and is named as missing where it would be measured; nothing is skipped.
2. Programs run with one thread, so that CPU seconds compare; they get no shell.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType, ModuleType

from PIL import features

ROOT = Path(__file__).resolve().parent.parent
FILTERS = ROOT / "build" / "cups" / "filters"
ONE_THREAD = {"MAGICK_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}
GUTENPRINT_MODEL = "magicard-rio-2e/expert"

# Import names and what the package is called in the registry.
PACKAGES = {
    "PIL": "pillow",
    "numpy": "numpy",
    "cv2": "opencv-python-headless",
    "dithering": "dithering",
    "skimage": "scikit-image",
    "scipy": "scipy",
}


@cache
def package(name: str) -> ModuleType | None:
    """Return the module of a Python peer, by its import name, or None where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None


@cache
def program(*names: str) -> str | None:
    """Return the first of some programs that is there, or None."""
    return next(filter(None, map(shutil.which, names)), None)


def imagemagick() -> str | None:
    """Return ImageMagick's converter: Debian's name of version 6, or version 7's."""
    return program("convert-im6.q16", "magick")


@dataclass(frozen=True, slots=True)
class CupsFilters:
    """CUPS's own way from PDF to a card printer's bytes: two filters, and the PPD file that both read."""

    gstoraster: Path
    rastertogutenprint: Path
    ppd: bytes


@cache
def cups_filters() -> CupsFilters | None:
    """Return the filters that set-up unpacked, with Gutenprint's PPD of a card printer, or None."""
    rasters, makers = sorted(FILTERS.glob("rastertogutenprint.*")), sorted(FILTERS.glob("gutenprint.*"))
    if not rasters or not makers or program("gs") is None or not (FILTERS / "gstoraster").exists():
        return None
    made = subprocess.run(
        [makers[0], "cat", f"{makers[0].name}://{GUTENPRINT_MODEL}"], capture_output=True, check=False
    )
    return CupsFilters(FILTERS / "gstoraster", rasters[0], made.stdout) if made.stdout else None


def run(command: Sequence[str | Path], environment: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """Return what a program writes; raises CalledProcessError when it fails."""
    variables = {**os.environ, **ONE_THREAD, **environment}
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, env=variables).stdout


def versions() -> dict[str, str]:
    """Return every peer's version, or "not installed"."""
    found = {title: _package_version(title) for title in PACKAGES.values()}
    found["lcms2 (in Pillow)"] = features.version("littlecms2") or "not installed"
    asked = {
        "ImageMagick": (imagemagick(), "-version"),
        "Netpbm": (program("pamditherbw"), "--version"),
        "Ghostscript": (program("gs"), "--version"),
    }
    found |= {title: _program_version(name, option) for title, (name, option) in asked.items()}
    filters = cups_filters()
    said = re.search(rb"Gutenprint v([0-9.]+)", filters.ppd) if filters else None
    found["CUPS filters with Gutenprint"] = said[1].decode() if said else "not installed"
    return found


def _package_version(title: str) -> str:
    try:
        return version(title)
    except PackageNotFoundError:
        return "not installed"


def _program_version(name: str | None, option: str) -> str:
    if name is None:
        return "not installed"
    ended = subprocess.run([name, option], capture_output=True, check=False)
    said = re.search(rb"[0-9]+\.[0-9]+(\.[0-9]+)?(-[0-9]+)?", ended.stdout + ended.stderr)
    return said[0].decode() if said else "of an unknown version"
