"""A driver for tests only: honest by default, mischievous where its `do` option says so."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from printserver.driver import Block, Capabilities, Confirms, Driver, DriverInfo, ModelInfo, PrintableCard, hookimpl
from printserver.errors import BadTicket
from printserver.model.card import Geometry, PanelName, Ribbon
from printserver.model.printer import Identity, Tier

Y, M, C, K, O = (PanelName(letter) for letter in "YMCKO")  # noqa: E741 - the field's own letter for overlay

RIBBONS = (
    Ribbon("YMCKO", (Y, M, C, K, O)),
    Ribbon("YMCKOK", (Y, M, C, K, O), (K,)),
    Ribbon("KO", (K, O)),
    Ribbon("K", (K,), (K,)),
)


class Mischief:
    """Sends a panel as its letter and its levels, one byte a dot, after having done what it was told."""

    def __init__(self, options: dict[str, str]) -> None:
        self.options = options

    def capabilities(self, identity: Identity) -> Capabilities:
        return Capabilities(
            title="Mischief", geometry=Geometry(1016, 648), ribbons=RIBBONS, levels={Y: 128, M: 128, C: 128},
            confirms=Confirms.DEVICE, duplex=True,
        )

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        told = self.options.get("do", "nothing")
        yield Block("begin", DEEDS[told](self.options).encode())
        for side in card.sides:
            for panel in side.panels:
                yield Block(f"{side.side}-{panel.name}", panel.name.encode() + panel.plane.tobytes(), feeds=True)


def nothing(options: dict[str, str]) -> str:
    return "begin"


def loop(options: dict[str, str]) -> str:
    while True:
        pass


def wait(options: dict[str, str]) -> str:
    signal.pause()
    return "woken"


def spend(options: dict[str, str]) -> str:
    until = time.process_time() + float(options["seconds"])
    while time.process_time() < until:
        pass
    return "spent"


def die(options: dict[str, str]) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def leave(options: dict[str, str]) -> str:
    os._exit(3)


def eat(options: dict[str, str]) -> str:
    eaten = []
    while True:
        eaten.append(bytearray(16 * 1024 * 1024))


def refuse(options: dict[str, str]) -> str:
    raise BadTicket("no such speed", where="speed", allowed="slow, fast")


def stumble(options: dict[str, str]) -> str:
    raise ZeroDivisionError("a fault in the driver")


def chatter(options: dict[str, str]) -> str:
    print("this is not an answer", flush=True)
    os.write(1, b"nor is this")
    return "begin"


def garble(options: dict[str, str]) -> str:
    for descriptor in range(3, 10):
        try:
            os.write(descriptor, b"\0\0\0\1\xff")
        except OSError:
            continue
    signal.pause()
    return "unheard"


def attempt(deed: str) -> str:
    """Do a piece of Python and say how it went."""
    try:
        return f"done: {eval(deed, {'socket': socket, 'os': os, 'Path': Path})}"
    except OSError as error:
        return f"refused: {error.strerror}"


DEEDS: dict[str, Callable[[dict[str, str]], str]] = {
    "nothing": nothing, "loop": loop, "wait": wait, "spend": spend, "die": die, "leave": leave, "eat": eat,
    "refuse": refuse, "stumble": stumble, "chatter": chatter, "garble": garble,
    "attempt": lambda options: attempt(options["deed"]),
    "environment": lambda options: "\n".join(f"{name}={value}" for name, value in sorted(os.environ.items())),
    "descriptors": lambda options: " ".join(str(number) for number in range(64) if is_open(number)),
    "process": lambda options: str(os.getpid()),
}


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@hookimpl
def printserver_drivers() -> list[DriverInfo]:
    model = ModelInfo(name="one", title="One", ribbons=("YMCKO",), default_ribbon="YMCKO")
    return [
        DriverInfo(
            name="mischief", title="Mischief", contract=1, tier=Tier.DRAFTED, transports=("loop",), model=(model,)
        )
    ]


@hookimpl
def printserver_open_driver(driver: str, model: str, options: dict[str, str]) -> Driver | None:
    return Mischief(options) if driver == "mischief" else None  # type: ignore[return-value]  # it only encodes
