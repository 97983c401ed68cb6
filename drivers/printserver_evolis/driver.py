"""The Evolis driver: capabilities, bytes, and the conversations round one card.

Laws kept here:

1. The counter is read just before COMMITTED; it is the evidence by which the outcome is found, now or after a crash.
2. After COMMITTED every fault of the link ends in doubt, never in another card.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from printserver.dialogue import Dialogue, DialogueFault, Mark, Point
from printserver.driver import (
    Block,
    Capabilities,
    Confirms,
    Done,
    Driver,
    Evidence,
    LinkInfo,
    MaintenanceAction,
    Outcome,
    PrintableCard,
    Unknown,
)
from printserver.errors import DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model.alert import Alert
from printserver.model.card import DYES, PanelName
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus
from printserver.model.supply import Supply, SupplyKind
from printserver_evolis import job
from printserver_evolis.codec import REFUSALS
from printserver_evolis.conversation import CARDS, ENCODER_NACKS, REFUSED, STRIPE, WORKING, Conversation
from printserver_evolis.info import FAMILY, info, variant
from printserver_evolis.options import OPTIONS, SUPERVISION, chosen
from printserver_evolis.ribbons import by_code, by_name
from printserver_evolis.stations import bring, check_station, take_back
from printserver_evolis.supervised import SupervisedDriver

MAINTENANCE = {
    MaintenanceAction.CLEAN: "Scp",
    MaintenanceAction.CALIBRATE: "Sa",
    MaintenanceAction.TEST_CARD: "St",
}
# The counter that grows when it has ended; nothing is known that does for `Sa`.
COUNTER_OF = {MaintenanceAction.CLEAN: "n", MaintenanceAction.TEST_CARD: "c"}


def open_driver(model: str, options: Mapping[str, str]) -> Driver:
    """Return the driver for what is at the printer's address; raises ConfigurationError for a model or option."""
    direct = EvolisDriver(model, options)
    watched = chosen(options)["dialect"] == SUPERVISION
    return SupervisedDriver(variant(model), direct) if watched else direct


