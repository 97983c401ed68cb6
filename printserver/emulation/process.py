"""An emulated printer in a process of its own: `python -m printserver.emulation.process --driver D --listen ...`.

It says `listening ADDRESS` in one line when it is ready, and needs its parent no more after that. It ends on SIGTERM,
SIGINT, or `shutdown` on the control channel.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.error import CannotListenError

from printserver.driver.proofs import EMULATED_SERIAL
from printserver.emulation.catalogue import declared_packages, find_emulator
from printserver.emulation.control import About, Controls
from printserver.emulation.doors import ControlFactory, HostDoor, HostFactory, PtyLine
from printserver.emulation.faults import FaultBook, parse_fault
from printserver.emulation.machine import CardMachine
from printserver.emulation.memory import Memory
from printserver.emulation.pace import PACES, pace_of
from printserver.emulation.port import Port
from printserver.emulation.shelf import CardShelf
from printserver.errors import ConfigurationError, PortInUse, PrintServerError

CONTROL_SUFFIX = ".control"
STATE_NAME = "machine.json"
# sockaddr_un of Linux holds 108 bytes, the last of them NUL.
SOCKET_PATH_LIMIT = 107
USAGE_EXIT = 2
# An orderly end waits for the card under way, looking this often, two minutes at most.
LOOK_SECONDS, PATIENCE = 0.05, 2400


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process is started with; paths are absolute."""

    driver: str
    model: str
    listen: str
    cards: Path
    control: Path
    state: Path
    serial: str
    ribbon: str
    pace: str
    faults: tuple[str, ...]
    packages: tuple[str, ...]


def read_arguments(arguments: Sequence[str]) -> Settings:
    """Read the command line; raises ConfigurationError."""
    parser = argparse.ArgumentParser(prog="emulation.process", description="A card printer made of software.")
    parser.add_argument("--driver", required=True)
    parser.add_argument("--model", default="", help="such as primacy+mag; else the driver's first")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--listen", help="unix:PATH, tcp:PORT or tcp:HOST:PORT (port 0 = any)")
    where.add_argument("--pty", help="make a pseudo-terminal and link PATH to it")
    parser.add_argument("--cards", required=True, help="folder for finished cards")
    parser.add_argument("--control", default="", help="control socket; else beside the host's socket, or in the folder")
    parser.add_argument("--state", default="", help=f"kept state; else {STATE_NAME} in the folder")
    parser.add_argument("--serial", default="")
    parser.add_argument("--ribbon", default="", help="the ribbon that is put in; else the model's own")
    parser.add_argument("--pace", default="fast", choices=list(PACES))
    parser.add_argument("--fault", action="append", default=[], help="such as cover-open@card=2; may be repeated")
    parser.add_argument("--package", action="append", default=[], help="driver package; else every installed one")
    given = parser.parse_args(arguments)
    cards = Path(given.cards).absolute()
    listen = f"pty:{given.pty}" if given.pty else str(given.listen)
    state = Path(given.state).absolute() if given.state else cards / STATE_NAME
    return Settings(
        given.driver, given.model, listen, cards, _control_path(given.control, listen, cards), state,
        given.serial or _serial_of(state), given.ribbon, given.pace, tuple(given.fault), tuple(given.package),
    )


def _control_path(given: str, listen: str, cards: Path) -> Path:
    kind, _, path = listen.partition(":")
    if given:
        return Path(given).absolute()
    return Path(path + CONTROL_SUFFIX).absolute() if kind == "unix" else cards / f"machine{CONTROL_SUFFIX}"


def _serial_of(state: Path) -> str:
    """Make a serial number that is the same for the same machine, and another for another."""
    return EMULATED_SERIAL + hashlib.sha256(os.fsencode(state)).hexdigest()[:8].upper()


