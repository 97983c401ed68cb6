"""An Evolis printer that is watched through the vendor's print service: state, events, counters, and no card.

Laws kept here:

1. No card is printed this way: the service takes pictures, not panels, and separates their colours itself. What the
   preview shows would not be what is printed.
2. What the service waits for is acknowledged where it offers OK. RETRY and CANCEL decide about a card that another
   program has sent; they are left to a person at that program.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from printserver.dialogue import Dialogue
from printserver.driver import (
    Block,
    Capabilities,
    Confirms,
    Driver,
    Evidence,
    LinkInfo,
    MaintenanceAction,
    Outcome,
    PrintableCard,
    Unknown,
)
from printserver.errors import DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model.alert import Alert, Severity
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus
from printserver_evolis.info import FAMILY, Variant
from printserver_evolis.states import ACKNOWLEDGE, State
from printserver_evolis.supervision import Supervisor

WATCHED = "it is only watched through the print service; give its own address and dialect escape to print"
COUNTERS = {"cards": "Rco;c", "panels": "Rco;p", "cleanings": "Rco;n"}


class SupervisedDriver:
    """One Evolis printer behind the service; see `printserver.driver.Driver`."""

    def __init__(self, variant: Variant, direct: Driver) -> None:
        """Take the model, and the driver that knows what the same printer can do."""
        self._variant, self._direct = variant, direct

    def capabilities(self, identity: Identity) -> Capabilities:
        """Return what the offer to clients needs, and why nothing is printed."""
        can = self._direct.capabilities(identity)
        return replace(
            can, confirms=Confirms.NOTHING, magnetic_tracks=0, chip=False, contactless=False, maintenance=(),
            refuses=WATCHED,
        )  # fmt: skip

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        """Refuse: see law 1. Raises UnsupportedByPrinter."""
        raise self._refusal()

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        """Ask model, serial number and firmware; raises DeviceReplyUnknown when the service does not watch it."""
        service = Supervisor(link)
        printer = yield from service.printer(self._variant.model.title)
        serial = yield from service.ask(printer, "Rsn")
        firmware = yield from service.ask(printer, "Rfv")
        return Identity(family=FAMILY, model=self._variant.model.name, serial=serial, firmware=firmware)

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        """Ask state and event, and the counters of a printer that rests."""
        service = Supervisor(link)
        printer = yield from service.printer(self._variant.model.title)
        state = yield from service.state(printer)
        event = yield from service.event(printer)
        wanted = () if event is None else event.alerts
        stopped = any(alert.severity is Severity.ERROR for alert in wanted)
        counters = (yield from _counters(service, printer)) if state.resting and not stopped else {}
        alerts = (*state.alerts, *(alert for alert in wanted if alert.kind not in _kinds(state)))
        return PrinterStatus(ready=state.resting and not stopped, alerts=alerts, counters=counters)

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        """Refuse: see law 1. Raises UnsupportedByPrinter."""
        raise self._refusal()
        yield  # makes this a dialogue

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        """Leave a card that an earlier configuration sent to a person."""
        return Unknown(Reason("no-evidence", "the printer is only watched through the print service"))
        yield  # makes this a dialogue

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        """Acknowledge what the service waits for, where it offers that."""
        service = Supervisor(link)
        printer = yield from service.printer(self._variant.model.title)
        event = yield from service.event(printer)
        if event is not None and ACKNOWLEDGE in event.actions:
            yield from service.acknowledge(printer, event)

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        """Refuse: nothing that moves a card goes through the service. Raises UnsupportedByPrinter."""
        raise self._refusal()
        yield  # makes this a dialogue

    def _refusal(self) -> UnsupportedByPrinter:
        return UnsupportedByPrinter(
            f"{self._variant.model.title} is only watched through the print service", where="options.dialect",
            allowed="escape, and the printer's own address",
        )


def _kinds(state: State) -> set[str]:
    return {alert.kind for alert in state.alerts}


def _counters(service: Supervisor, printer: str) -> Dialogue[dict[str, int]]:
    """Ask the counters; one that cannot be read is left out."""
    found = {}
    for name, command in COUNTERS.items():
        try:
            text = yield from service.ask(printer, command)
        except DeviceReplyUnknown:
            continue
        if text.isascii() and text.isdigit() and len(text) < 10:
            found[name] = int(text)
    return found
