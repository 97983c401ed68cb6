"""Measured patches of a test chart, read from text: in the manner of CGATS.17, or CSV with a line of field names.

Laws kept here:

1. A file is hostile until parsed: a wrong one gives one BadProfile that names file and line, and what is allowed.
2. Measured are Lab (relative to D50, as instruments for print give it) or sRGB 0..255; sent is RGB 0..255, as the
   chart's list has it.
3. The patches are a whole lattice; a patch that was measured more than once counts with its mean.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from printserver.errors import BadProfile
from printserver.raster.chart import SENT
from printserver.raster.colorimetry import lab_of_srgb

Floats = npt.NDArray[np.float64]

LAB, SRGB = ("LAB_L", "LAB_A", "LAB_B"), ("SRGB_R", "SRGB_G", "SRGB_B")
RANGES = {"LAB_L": (0.0, 110.0), "LAB_A": (-200.0, 200.0), "LAB_B": (-200.0, 200.0)}
CODES = (0.0, 255.0)
LARGEST_TEXT = 1_000_000
FEWEST_STEPS, MOST_STEPS = 3, 20


class Measurements(NamedTuple):
    """What was measured: for each combination of levels the Lab, shape (red, green, blue, 3)."""

    levels: tuple[Floats, Floats, Floats]
    lab: Floats


class _Line(NamedTuple):
    number: int
    cells: list[str]


def read_measurements(content: bytes, file: str) -> Measurements:
    """Return the measurements that a file holds; `file` is its name for errors. Raises BadProfile."""
    if len(content) > LARGEST_TEXT:
        raise BadProfile("the file is too large", where=file, allowed=f"at most {LARGEST_TEXT} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadProfile("is not text", where=file) from error
    lines = text.splitlines()
    fields, data = _cgats(lines, file) if "BEGIN_DATA" in map(str.strip, lines) else _csv(lines, file)
    measured = _measured(fields, file)
    sent, found = [], []
    for line in data:
        where = f"{file}: line {line.number}"
        if len(line.cells) != len(fields):
            raise BadProfile(f"has {len(line.cells)} values", where=where, allowed=f"{len(fields)}: {' '.join(fields)}")
        row = dict(zip(fields, line.cells, strict=True))
        sent.append([_number(row[field], field, where) for field in SENT])
        found.append([_number(row[field], field, where) for field in measured])
    values = np.array(found, dtype=np.float64).reshape(-1, 3)
    lab = values if measured == LAB else lab_of_srgb(values / 255)
    return _lattice(np.array(sent, dtype=np.float64).reshape(-1, 3), lab, file)


def _cgats(lines: Sequence[str], file: str) -> tuple[list[str], Iterator[_Line]]:
    words = [line.strip() for line in lines]
    for needed in ("BEGIN_DATA_FORMAT", "END_DATA_FORMAT", "END_DATA"):
        if needed not in words:
            raise BadProfile(f"there is no {needed}", where=file)
    fields = " ".join(words[words.index("BEGIN_DATA_FORMAT") + 1 : words.index("END_DATA_FORMAT")]).split()
    first, last = words.index("BEGIN_DATA") + 1, words.index("END_DATA")
    return fields, (_Line(n + 1, words[n].split()) for n in range(first, last) if words[n])


def _csv(lines: Sequence[str], file: str) -> tuple[list[str], Iterator[_Line]]:
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines)]
    except csv.Error as error:
        raise BadProfile(f"cannot be read: {error}", where=file) from error
    if not rows:
        raise BadProfile("there is nothing in it", where=file, allowed=f"a line of fields: {', '.join((*SENT, *LAB))}")
    return rows[0], (_Line(number, row) for number, row in enumerate(rows[1:], 2) if any(row))


def _measured(fields: Sequence[str], file: str) -> tuple[str, str, str]:
    missing = [field for field in SENT if field not in fields]
    measured = next((kind for kind in (LAB, SRGB) if all(field in fields for field in kind)), None)
    if missing or measured is None:
        what = f"there is no field {missing[0]}" if missing else "there are no measured colours"
        allowed = f"{' '.join(SENT)} with {' '.join(LAB)} or with {' '.join(SRGB)}"
        raise BadProfile(what, where=file, allowed=allowed)
    return measured


def _number(text: str, field: str, where: str) -> float:
    low, high = RANGES.get(field, CODES)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise BadProfile(f"{field} is {text[:40]!r}", where=where, allowed=f"{low:g} to {high:g}")
    return value


def _lattice(sent: Floats, lab: Floats, file: str) -> Measurements:
    """Bring the patches into their lattice; raises BadProfile where one is missing."""
    red, green, blue = (np.unique(sent[:, axis]) for axis in range(3))
    for name, levels in zip(SENT, (red, green, blue), strict=True):
        if not FEWEST_STEPS <= len(levels) <= MOST_STEPS or levels[0] != 0 or levels[-1] != 255:
            allowed = f"{FEWEST_STEPS} to {MOST_STEPS} levels from 0 to 255"
            raise BadProfile(f"{name} has {len(levels)} levels", where=file, allowed=allowed)
    shape = (len(red), len(green), len(blue))
    places = tuple(np.searchsorted(levels, sent[:, axis]) for axis, levels in enumerate((red, green, blue)))
    total, count = np.zeros((*shape, 3)), np.zeros(shape)
    np.add.at(total, places, lab)
    np.add.at(count, places, 1)
    if not count.all():
        r, g, b = np.argwhere(count == 0)[0]
        raise BadProfile(f"the patch {red[r]:g} {green[g]:g} {blue[b]:g} was not measured", where=file)
    return Measurements((red, green, blue), total / count[..., np.newaxis])