class Process:
    """Builds the machine and its doors on a reactor."""

    def __init__(self, settings: Settings, reactor: Any) -> None:  # noqa: ANN401 - Twisted's reactors have no one type
        self._settings, self._reactor = settings, reactor

    def start(self) -> str:
        """Open every door and return the host's address; raises ConfigurationError or PortInUse."""
        settings = self._settings
        emulated = find_emulator(settings.driver, settings.model, settings.packages or declared_packages())
        faults = FaultBook(*map(parse_fault, settings.faults))
        settings.cards.mkdir(parents=True, exist_ok=True)
        machine = CardMachine(
            now=self._reactor.seconds, geometry=emulated.geometry, shelf=CardShelf(settings.cards), faults=faults,
            memory=Memory(settings.state), pace=pace_of(settings.pace), serial=settings.serial,
            ribbon=settings.ribbon,
        )
        port = Port(emulated.entry.build(emulated.model, machine), faults)
        door = HostDoor(port, self._reactor)
        address = self._open(door)
        about = About(os.getpid(), settings.driver, emulated.model, address, str(settings.cards))
        controls = Controls(about, machine, faults, changed=door.changed, shutdown=partial(self._stop_in_order, port))
        self._listen_unix(settings.control, ControlFactory(controls))
        return address

    def _stop_in_order(self, port: Port, patience: int = PATIENCE) -> None:
        """Stop when the motion under way has ended, the answer to `shutdown` having left before."""
        if port.due() is not None and patience > 0:
            self._reactor.callLater(LOOK_SECONDS, self._stop_in_order, port, patience - 1)
        else:
            self._reactor.callLater(LOOK_SECONDS, self._reactor.stop)

    def _open(self, door: HostDoor) -> str:
        kind, _, rest = self._settings.listen.partition(":")
        match kind:
            case "unix":
                self._listen_unix(Path(rest).absolute(), HostFactory(door))
                return f"unix:{Path(rest).absolute()}"
            case "tcp":
                return self._listen_tcp(rest, door)
            case "pty":
                return self._open_pty(Path(rest).absolute(), door)
        raise ConfigurationError(f"not {kind!r}", where="--listen", allowed="unix:PATH, tcp:PORT, tcp:HOST:PORT")

    def _open_pty(self, path: Path, door: HostDoor) -> str:
        line = PtyLine(door, path, self._reactor)
        self._reactor.addSystemEventTrigger("before", "shutdown", line.remove)
        return f"pty:{path}"

    def _listen_unix(self, path: Path, factory: object) -> None:
        if len(os.fsencode(path)) > SOCKET_PATH_LIMIT:
            raise ConfigurationError("the path is too long for a socket", where=str(path), allowed="107 bytes")
        path.parent.mkdir(parents=True, exist_ok=True)
        # The lock that stands beside the socket tells a living process from the leftovers of a killed one.
        self._bind(str(path), lambda: self._reactor.listenUNIX(str(path), factory, mode=0o600, wantPID=True))

    def _listen_tcp(self, rest: str, door: HostDoor) -> str:
        host, _, number = rest.rpartition(":")
        if not (number.isascii() and number.isdigit() and int(number) < 65536):
            raise ConfigurationError(f"{number!r} is not a port", where="--listen", allowed="0 to 65535")
        factory, interface = HostFactory(door), host or "127.0.0.1"
        port = self._bind(rest, lambda: self._reactor.listenTCP(int(number), factory, interface=interface))
        return f"tcp:{interface}:{port.getHost().port}"

    def _bind(self, where: str, bind: Callable[[], Any]) -> Any:  # noqa: ANN401 - a Twisted port, typed by its reactor
        try:
            return bind()
        except CannotListenError as error:
            raise PortInUse(str(error.socketError), where=where) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to end; exit code 2 when it could not start."""
    from twisted.internet import asyncioreactor

    asyncioreactor.install()
    from twisted.internet import reactor as installed

    reactor: Any = installed
    reactor.seconds = time.monotonic  # Twisted's own is the wall clock, which may be set: motions would never end
    try:
        settings = read_arguments(sys.argv[1:] if arguments is None else arguments)
        address = Process(settings, reactor).start()
    except PrintServerError as error:
        print(error.sentence(), file=sys.stderr)
        return USAGE_EXIT
    # from here on a signal ends it in order: whoever is told that it listens may also tell it to end
    reactor.callWhenRunning(_tell, address)
    reactor.run()
    return 0


def _tell(address: str) -> None:
    print(f"listening {address}", flush=True)
    _let_go_of_output()


def _let_go_of_output() -> None:
    """Write to a parent's pipe no more: it may be gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
