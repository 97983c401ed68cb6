"""Starts an emulated printer in a process of its own, finds it again, and turns its knobs. Needs no reactor.

Laws kept here:

1. The process has its own session and no pipe to its parent: it lives on when the parent is killed.
2. It is found again by its control socket alone; nothing else is remembered.
3. Every wait has a deadline. These calls block: from a reactor they belong in a thread.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from printserver.emulation.control import Refusal, Request, Status
from printserver.errors import DeviceUnreachable

READY = b"listening "
REPLY_LIMIT = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What printer to start; `listen` is `unix:PATH`, `tcp:HOST:PORT` or `pty:PATH`.

    `packages` are the driver packages to load (none = every installed one); `log` gets what the process complains of;
    `ribbon` is the one that is put in, empty = whichever the model comes with.
    """

    driver: str
    model: str
    listen: str
    cards: Path
    control: Path
    log: Path
    state: Path | None = None
    serial: str = ""
    ribbon: str = ""
    pace: str = "fast"
    faults: Sequence[str] = ()
    packages: Sequence[str] = ()


def start_emulator(order: Order, *, deadline: float = 20.0) -> Status:
    """Start a printer and return who it is once it listens; raises DeviceUnreachable with its complaint."""
    order.log.parent.mkdir(parents=True, exist_ok=True)
    with order.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "printserver.emulation.process", *_arguments(order)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True, env=_environment(),
        )
    _await_ready(process, order, time.monotonic() + deadline)
    return ask(order.control, Request("status"), timeout=deadline)


def find_running(control: Path, *, timeout: float = 2.0) -> Status | None:
    """Return the printer whose control socket this is, None when no process answers there."""
    try:
        return ask(control, Request("status"), timeout=timeout)
    except DeviceUnreachable:
        return None


def shut_down(control: Path, *, deadline: float = 60.0) -> None:
    """End a printer in order, its card finished, and wait until it is gone; nothing happens when there is none."""
    running = find_running(control)
    if running is None:
        return
    ask(control, Request("shutdown"))
    until = time.monotonic() + deadline
    while control.exists() and time.monotonic() < until:
        time.sleep(0.02)


def set_fault(control: Path, spec: str) -> Status:
    """Set a fault such as `cover-open@card=2`."""
    return ask(control, Request("fault", spec=spec))


def put_in_ribbon(control: Path, ribbon: str) -> Status:
    """Put a new ribbon of another kind in, such as `KO`."""
    return ask(control, Request("ribbon", spec=ribbon))


def clear_fault(control: Path, kind: str = "") -> Status:
    """Clear a kind of fault, or all of them."""
    return ask(control, Request("clear", kind=kind))


def ask(control: Path, request: Request, *, timeout: float = 5.0) -> Status:
    """Send one request; raises DeviceUnreachable when nobody answers, or when it is refused."""
    try:
        line = _exchange(control, msgspec.json.encode(request) + b"\n", timeout)
        answer = msgspec.json.decode(line)
        if answer.get("ok") is not True:
            raise DeviceUnreachable(msgspec.convert(answer, Refusal).message, where=control.name)
        return msgspec.convert(answer, Status)
    except (OSError, msgspec.MsgspecError, AttributeError) as error:
        raise DeviceUnreachable(str(error), where=control.name) from error


def _exchange(control: Path, request: bytes, timeout: float) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(timeout)
        line.connect(os.fspath(control))
        line.sendall(request)
        reply = b""
        while not reply.endswith(b"\n") and len(reply) < REPLY_LIMIT:
            part = line.recv(4096)
            if not part:
                break
            reply += part
        return reply


def _arguments(order: Order) -> list[str]:
    kind, _, rest = order.listen.partition(":")
    where = ["--pty", rest] if kind == "pty" else ["--listen", order.listen]
    state = ["--state", str(order.state)] if order.state else []
    return [
        "--driver", order.driver, "--model", order.model, *where, "--cards", str(order.cards),
        "--control", str(order.control), *state, "--serial", order.serial, "--ribbon", order.ribbon,
        "--pace", order.pace,
        *(part for fault in order.faults for part in ("--fault", fault)),
        *(part for package in order.packages for part in ("--package", package)),
    ]


def _environment() -> dict[str, str]:
    """Let the child find the packages that this process found, installed or not."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path)}


def _await_ready(process: subprocess.Popen[bytes], order: Order, until: float) -> None:
    assert process.stdout is not None  # it was asked for as a pipe
    with process.stdout as pipe:
        said = b""
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
            part = os.read(pipe.fileno(), 4096) if ready else b""
            if not part:
                break
            said += part
    if not said.startswith(READY):
        process.kill()
        process.wait()
        raise DeviceUnreachable(_last_words(order.log) or "it does not start", where=f"emulated {order.driver}")


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
