"""The pipes of a child process: messages in on stdin, answers out on stdout, and nothing else on either."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from typing import BinaryIO

from printserver.sandbox.frames import LENGTH, framed, length_of


def leave_signals_to_parent() -> None:
    """Let a terminal's ^C and a signal to the whole group end the daemon, which then ends its workers in order."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes for orders and answers, and close all other descriptors but stderr."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.closerange(max(orders.fileno(), answers.fileno()) + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return orders, answers


def messages(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the messages of a stream until it ends."""
    while len(head := stream.read(LENGTH.size)) == LENGTH.size:
        yield stream.read(length_of(head))


def write(stream: BinaryIO, message: bytes) -> None:
    """Write one message."""
    stream.write(framed(message))
    stream.flush()
