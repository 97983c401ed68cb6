"""The virtual printer's driver: panels out as they are, and the device's own word for the outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from printserver.dialogue import Ask, Dialogue, DialogueFault, Listen, Mark, Point, Report, Send, TimedOut, Wait, line
from printserver.driver import (
    Block,
    Capabilities,
    Confirms,
    Done,
    Evidence,
    LinkInfo,
    MaintenanceAction,
    Outcome,
    PrintableCard,
    Spoiled,
    Unknown,
)
from printserver.errors import ConfigurationError, DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model.alert import Alert, AlertKind
from printserver.model.card import PanelName
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus
from printserver.model.supply import Supply, SupplyKind
from printserver_virtual.codec import QUESTION, JobHead, PanelHead, Said, SideHead, Word, read_word
from printserver_virtual.info import FAMILY, GEOMETRY, RIBBONS, known_model

# Seconds: for an answer, for a card from its last byte on, for taking bytes, between two looks.
ANSWER, CARD, STALL, POLL = 10.0, 120.0, 30.0, 1.0
# Lines that may stand before the awaited one: what the device said of a card before.
OLD_LINES = 16
NOT_PRINTED = Reason("card-not-printed", "the printer is idle and its counter did not move")


class VirtualDriver:
    """The one virtual printer; see `printserver.driver.Driver`."""

    def __init__(self, model: str, options: Mapping[str, str]) -> None:
        """Take a model; it has no options. Raises ConfigurationError."""
        self._model = known_model(model)
        if options:
            raise ConfigurationError("the virtual printer has no options", where=f"options.{next(iter(options))}")

    def capabilities(self, identity: Identity) -> Capabilities:
        """Return what it can do: everything but encoding."""
        colour = dict.fromkeys((PanelName.Y, PanelName.M, PanelName.C), 256)
        return Capabilities(
            title=self._model.title, geometry=GEOMETRY, ribbons=RIBBONS, confirms=Confirms.DEVICE, duplex=True,
            levels=colour | {PanelName.K: 2, PanelName.O: 2}, reject_box=True, pages_per_minute=60,
        )

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        """Return an opening line and the panels, a byte a dot; raises UnsupportedByPrinter."""
        if any(card.tracks):
            raise UnsupportedByPrinter("this printer has no magnetic encoder", where="tracks")
        for side in card.sides:
            for panel in side.panels:
                if panel.plane.shape != (GEOMETRY.height, GEOMETRY.width):
                    raise UnsupportedByPrinter("a panel of another size", where=str(panel.name), allowed="1016 x 648")
        return _blocks(card)

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        """Ask the serial number."""
        word = yield from _ask_status()
        return Identity(family=FAMILY, model=self._model.name, serial=word.serial)

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        """Ask how it is."""
        return _status_of((yield from _ask_status()))

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        """Send one card and listen for what becomes of it."""
        word = yield from _until_ready()
        yield Mark(Point.COMMITTED, {"cards": str(word.cards)})
        try:
            for block in blocks:
                yield Send(block.data, STALL)
            return (yield from _listen_for_card())
        except (DialogueFault, DeviceReplyUnknown) as fault:
            return Unknown(Reason(fault.code, fault.sentence()))

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        """Wait until the device is idle, and judge by its counter."""
        before = evidence.of(Point.COMMITTED).get("cards", "")
        if not before.isdigit():
            return Unknown(Reason("no-evidence", "the counter before the card is not known"))
        word = yield from _ask_status()
        while not word.idle:
            yield Wait(POLL, cancellable=True)
            word = yield from _ask_status()
        match word.cards - int(before):
            case 0:
                return Spoiled(NOT_PRINTED)
            case 1:
                return Done({"cards": str(word.cards)})
        return Unknown(Reason("counter-moved", f"from {before} to {word.cards}"))

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        """Do nothing: the device goes on by itself."""
        yield from _ask_status()

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        """Do nothing: there is nothing to clean."""
        yield from _ask_status()


def _blocks(card: PrintableCard) -> Iterable[Block]:
    sides = tuple(
        SideHead(side.side, tuple(PanelHead(panel.name, panel.levels) for panel in side.panels)) for side in card.sides
    )
    head = JobHead(ribbon=card.ribbon.name, width=GEOMETRY.width, height=GEOMETRY.height, sides=sides)
    yield Block("opening", msgspec.json.encode(head) + b"\n", feeds=True)
    for side in card.sides:
        for panel in side.panels:
            yield Block(f"{side.side}-{panel.name}", panel.plane.tobytes(), feeds=True)


def _ask_status() -> Dialogue[Word]:
    """Ask, and pass over what the device had said before; raises DeviceReplyUnknown."""
    message = yield Ask(QUESTION, line(), ANSWER)
    for _ in range(OLD_LINES):
        word = read_word(message) if isinstance(message, bytes) else None
        if word is not None and word.say is Said.STATUS:
            return word
        if word is None:
            break
        message = yield Listen(line(), ANSWER)
    raise DeviceReplyUnknown("the device did not tell its status")


def _until_ready() -> Dialogue[Word]:
    word = yield from _ask_status()
    while word.alert:
        yield Report(_status_of(word), blocked=True)
        yield Wait(POLL, cancellable=True)
        word = yield from _ask_status()
    return word


def _listen_for_card() -> Dialogue[Outcome]:
    """Listen until the card is out; while the device waits for a person it is asked whether it is still there."""
    waits = asked = False
    while True:
        try:
            message = yield Listen(line(), ANSWER if waits else CARD)
        except TimedOut:
            if asked or not waits:
                raise
            asked = True
            yield Send(QUESTION, STALL)
            continue
        asked = False
        word = read_word(message) if isinstance(message, bytes) else None
        if word is None:
            raise DeviceReplyUnknown("the device said something that is no JSON line")
        match word.say:
            case Said.CARD:
                yield Mark(Point.EJECTED, {"cards": str(word.cards)})
                return Done({"cards": str(word.cards)})
            case Said.SPOILED:
                return Spoiled(Reason("card-spoiled", word.alert))
            case Said.WAITING:
                waits = bool(word.alert)
                yield Report(_status_of(word), blocked=waits)
            case Said.STATUS:
                waits = bool(word.alert)


def _status_of(word: Word) -> PrinterStatus:
    kinds = {kind.value: kind for kind in AlertKind}
    alerts = (Alert(kind=kinds.get(word.alert, AlertKind.OTHER), verbatim=word.alert),) if word.alert else ()
    supplies = (Supply(kind=SupplyKind.RIBBON, name=word.ribbon),) if word.ribbon else ()
    return PrinterStatus(
        ready=not alerts, alerts=alerts, counters={"cards": word.cards}, supplies=supplies, ribbon=word.ribbon or None
    )

