"""Talking with the vendor's print service: which printers it watches, how one is, what it waits for.

Laws kept here:

1. Each request has a connection of its own, as the service wants it; the link is closed after every answer.
2. Nothing is sent that moves a card: the printer may be in the middle of another program's card.
"""

from __future__ import annotations

from dataclasses import dataclass

from printserver.dialogue import Close, CloseWrite, Dialogue, Listen, Open, Send
from printserver.driver import LinkInfo
from printserver.errors import DeviceReplyUnknown
from printserver_evolis import rpc
from printserver_evolis.codec import harmless
from printserver_evolis.states import ACKNOWLEDGE, Event, State, parse_event, parse_state

# Seconds. The service asks the printer itself, and is told how long it may take, in milliseconds.
ANSWER, STALL = 10.0, 10.0
PRINTER_ANSWER = "3000"
CLOSE_WRITE = "close-write"
# SUPERVISION.List: names alone, without their states.
NAMES = "0"


@dataclass(frozen=True, slots=True)
class Supervisor:
    """The service as it is reached over one link."""

    link: LinkInfo

    def call(self, method: str, **parameters: str) -> Dialogue[str]:
        """Ask and return the answer's text; raises DeviceReplyUnknown, and what the link raises."""
        yield Open()
        yield Send(rpc.request(method, **parameters), STALL)
        if CLOSE_WRITE in self.link.abilities:
            yield CloseWrite()
        answer = yield Listen(rpc.FRAME, ANSWER)
        yield Close()
        return rpc.parse_result(answer if isinstance(answer, bytes) else b"")

    def printer(self, title: str) -> Dialogue[str]:
        """Return the service's name of the printer of a type; raises DeviceReplyUnknown unless it is one and no more.

        Among several, the one that is named just as its type is taken.
        """
        listed = yield from self.call("SUPERVISION.List", device=title, level=NAMES)
        names = [name.strip() for name in listed.split(";") if name.strip()]
        if title in names:
            return title
        if len(names) != 1:
            there = ", ".join(harmless(name.encode("utf-8", "replace")) for name in names) or "none"
            raise DeviceReplyUnknown(f"asked for the one {title} that it watches, the service says: {there}")
        return names[0]

    def state(self, printer: str) -> Dialogue[State]:
        """Ask how a printer is."""
        return parse_state((yield from self.call("SUPERVISION.GetState", device=printer)))

    def event(self, printer: str) -> Dialogue[Event | None]:
        """Ask what the service wants to be answered for a printer."""
        return parse_event((yield from self.call("SUPERVISION.GetEvent", device=printer)))

    def acknowledge(self, printer: str, event: Event) -> Dialogue[None]:
        """Answer an event with OK."""
        yield from self.call("SUPERVISION.SetEvent", action=f"{event.name}:{ACKNOWLEDGE}", device=printer)

    def ask(self, printer: str, command: str) -> Dialogue[str]:
        """Have the printer itself asked, by a command of its own language that only reads."""
        text = yield from self.call("CMD.SendCommand", device=printer, command=command, timeout=PRINTER_ANSWER)
        return harmless(text.strip("\0\r\n ").encode("utf-8", "replace"))
