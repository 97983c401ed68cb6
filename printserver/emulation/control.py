"""The control channel of an emulated printer: what a person would do at the machine, as JSON lines.

| request | what it does |
|---|---|
| {"do": "status"} | counters, supplies, faults, and who this is |
| {"do": "fault", "spec": "cover-open@card=2"} | sets a fault |
| {"do": "clear", "kind": "cover-open"} | clears a kind of fault; without `kind` all of them |
| {"do": "refill"} | fills hopper and ribbon, clears their faults |
| {"do": "ribbon", "spec": "KO"} | puts a new ribbon of another kind in |
| {"do": "shutdown"} | ends the process |

Each request is answered by one line, {"ok": true, ...} or {"ok": false, "error": CODE, "message": TEXT}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from printserver.emulation.faults import FaultBook, FaultKind, parse_fault
from printserver.emulation.machine import CardMachine
from printserver.emulation.memory import CAPACITY
from printserver.errors import BadRequest, ConfigurationError, PrintServerError

DEEDS = ("status", "fault", "clear", "refill", "ribbon", "shutdown")
LINE_LIMIT = 4096


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line from the control channel."""

    do: str
    spec: str = ""
    kind: str = ""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to every request that went well."""

    ok: bool = True
    pid: int
    driver: str
    model: str
    address: str
    cards: str
    serial: str
    loaded: bool
    counters: dict[str, int]
    supplies: dict[str, int]
    faults: list[str]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a request that cannot be done."""

    ok: bool = False
    error: str
    message: str


@dataclass(frozen=True, slots=True)
class About:
    """Who this process is."""

    pid: int
    driver: str
    model: str
    address: str
    cards: str


class Controls:
    """The knobs of one machine; `changed` is called when a part may move again, `shutdown` to end."""

    def __init__(
        self, about: About, machine: CardMachine, faults: FaultBook, *,
        changed: Callable[[], None], shutdown: Callable[[], None],
    ) -> None:
        self._about, self._machine, self._faults = about, machine, faults
        self._changed, self._shutdown = changed, shutdown

    def handle(self, line: bytes) -> bytes:
        """Do what a line asks and return the line that answers it, LF included."""
        try:
            self._do(msgspec.json.decode(line, type=Request))
            answer: Status | Refusal = self._status()
        except msgspec.DecodeError as error:
            answer = Refusal(error=BadRequest.code, message=str(error))
        except PrintServerError as error:
            answer = Refusal(error=error.code, message=error.sentence())
        return msgspec.json.encode(answer) + b"\n"

    def _do(self, request: Request) -> None:
        match request.do:
            case "status":
                return
            case "fault":
                self._faults.set(parse_fault(request.spec))
            case "clear":
                self._faults.clear(_kind(request.kind))
            case "refill":
                self._refill()
            case "ribbon":
                self._faults.clear(FaultKind.RIBBON_OUT)
                self._machine.put_in(request.spec)
            case "shutdown":
                self._shutdown()
            case _:
                raise BadRequest(f"there is no {request.do!r}", where="do", allowed=", ".join(DEEDS))
        self._changed()

    def _refill(self) -> None:
        for kind in (FaultKind.HOPPER_EMPTY, FaultKind.RIBBON_OUT):
            self._faults.clear(kind)
        self._machine.refill()

    def _status(self) -> Status:
        about = self._about
        return Status(
            pid=about.pid, driver=about.driver, model=about.model, address=about.address, cards=about.cards,
            serial=self._machine.serial, loaded=self._machine.loaded, counters=self._machine.counters(),
            supplies={name: self._machine.supply(name)[0] for name in CAPACITY}, faults=self._faults.names(),
        )


def _kind(text: str) -> FaultKind | None:
    if text and text not in list(FaultKind):
        raise ConfigurationError(f"there is no fault {text!r}", where="kind", allowed=", ".join(FaultKind))
    return FaultKind(text) if text else None
