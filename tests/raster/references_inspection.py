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
    """A dot that no three dots of its own kind, side by side in a row or a column, hold."""
    rows, columns, kind = len(dots), len(dots[0]), bool(dots[row][column])
    threes = [[(row, column - back + step) for step in range(3)] for back in range(3)]
    threes += [[(row - back + step, column) for step in range(3)] for back in range(3)]
    inside = [three for three in threes if all(0 <= r < rows and 0 <= c < columns for r, c in three)]
    return not any(all(bool(dots[r][c]) is kind for r, c in three) for three in inside)


def mean_ink(levels_of: Sequence[Sequence[int]], levels: int) -> float:
    """Coverage in per cent."""
    inks = [min(level, levels - 1) / (levels - 1) for row in levels_of for level in row]
    return 100 * sum(inks) / len(inks)
