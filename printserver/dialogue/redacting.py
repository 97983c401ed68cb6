"""Leaving somebody's card out of a transcript before it is written anywhere.

Laws kept here:

1. What is left out keeps its place and its length, so that the conversation can still be replayed.
2. It is found by what is known of the card: the device's bytes of its panels (`Secret` with a name), and words such
   as its tracks, on both sides. A stretch that was sent only in part is left out as far as it was sent.
3. What is not known cannot be found: where nothing is known of the card, everything that the host said is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from printserver.dialogue.transcripts import Direction, LeftOut, Line, Reading, Said, Setup, Transcript

# Longer than any command, shorter than any panel.
LONG = 256
LONG_NAME = "not known"
# Words shorter than this stand in many innocent places.
SHORTEST_WORD = 3


@dataclass(frozen=True, slots=True)
class Secret:
    """Bytes of somebody's card; `name` is what takes their place in the transcript."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Gap:
    begin: int
    end: int
    name: str


def without(
    transcript: Transcript, stretches: Sequence[Secret], words: Sequence[Secret] = (), *, keep_long: bool = False
) -> Transcript:
    """Return a transcript without the stretches of the host, and without the words of either side.

    `keep_long` keeps what is long besides: for cards that are nobody's.
    """
    said = transcript.said(Direction.HOST)
    host = _gaps(said, stretches, words)
    host = host if keep_long else _with_long(host, len(said))
    device = _gaps(transcript.said(Direction.DEVICE), (), words)
    cut = _cut(transcript, {Direction.HOST: host, Direction.DEVICE: device})
    cut.lines[:] = (_blanked(line, words) for line in cut.lines)
    return cut


def without_host(transcript: Transcript) -> Transcript:
    """Return a transcript that keeps how much the host said and when, and what the device said."""
    lines: list[Said] = []
    for line in transcript.lines:
        match line:
            case Line(at, Direction.HOST, data):
                lines.append(LeftOut(at, Direction.HOST, len(data)))
            case Setup(data=data) if data:
                lines.append(replace(line, data=bytes(len(data))))
            case _:
                lines.append(line)
    return Transcript(lines, dict(transcript.facts))


def _blanked(line: Said, words: Sequence[Secret]) -> Said:
    """Put zeros for words in a control transfer, whose parts have no places of their own."""
    if not isinstance(line, Setup | Reading) or not line.data:
        return line
    data = line.data
    for word in words:
        if len(word.data) >= SHORTEST_WORD:
            data = data.replace(word.data, bytes(len(word.data)))
    return replace(line, data=data)


def _gaps(said: bytes, stretches: Sequence[Secret], words: Sequence[Secret]) -> list[_Gap]:
    found = [gap for secret in stretches if secret.data for gap in _occurrences(said, secret)]
    found += [gap for word in words if len(word.data) >= SHORTEST_WORD for gap in _occurrences(said, word)]
    return list(_merged(sorted(found, key=lambda gap: (gap.begin, -gap.end))))


def _with_long(gaps: Sequence[_Gap], length: int) -> list[_Gap]:
    """Add whatever is long between gaps, of so many bytes that were said."""
    found, end = [], 0
    for gap in (*gaps, _Gap(length, length, "")):
        if gap.begin - end >= LONG:
            found.append(_Gap(end, gap.begin, LONG_NAME))
        found.append(gap)
        end = gap.end
    return found[:-1]


def _occurrences(said: bytes, secret: Secret) -> Iterator[_Gap]:
    at = said.find(secret.data)
    while at >= 0:
        yield _Gap(at, at + len(secret.data), secret.name)
        at = said.find(secret.data, at + len(secret.data))


def _merged(gaps: Iterable[_Gap]) -> Iterator[_Gap]:
    """Return gaps that do not overlap and cover the same; where two meet, the first one's name stands."""
    end = 0
    for gap in gaps:
        if gap.end > end:
            yield replace(gap, begin=max(gap.begin, end))
            end = gap.end


def _cut(transcript: Transcript, gaps: dict[Direction, list[_Gap]]) -> Transcript:
    positions = dict.fromkeys(Direction, 0)
    lines: list[Said] = []
    for line in transcript.lines:
        if not isinstance(line, Line):
            lines.append(line)
            continue
        begin = positions[line.direction]
        positions[line.direction] = begin + len(line.data)
        lines += _pieces(line, begin, gaps[line.direction])
    return Transcript(_joined(lines), dict(transcript.facts))


def _pieces(line: Line, begin: int, gaps: list[_Gap]) -> Iterator[Said]:
    """Cut one line where gaps are; `begin` is its place in what its side said, as are those of the gaps."""
    at, end = begin, begin + len(line.data)
    for gap in gaps:
        first, last = max(gap.begin, begin), min(gap.end, end)
        if first >= last:
            continue
        if first > at:
            yield replace(line, data=line.data[at - begin : first - begin])
        yield LeftOut(line.at, line.direction, last - first, gap.name)
        at = last
    if at < end:
        yield replace(line, data=line.data[at - begin :])


def _joined(lines: Iterable[Said]) -> list[Said]:
    """Make one of what was left out of neighbouring lines under one name."""
    found: list[Said] = []
    for line in lines:
        last = found[-1] if found else None
        if isinstance(last, LeftOut) and isinstance(line, LeftOut) and _alike(last, line):
            found[-1] = replace(last, length=last.length + line.length)
        else:
            found.append(line)
    return found


def _alike(one: LeftOut, other: LeftOut) -> bool:
    return (one.direction, one.name) == (other.direction, other.name)
