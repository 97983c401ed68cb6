"""A driver for tests only whose dialogues misbehave where its `do` option says so; the verb is `identify`."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from printserver.dialogue import Ask, Dialogue, Framed, Mark, Point, TimedOut, Wait
from printserver.driver import (
    Block,
    Capabilities,
    Driver,
    DriverInfo,
    Evidence,
    LinkInfo,
    MaintenanceAction,
    ModelInfo,
    Outcome,
    PrintableCard,
    hookimpl,
)
from printserver.errors import BadTicket
from printserver.model.alert import Alert
from printserver.model.printer import Identity, PrinterStatus, Tier


class Restless:
    """Says in its model's name what it found."""

    def __init__(self, options: dict[str, str]) -> None:
        self.options = options

    def capabilities(self, identity: Identity) -> Capabilities:
        raise NotImplementedError

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        raise NotImplementedError

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        yield Wait(0.0)
        told = yield from DEEDS[self.options.get("do", "nothing")](self.options)
        return Identity(family="restless", model=told)

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        yield Wait(0.0)
        return PrinterStatus(ready=True)

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        yield Mark(Point.COMMITTED, {"cards": "1"})
        os._exit(5)

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        raise NotImplementedError

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        yield Wait(0.0)

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        yield Wait(0.0)


def nothing(options: dict[str, str]) -> Dialogue[str]:
    yield Wait(0.0)
    return "calm"


def exits(options: dict[str, str]) -> Dialogue[str]:
    yield Wait(0.0)
    os._exit(3)


def is_killed(options: dict[str, str]) -> Dialogue[str]:
    yield Wait(0.0)
    os.kill(os.getpid(), signal.SIGSEGV)
    return "alive"


def hangs(options: dict[str, str]) -> Dialogue[str]:
    yield Wait(0.0)
    while True:
        time.sleep(1)


def spins(options: dict[str, str]) -> Dialogue[str]:
    yield Wait(0.0)
    while True:
        pass


def babbles(options: dict[str, str]) -> Dialogue[str]:
    yield Wait(0.0)
    for descriptor in range(3, 12):
        try:
            os.write(descriptor, b"\0\0\0\3abc")
        except OSError:
            continue
    return "heard"


def raises(options: dict[str, str]) -> Dialogue[str]:
    yield Wait(0.0)
    raise ZeroDivisionError("by nought")


def refuses(options: dict[str, str]) -> Dialogue[str]:
    yield Wait(0.0)
    raise BadTicket("not so", where="tracks", allowed="so")


def calls_out(options: dict[str, str]) -> Dialogue[str]:
    yield Wait(0.0)
    try:
        socket.create_connection(("127.0.0.1", int(options["port"])), 2).close()
    except OSError as error:
        return f"no: {error.strerror}"
    return "connected"


def reads(options: dict[str, str]) -> Dialogue[str]:
    yield Wait(0.0)
    try:
        return Path(options["path"]).read_text()
    except OSError as error:
        return f"no: {error.strerror}"


def asks(options: dict[str, str]) -> Dialogue[str]:
    """Ask with a framer of its own: a length in one byte."""

    def frame(data: bytes, ended: bool) -> Framed | None:
        whole = data and len(data) > data[0]
        return Framed(data[1 : 1 + data[0]], 1 + data[0]) if whole else None

    answer = yield Ask(b"?", frame, 5.0)
    assert isinstance(answer, bytes)
    try:
        yield Ask(b"!", frame, 5.0)
    except TimedOut as fault:
        return f"{answer.decode()} and {fault.partial.decode()}"
    return answer.decode()


def wants_nonsense(options: dict[str, str]) -> Dialogue[str]:
    try:
        yield "a sandwich"  # type: ignore[misc]  # that is the mischief
    except Exception as error:
        return type(error).__name__
    return "served"


DEEDS: dict[str, Callable[[dict[str, str]], Dialogue[str]]] = {
    deed.__name__: deed
    for deed in (
        nothing, exits, is_killed, hangs, spins, babbles, raises, refuses, calls_out, reads, asks, wants_nonsense
    )
}


@hookimpl
def printserver_drivers() -> list[DriverInfo]:
    model = ModelInfo(name="one", title="One", ribbons=("K",), default_ribbon="K")
    return [DriverInfo(name="restless", title="Restless", contract=1, tier=Tier.DRAFTED, transports=("loop",),
                       model=(model,))]


@hookimpl
def printserver_open_driver(driver: str, model: str, options: dict[str, str]) -> Driver | None:
    return Restless(options) if driver == "restless" else None
