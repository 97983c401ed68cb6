"""The Magicard driver: capabilities, bytes, and the conversations round one card.

Laws kept here:

1. Where the printer counts, the counter is read just before COMMITTED; it is the evidence of the outcome, now or after
   a crash. Where it does not, a card is never sure.
2. After COMMITTED every fault of the link ends in doubt, never in another card.
3. Firmware commands (FRM, UPG) are never sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from printserver.dialogue import Dialogue, DialogueFault, Mark, Point
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
    Unknown,
)
from printserver.errors import DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.card import DYES, PanelName
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus
from printserver.model.supply import Supply, SupplyKind
from printserver_magicard import job, replies
from printserver_magicard.conversation import COUNTER, Conversation, Health
from printserver_magicard.info import FAMILY, Line, info, variant
from printserver_magicard.layout import COLOUR_LEVELS
from printserver_magicard.options import OPTIONS, chosen
from printserver_magicard.replies import Information
from printserver_magicard.ribbons import by_name

# A device that does not answer has nothing to be cleared.
UNREACHED = frozenset({AlertKind.SILENT, AlertKind.OFFLINE})


class MagicardDriver:
    """One Magicard printer; see `printserver.driver.Driver`."""

    def __init__(self, model: str, options: Mapping[str, str]) -> None:
        """Take a model such as `enduro+duo`; raises ConfigurationError for an unknown model or option."""
        self._variant = variant(model)
        self._options = chosen(options)

    def capabilities(self, identity: Identity) -> Capabilities:
        """Return the configured model's abilities; the device's own words do not change them."""
        model = self._variant.model
        dye = dict.fromkeys((panel for panel in PanelName if panel in DYES), COLOUR_LEVELS)
        return Capabilities(
            title=model.title,
            geometry=job.geometry_of(self._variant),
            ribbons=tuple(by_name(name) for name in model.ribbons),
            levels=dye | {PanelName.K: 2, PanelName.O: 2},
            confirms=Confirms.COUNTER if self._variant.line.counts else Confirms.TRANSFER,
            duplex=self._variant.duplex,
            magnetic_tracks=3 if self._variant.mag else 0,
            pages_per_minute=int(str(model.facts["pages_per_minute"])),
            options=dict(OPTIONS),
            maintenance=info().maintenance if self._variant.line.counts else (),
        )

    def check_tracks(self, tracks: Sequence[str]) -> None:
        """Raise BadTicket or UnsupportedByPrinter when tracks cannot be encoded here."""
        if any(tracks) and not self._variant.mag:
            raise UnsupportedByPrinter("this printer has no magnetic encoder", where="tracks")
        job.check_tracks(tracks)

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        """Return the blocks of one card; options of the card go before those of the printer."""
        return job.encode(card, self._variant, chosen(self._options | card.options))

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        """Ask model, serial number and firmware, as far as this line tells them; raises DeviceReplyUnknown."""
        talk = self._talk(link)
        yield from talk.drain()
        health = yield from talk.health()
        if health.strange:
            raise DeviceReplyUnknown(f"asked how it is, it says {health.alerts[0].verbatim!r}")
        name, serial, firmware = self._variant.model.name, "", ""
        if self._variant.line is Line.RIO:
            name, serial, firmware = yield from _asked_one_by_one(talk)
        elif health.information is not None:
            told = health.information
            name, serial, firmware = (told.text(each) for each in (replies.MODEL, replies.SERIAL, replies.FIRMWARE))
        return Identity(family=FAMILY, model=_known_model(name), serial=serial or link.serial, firmware=firmware)

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        """Ask health, and supplies and counters where the printer tells them."""
        talk = self._talk(link)
        yield from talk.drain()
        health = yield from talk.health()
        told = health.information
        return PrinterStatus(
            ready=health.resting, alerts=(*health.alerts, *self._warnings(health)),
            counters={} if told is None else _counters(told), supplies=() if told is None else _supplies(told),
        )

    def _warnings(self, health: Health) -> tuple[Alert, ...]:
        """Tell of a head position that is not the one that images are made for."""
        place = None if health.information is None else health.information.number(replies.HEAD_POSITION)
        if place is None or str(place) == self._options["head-position"]:
            return ()
        words = f"head position {place}; the option head-position says {self._options['head-position']}"
        return (Alert(kind=AlertKind.OTHER, severity=Severity.WARNING, verbatim=words),)

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        """Send one card and wait for the counter's verdict, or until the printer rests."""
        talk = self._talk(link)
        yield from talk.drain()
        before = yield from talk.until_well()
        yield Mark(Point.COMMITTED, {} if before is None else {COUNTER: str(before)})
        try:
            for block in blocks:
                yield from talk.send(block)
            return (yield from talk.outcome(before))
        except DialogueFault as fault:
            return Unknown(Reason(fault.code, fault.sentence()))

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        """Find out by the counter what became of a card; without a counter nothing is known."""
        gone = evidence.of(Point.EJECTED)
        if gone:
            return Done(gone)
        before = evidence.of(Point.COMMITTED).get(COUNTER, "")
        if not self._variant.line.counts or not before.isdigit():
            return Unknown(Reason("no-evidence", "the counter before the card is not known"))
        talk = self._talk(link)
        yield from talk.drain()
        return (yield from talk.outcome(int(before), patient=False))

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        """Cancel what waits in the printer; an error that stands after that is left to a person at the printer.

        OKY is never sent: the printer would go on with a card that was judged already, and perhaps print it twice.
        """
        if alert.severity is not Severity.ERROR or alert.kind in UNREACHED:
            return
        talk = self._talk(link)
        yield from talk.drain()
        yield from talk.order("CAN")

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        """Clean, where the printer counts its cleanings: else nothing tells when it is done.

        No source tells how to print a test card or to calibrate: raises UnsupportedByPrinter.
        """
        if action is not MaintenanceAction.CLEAN or not self._variant.line.counts:
            allowed = "clean" if self._variant.line.counts else "nothing"
            raise UnsupportedByPrinter(f"{self._variant.model.title} is not told to {action}", allowed=allowed)
        talk = self._talk(link)
        yield from talk.drain()
        before = yield from talk.cleanings()
        yield from talk.order("CLN")
        yield from talk.until_cleaned(before)

    def _talk(self, link: LinkInfo) -> Conversation:
        return Conversation(self._variant.line, self._options, link)