class EvolisDriver:
    """One Evolis printer; see `printserver.driver.Driver`."""

    def __init__(self, model: str, options: Mapping[str, str]) -> None:
        """Take a model such as `primacy+mag`; raises ConfigurationError for an unknown model or option."""
        self._variant = variant(model)
        self._options = chosen(options)

    def capabilities(self, identity: Identity) -> Capabilities:
        """Return the configured model's abilities; the device's own words do not change them."""
        model = self._variant.model
        dye = dict.fromkeys((panel for panel in PanelName if panel in DYES), self._variant.levels)
        return Capabilities(
            title=model.title,
            geometry=job.GEOMETRY,
            ribbons=tuple(by_name(name) for name in model.ribbons),
            levels=dye | {PanelName.K: 2, PanelName.O: 2},
            confirms=Confirms.COUNTER,
            duplex=self._variant.duplex,
            magnetic_tracks=3 if self._variant.mag else 0,
            chip=self._variant.chip,
            contactless=self._variant.contactless,
            reject_box=True,
            pages_per_minute=int(str(model.facts["pages_per_minute"])),
            options=dict(OPTIONS),
            maintenance=info().maintenance,
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
        """Ask model, serial number and firmware."""
        talk = self._talk()
        yield from talk.get_in_step()
        model = yield from talk.ask("Rtp")
        serial = yield from talk.ask("Rsn")
        firmware = yield from talk.ask("Rfv")
        return Identity(
            family=FAMILY, model=_known_model(model.text or ""), serial=(serial.text or link.serial).strip(),
            firmware=(firmware.text or "").strip(),
        )

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        """Ask health, ribbon and counters; what was said unasked is read away first."""
        talk = self._talk()
        yield from talk.drain()
        health = yield from talk.health(WORKING)
        ribbon = yield from talk.ask("Rr")
        counters = {}
        for name, letter in (("cards", "c"), ("panels", "p"), ("cleanings", "n")):
            count = yield from talk.number("Rco", letter)
            if count is not None:
                counters[name] = count
        left = yield from talk.number("Rco", "l")
        most = yield from talk.number("Rco", "m")
        # what `Pr` has set last, by whoever: it names the ribbon, and is no evidence of the one that is in the printer
        name = _ribbon_name(ribbon.text or "")
        return PrinterStatus(
            ready=health.well, alerts=health.alerts, counters=counters,
            supplies=(
                Supply(kind=SupplyKind.RIBBON, name=name),
                Supply(kind=SupplyKind.CLEANING, name="cleaning", remaining=left, capacity=most),
            ),
        )

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        """Send one card and wait for the counter's verdict."""
        talk = self._talk()
        first = next((at for at, block in enumerate(blocks) if block.feeds), len(blocks))
        yield from talk.acknowledge_commands()
        for block in blocks[:first]:
            yield from talk.send(block)
        before = yield from talk.until_well()
        yield Mark(Point.COMMITTED, {CARDS: str(before)})
        try:
            return (yield from _committed(talk, blocks[first:], before))
        except (DialogueFault, DeviceReplyUnknown) as fault:
            return Unknown(Reason(fault.code, fault.sentence()))

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        """Find out by the counter what became of a card; without the evidence of COMMITTED nothing is known."""
        outcome = yield from self._found_out(evidence)
        return _without_stripe(outcome) if evidence.of(Point.MAG).get(STRIPE) == REFUSED else outcome

    def _found_out(self, evidence: Evidence) -> Dialogue[Outcome]:
        gone = evidence.of(Point.EJECTED)
        if gone:
            return Done(gone)
        before = evidence.of(Point.COMMITTED).get(CARDS, "")
        if not before.isdigit():
            return Unknown(Reason("no-evidence", "the counter before the card is not known"))
        talk = self._talk()
        yield from talk.get_in_step()
        yield from talk.acknowledge_commands()
        return (yield from talk.outcome(int(before), patient=False))

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        """Clear the status; a printer that is still not well is reset (its settings stay)."""
        talk = self._talk()
        yield from talk.order("Scs")
        yield from talk.drain()
        health = yield from talk.health(WORKING)
        if not health.well:
            yield from talk.order("Srs")

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        """Clean or print the printer's test card until its counter has grown; may be called off meanwhile.

        Raises UnsupportedByPrinter when the printer refuses; DeviceReplyUnknown when its counter does not tell that it
        has ended, and in any case after `Sa`, the end of which nothing tells: a person has to say so.
        """
        talk, letter = self._talk(), COUNTER_OF.get(action)
        yield from talk.get_in_step()
        yield from talk.acknowledge_commands()
        if letter is None:
            yield from talk.drain()
            yield from _ordered(talk, action)
            yield from talk.drain()
            yield from talk.settle_down(REFUSALS, cancellable=True)
        else:
            before = yield from talk.count_before(letter)
            yield from _ordered(talk, action)
            yield from talk.until_counted(letter, before, REFUSALS)
        if talk.heard & REFUSALS:
            raise UnsupportedByPrinter(f"the printer refuses {MAINTENANCE[action]}", where=str(action))
        if letter is None:
            raise DeviceReplyUnknown("this printer does not tell when it has ended: watch it, and say when it has")

    def to_station(self, station: str, link: LinkInfo) -> Dialogue[None]:
        """Feed a card to a chip station and wait until it is there; see `stations.bring` for what is raised."""
        check_station(self._variant, station)
        yield from bring(self._talk(), station)

    def from_station(self, link: LinkInfo) -> Dialogue[None]:
        """Wait until the printer is ready to print on the card at its station; see `stations.take_back`."""
        yield from take_back(self._talk())

    def _talk(self) -> Conversation:
        return Conversation(float(self._options["settle"]))


def _ordered(talk: Conversation, action: MaintenanceAction) -> Dialogue[None]:
    """Send the order; a refusal that is heard from now on is one of it."""
    talk.heard.clear()
    yield from talk.order(MAINTENANCE[action])


def _committed(talk: Conversation, blocks: Sequence[Block], before: int) -> Dialogue[Outcome]:
    talk.heard.clear()
    for block in blocks:
        yield from talk.send(block)
        if block.name == job.MAGNETIC:
            written = yield from talk.encoded()
            if not written:
                reason = Reason("encoder-error", "the printer could not write the stripe")
                return (yield from talk.throw_out(before, reason))
            yield Mark(Point.MAG)
    outcome = yield from talk.outcome(before)
    # a printer that answers at once is well before the stripe is written, and refuses it afterwards
    return _without_stripe(outcome) if talk.heard & ENCODER_NACKS else outcome


def _without_stripe(outcome: Outcome) -> Outcome:
    """Leave a card that came out with a stripe that was refused to a person."""
    words = "the card is out, and the printer could not write its stripe"
    return Unknown(Reason("encoder-error", words)) if isinstance(outcome, Done) else outcome


def _known_model(words: str) -> str:
    """Return the family's name of a model, else the device's own words."""
    lowered = words.strip().lower()
    return next((model.name for model in info().model if model.name in lowered), words.strip())


def _ribbon_name(code: str) -> str:
    ribbon = by_code(code.strip())
    return code.strip() if ribbon is None else ribbon.name
