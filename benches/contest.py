"""The same work by everybody in the same rounds, in nanoseconds a dot.

Laws kept here:

1. All of a contest run in every round on that round's own card, another one first each time; the median is shown.
2. Nobody is left out: who is not installed stands in the table as missing.
3. What ours gave while it was timed is compared in every round with what somebody else computed.
4. Of a program, what start and decoding take is subtracted, measured in the same round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import ModuleType

import numpy as np
from PIL import Image

from benches import peers
from benches.rows.cards import HEIGHT, WIDTH, card_picture, jpeg_of, png_of
from benches.rows.row import costs

CONTEST_ROUNDS = 9
OURS = "ours"


class Differs(AssertionError):
    """Ours and somebody who computes the same gave different results."""


class Subject:
    """A card of one round, in every form that somebody starts from, and a plane that it is copied to."""

    def __init__(self, number: int, folder: Path) -> None:
        self.pixels = card_picture("photo", number)
        self.picture = Image.fromarray(self.pixels)
        self.picture_grey = self.picture.convert("L")
        self.grey = np.asarray(self.picture_grey)
        self.png, self.jpeg = png_of(self.pixels), jpeg_of(self.pixels)
        self.levels_7 = np.right_shift(self.grey, 1, dtype=np.uint8)
        self.copy = np.zeros_like(self.grey)
        self.grey_file, self.png_file = folder / "card.pgm", folder / "card.png"
        self.picture_grey.save(self.grey_file)
        self.png_file.write_bytes(self.png)


Work = Callable[[Subject], object]


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody who does the work: what to call, how often, and of a program, what is subtracted."""

    who: str
    work: Work | None  # None: not installed
    times: int = 1
    less: Work | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody did in a contest: ns a dot and how many times slower than ours; None for who is not installed."""

    what: str
    who: str
    figure: float | None = None
    slower: float | None = None


@dataclass(frozen=True, slots=True)
class Contest:
    """One work that many can do."""

    what: str
    entrants: Sequence[Entrant]
    check: Callable[[Subject, Mapping[str, object]], None]

    def hold(self, rounds: int = CONTEST_ROUNDS) -> list[Standing]:
        """Run all rounds; raises Differs, and what a failing program raises."""
        works: dict[str, Work] = {each.who: each.work for each in self.entrants if each.work}
        works |= {less_of(each.who): each.less for each in self.entrants if each.work and each.less}
        times = {each.who: each.times for each in self.entrants}
        with TemporaryDirectory() as folder:
            spent = costs(
                works, lambda number: Subject(number, Path(folder)), rounds=rounds, times=times, check=self.check
            )
        return standings(self.what, [each.who for each in self.entrants], spent)


def less_of(who: str) -> str:
    """Name what is subtracted from somebody's figure."""
    return f"{who}: start and decoding"


def standings(what: str, everybody: Sequence[str], spent: Mapping[str, Sequence[float]]) -> list[Standing]:
    """Return a contest's table: ours first, then the others as fast as they are, then who is missing.

    `spent` holds nanoseconds a round; ratios are taken round by round.
    """
    net: dict[str, list[float]] = {}
    for who in everybody:
        if who in spent:
            less = spent.get(less_of(who), [0.0] * len(spent[who]))
            net[who] = [took - start for took, start in zip(spent[who], less, strict=True)]
    table = []
    for who, figures in net.items():
        slower = median(theirs / ours for theirs, ours in zip(figures, net[OURS], strict=True))
        table.append(Standing(what, who, median(figures) / (HEIGHT * WIDTH), slower))
    table.sort(key=lambda each: (each.who != OURS, each.figure or 0.0))
    return table + [Standing(what, who) for who in everybody if who not in net]


def by_package(name: str, work: Callable[[ModuleType, Subject], object]) -> Work | None:
    """Return what a Python peer does with a subject, or None where it is not installed."""
    module = peers.package(name)
    return None if module is None else lambda subject: work(module, subject)


def by_imagemagick(who: str, file: str, options: str) -> Entrant:
    """Return ImageMagick at work on a file of the subject."""
    convert = peers.imagemagick()
    if convert is None:
        return Entrant(who, None)
    return Entrant(
        who,
        lambda subject: peers.run([convert, getattr(subject, file), *options.split()]),
        less=lambda subject: peers.run([convert, getattr(subject, file), "null:"]),
    )


def by_netpbm(who: str, *options: str) -> Entrant:
    """Return Netpbm's dither at work on the grey file."""
    dither, copy = peers.program("pamditherbw"), peers.program("pamtopnm")
    if dither is None or copy is None:
        return Entrant(who, None)
    return Entrant(
        who,
        lambda subject: peers.run([dither, *options, subject.grey_file]),
        less=lambda subject: peers.run([copy, subject.grey_file]),
    )
