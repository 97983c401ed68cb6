"""Fine strokes and gaps, places and coverage dot by dot, written down from their definitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Dots = Sequence[Sequence[bool]]
Dot = tuple[int, int]


def at(dots: Dots, row: int, column: int) -> bool:
    """Beyond the panel's edge there is bare card."""
    return 0 <= row < len(dots) and 0 <= column < len(dots[0]) and bool(dots[row][column])


def length(dots: Dots, dot: Dot, step: Dot) -> int:
    """How many dots of its own kind lie in line with a dot, itself included; bare card goes on for ever."""
    kind, count = at(dots, *dot), 1
    for sign in (1, -1):
        row, column = dot[0] + sign * step[0], dot[1] + sign * step[1]
        while at(dots, row, column) is kind and count < 1000:
            count, row, column = count + 1, row + sign * step[0], column + sign * step[1]
    return count


def fine_dots(dots: Dots, least: int, run: int) -> set[Dot]:
    """The dots of every straight run, `run` long, whose dots have less than `least` of their kind across it."""
    found = set()
    for along, across in (((0, 1), (1, 0)), ((1, 0), (0, 1))):
        for line in lines(dots, along):
            for stretch in stretches(dots, line, across, least):
                found |= set(stretch) if len(stretch) >= run else set()
    return found


def lines(dots: Dots, along: Dot) -> Iterator[list[Dot]]:
    rows, columns = len(dots), len(dots[0])
    if along == (0, 1):
        yield from ([(row, column) for column in range(columns)] for row in range(rows))
    else:
        yield from ([(row, column) for row in range(rows)] for column in range(columns))


def stretches(dots: Dots, line: list[Dot], across: Dot, least: int) -> Iterator[list[Dot]]:
    """Part a line into unbroken runs of thin dots of one kind."""
    stretch: list[Dot] = []
    for dot in line:
        thin = length(dots, dot, across) < least
        if stretch and not (thin and at(dots, *dot) is at(dots, *stretch[0])):
            yield stretch
            stretch = []
        if thin:
            stretch.append(dot)
    yield stretch


def is_speck(dots: Dots, row: int, column: int) -> bool:
    """A dot unlike those above, below, left and right of it; beyond the edge everything is as at the edge."""
    near = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    inside = [(min(max(r, 0), len(dots) - 1), min(max(c, 0), len(dots[0]) - 1)) for r, c in near]
    return all(bool(dots[r][c]) is not bool(dots[row][column]) for r, c in inside)


def mean_ink(levels_of: Sequence[Sequence[int]], levels: int) -> float:
    """Coverage in per cent."""
    inks = [min(level, levels - 1) / (levels - 1) for row in levels_of for level in row]
    return 100 * sum(inks) / len(inks)
