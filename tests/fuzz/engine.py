"""Looks for bytes that make a target fail: changes what led to new code, again and again.

Laws kept here:

1. The same target, start and number of rounds try the same bytes, whatever the machine.
2. What is being tried lies in a file before it is tried, so that it is known also when the process dies of it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import CodeType, FrameType, MappingProxyType
from typing import Any

from tests.fuzz.fuzz_cardjob import CARDJOBS
from tests.fuzz.fuzz_documents import DOCUMENTS
from tests.fuzz.fuzz_ipp import MESSAGES
from tests.fuzz.fuzz_kernels import KERNELS, fuzz_kernel
from tests.fuzz.source import CORPUS

# The compiled kernels have no lines to see; the Python of decoders and raster streams has.
WATCHED = ("printserver/documents", "printserver/ipp", "printserver/listeners/archive_end")
LONGEST = 400

TARGETS: Mapping[str, Callable[[bytes], None]] = MappingProxyType(
    {**DOCUMENTS, **CARDJOBS, **MESSAGES, **{name: partial(fuzz_kernel, name) for name in KERNELS}}
)

Line = tuple[CodeType, int]


def kept(target: str, corpus: Path = CORPUS) -> list[bytes]:
    """Return the inputs that are kept for a target, in the order of their names."""
    return [path.read_bytes() for path in sorted((corpus / target).glob("*"))]


def lines_of(work: Callable[[], object]) -> set[Line]:
    """Do something and return the lines of the watched code that it went through."""
    seen: set[Line] = set()

    def within(frame: FrameType, _event: str, _argument: Any) -> Any:  # noqa: ANN401 - as sys.settrace has it
        seen.add((frame.f_code, frame.f_lineno))
        return within

    def entered(frame: FrameType, event: str, argument: Any) -> Any:  # noqa: ANN401 - as sys.settrace has it
        return within(frame, event, argument) if any(each in frame.f_code.co_filename for each in WATCHED) else None

    former = sys.gettrace()
    sys.settrace(entered)
    try:
        work()
    finally:
        sys.settrace(former)
    return seen


def changed(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Return bytes with a few changes: a value, a bit, a piece gone, a piece of another input."""
    fresh = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(fresh))
        match chance.randint(0, 4):
            case 0:
                fresh[at : at + 1] = chance.choice([b"\x00", b"\xff", b"\x7f", b"\x01", chance.randbytes(1)])
            case 1 if fresh:
                fresh[at % len(fresh)] ^= 1 << chance.randint(0, 7)
            case 2:
                del fresh[at : at + chance.randint(1, 8)]
            case 3:
                other = chance.choice(others)
                start = chance.randint(0, len(other))
                fresh[at : at + chance.randint(0, 8)] = other[start : start + chance.randint(1, 32)]
            case _:
                fresh[at:at] = chance.randbytes(chance.randint(1, 24))
    return bytes(fresh[: max(LONGEST, len(data))])


def inputs(target: str, start: int, learned: list[bytes]) -> Iterator[bytes]:
    """Return bytes to try without end: what is kept first, then changes of what was learned."""
    chance = random.Random(f"{target} {start}")
    yield from learned
    while True:
        fresh = chance.random() < 0.3
        yield chance.randbytes(chance.randint(1, 64)) if fresh else changed(chance.choice(learned), learned, chance)


def fuzz(target: str, start: int, go_on: Callable[[int], bool], trying: Path, corpus: Path = CORPUS) -> int:
    """Try inputs while `go_on`, told how many were tried, says so; answer how many. A target's failure goes through."""
    seen, tried = set[Line](), 0
    learned = [*kept(target, corpus), b"", bytes(range(64))]
    for data in inputs(target, start, learned):
        if not go_on(tried):
            break
        trying.write_bytes(data)
        fresh = lines_of(partial(TARGETS[target], data)) - seen
        if fresh:
            seen |= fresh
            learned.append(data)
        tried += 1
    trying.unlink(missing_ok=True)
    return tried
