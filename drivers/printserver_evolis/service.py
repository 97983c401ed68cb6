"""The vendor's print service made of software, in front of an emulated printer.

Laws kept here:

1. One JSON object is one request; its answer is there at once, before the host closes its half.
2. Commands for the printer that move a card are refused: this service is for watching.
3. What no source tells (codes and words of its errors, the event when there is none) is made up here, and the driver
   must not know it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from printserver_evolis import rpc
from printserver_evolis.codec import Tokeniser, command
from printserver_evolis.states import ACTIONS, CANCEL, ERROR, READY, RETRY, State
from printserver_evolis.vocabulary import READS

NOT_WATCHED = -32000


class Watched(Protocol):
    """What the service knows of the printer behind it."""

    @property
    def title(self) -> str:
        """The printer's type, which is its name here too."""
        ...

    def state(self) -> State:
        """Tell how the printer is."""
        ...

    def answer_of(self, name: str, parameter: str) -> str | None:
        """Answer a question of the printer's own language, None for one that it does not know."""
        ...


@dataclass(slots=True)
class EmulatedService:
    """The service for one connection after the other."""

    printer: Watched
    answered: dict[str, str] = field(default_factory=dict)
    _buffer: bytearray = field(default_factory=bytearray)

    def begin(self) -> None:
        """Forget what a host had begun to say."""
        self._buffer.clear()

    def receive(self, data: bytes) -> bytes:
        """Take bytes and return the answers to the requests that are whole now."""
        self._buffer += data
        answers = bytearray()
        while (found := rpc.FRAME(bytes(self._buffer), False)) is not None:
            del self._buffer[: found.used]
            answers += self._answer(found.message)
        return bytes(answers)

    def _answer(self, message: bytes) -> bytes:
        asked = rpc.parse_object(message)
        if asked is None:
            return rpc.refusal(rpc.PARSE_ERROR, "Parse error")
        identity, method, given = asked.get("id"), asked.get("method"), asked.get("params")
        if not isinstance(method, str) or not isinstance(given, dict):
            return rpc.refusal(rpc.INVALID_REQUEST, "Invalid Request", identity)
        handler = self._handlers().get(method)
        if handler is None:
            return rpc.refusal(rpc.METHOD_NOT_FOUND, "Method not found", identity)
        parameters = {str(key): value for key, value in given.items() if isinstance(value, str)}
        if method != "ECHO.Echo" and parameters.get("device") != self.printer.title:
            if method == "SUPERVISION.List":
                return rpc.result("", identity)
            return rpc.refusal(NOT_WATCHED, "Unknown device", identity)
        text = handler(parameters)
        if text is None:
            return rpc.refusal(rpc.INVALID_PARAMETERS, "Invalid params", identity)
        return rpc.result(text, identity)

    def _handlers(self) -> dict[str, Callable[[dict[str, str]], str | None]]:
        return {
            "ECHO.Echo": lambda given: given.get("data"),
            "CMD.SendCommand": self._send_command,
            "CMD.ResetCom": lambda given: "OK",
            "SUPERVISION.List": self._list,
            "SUPERVISION.GetState": lambda given: self._words(),
            "SUPERVISION.GetEvent": lambda given: self._event(),
            "SUPERVISION.SetEvent": self._set_event,
            "SUPERVISION.AddDevice": lambda given: "OK",
            "SUPERVISION.RemoveDevice": lambda given: "OK",
        }

    def _send_command(self, given: dict[str, str]) -> str | None:
        """Pass one question on; what is not just one, or no question, is refused."""
        text = given.get("command", "")
        if not text.isascii():
            return None
        tokens = Tokeniser()
        found = tokens.feed(command(text))
        if len(found) != 1 or tokens.pending or found[0].name not in READS:
            return None
        return self.printer.answer_of(found[0].name, found[0].parameter(0))

    def _list(self, given: dict[str, str]) -> str | None:
        level, state = given.get("level", "2"), self.printer.state()
        parts = {"0": (), "1": (state.major,), "2": (state.major, state.minor)}.get(level)
        return None if parts is None else ",".join((self.printer.title, *parts))

    def _words(self) -> str:
        state = self.printer.state()
        return f"{state.major},{state.minor}"

    def _event(self) -> str:
        state = self.printer.state()
        if state.major == READY:
            return ""
        return f"{state.minor}:{CANCEL},{RETRY}" if state.major == ERROR else f"{state.minor}:{CANCEL},OK"

    def _set_event(self, given: dict[str, str]) -> str | None:
        """Keep how an event was answered; the printer itself goes on when its cause is gone."""
        name, _, action = given.get("action", "").partition(":")
        if action not in ACTIONS:
            return None
        self.answered[name] = action
        return "OK"
