"""One order without a daemon: `printserver render` uses the same worker with the same limits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import msgspec

from printserver.errors import WorkerFailed
from printserver.sandbox.answers import Ready, Refused, Rendered, decode_answer
from printserver.sandbox.command import worker_command, worker_environment
from printserver.sandbox.ending import ending, visible_lines
from printserver.sandbox.frames import FrameReader, framed
from printserver.sandbox.limits import Limits
from printserver.sandbox.orders import RenderOrder, RenderResult


def render_once(
    order: RenderOrder, *, limits: Limits | None = None, command: Sequence[str] | None = None
) -> RenderResult:
    """Render one card in a worker of its own; raises the order's typed error or WorkerFailed."""
    limits = limits or Limits()
    running = subprocess.Popen(
        command or worker_command(limits),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", env=worker_environment(),
    )
    message = framed(msgspec.msgpack.encode(order))
    try:
        output, said = running.communicate(message, timeout=limits.start_seconds + limits.wall_seconds)
    except subprocess.TimeoutExpired as error:
        raise WorkerFailed(f"the card took longer than {limits.wall_seconds:g} s") from error
    finally:
        running.kill()
        running.wait()
    for line in visible_lines(said):
        print(line, file=sys.stderr)
    return result_of(output, running.returncode)


def result_of(output: bytes, status: int) -> RenderResult:
    """Return the result that a worker's whole output holds; raises the error that it holds, or WorkerFailed."""
    for message in FrameReader().feed(output):
        match decode_answer(message):
            case Rendered(result=result):
                return result
            case Refused() as refused:
                raise refused.error()
            case Ready():
                continue
    raise WorkerFailed(f"the worker {ending(status)}")