def _asked_one_by_one(talk: Conversation) -> Dialogue[tuple[str, str, str]]:
    model = yield from talk.parameter("MDL")
    serial = yield from talk.parameter("PSR")
    firmware = yield from talk.parameter("VRS")
    return model or "", serial or "", firmware or ""


def _counters(told: Information) -> dict[str, int]:
    places = {"cards": replies.CARDS, "panels": replies.PANELS, "cleanings": replies.CLEANS}
    found = {name: told.number(place) for name, place in places.items()}
    return {name: count for name, count in found.items() if count is not None}


def _supplies(told: Information) -> tuple[Supply, ...]:
    """Return ribbon and cleaning; a film or interval that is not told is left open."""
    shots, used = told.number(replies.SHOTS), told.number(replies.SHOTS_USED)
    interval, since = told.number(replies.BETWEEN_CLEANS), told.number(replies.SINCE_CLEAN)
    return (
        Supply(kind=SupplyKind.RIBBON, name=told.text(replies.FILM), remaining=_left(shots, used), capacity=shots),
        Supply(kind=SupplyKind.CLEANING, name="cleaning", remaining=_left(interval, since), capacity=interval),
    )


def _left(most: int | None, used: int | None) -> int | None:
    return None if most is None or used is None else max(0, most - used)


def _known_model(words: str) -> str:
    """Return the family's name of a model, else the device's own words."""
    joined = words.strip().lower().replace(" ", "")
    longest_first = sorted((model.name for model in info().model), key=len, reverse=True)
    return next((name for name in longest_first if name in joined), words.strip())
