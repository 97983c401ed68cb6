"""The Tiny driver, and the mistakes that a driver's author can make, one class each.

`STATUS LF` is answered `READY n LF` or `BUSY n LF`, n being the cards that came out since the printer was made;
`CARD LF` and one byte a dot print a card of 8 x 4 dots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from printserver.dialogue import Ask, Dialogue, DialogueFault, Mark, Point, Report, Send, TimedOut, Wait, line
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
from printserver.errors import DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model.alert import Alert, AlertKind
from printserver.model.card import Geometry, PanelName, Ribbon
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus
from printserver.model.upkeep import Maintenance

GEOMETRY = Geometry(8, 4)
RIBBON = Ribbon("K", (PanelName.K,))
STATUS = re.compile(rb"(READY|BUSY) ([0-9]{1,6})")
PATIENCE = 20


class TinyDriver:
    """The driver without a mistake."""

    def capabilities(self, identity: Identity) -> Capabilities:
        return Capabilities(
            title="Tiny One", geometry=GEOMETRY, ribbons=(RIBBON,), levels={PanelName.K: 2}, confirms=Confirms.COUNTER,
            blocks_visible=False,
        )

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        if any(card.tracks):
            raise UnsupportedByPrinter("no encoder", where="tracks")
        yield Block("card", b"CARD\n" + card.sides[0].panels[0].plane.tobytes(), feeds=True)

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        yield from self.read()
        return Identity(family="tiny", model="one")

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        ready, cards = yield from self.read()
        return PrinterStatus(ready=ready, counters={"cards": cards})

    def read(self) -> Dialogue[tuple[bool, int]]:
        reply = yield Ask(b"STATUS\n", line(64), 5.0)
        found = STATUS.fullmatch(reply) if isinstance(reply, bytes) else None
        if found is None:
            raise DeviceReplyUnknown(repr(reply))
        return found[1] == b"READY", int(found[2])

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        before = yield from self.until_ready()
        yield Mark(Point.COMMITTED, {"cards": str(before)})
        try:
            yield Send(blocks[0].data, 10.0)
            return (yield from self.outcome(before))
        except (DialogueFault, DeviceReplyUnknown) as fault:
            return Unknown(Reason(fault.code))

    def until_ready(self) -> Dialogue[int]:
        while True:
            ready, cards = yield from self.read()
            if ready:
                return cards
            yield Report(PrinterStatus(ready=False, alerts=(Alert(kind=AlertKind.OTHER),)), blocked=True)
            yield Wait(1.0, cancellable=True)

    def outcome(self, before: int) -> Dialogue[Outcome]:
        for _ in range(PATIENCE):
            ready, cards = yield from self.read()
            if cards == before + 1:
                yield Mark(Point.EJECTED)
                return Done({"cards": str(cards)})
            if ready:
                return Unknown(Reason("counter-still", f"{before}, then {cards}"))
            yield Wait(1.0)
        return Unknown(Reason("no-end"))

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        return (yield from self.outcome(int(evidence.of(Point.COMMITTED)["cards"])))

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        yield Wait(0.0)

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        yield Wait(0.0)


class Eager(TinyDriver):
    """Takes bytes that have left for a card that came out."""

    def outcome(self, before: int) -> Dialogue[Outcome]:
        yield Wait(0.0)
        return Done({})


class Careless(TinyDriver):
    """Sends the card and commits afterwards."""

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        before = yield from self.until_ready()
        yield Send(blocks[0].data, 10.0)
        yield Mark(Point.COMMITTED, {"cards": str(before)})
        return (yield from self.outcome(before))


class Stubborn(TinyDriver):
    """Sends the card again when it hears nothing."""

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        try:
            return (yield from self.really(blocks))
        except TimedOut:
            return (yield from self.really(blocks))

    def really(self, blocks: Sequence[Block]) -> Dialogue[Outcome]:
        before = yield from self.until_ready()
        yield Mark(Point.COMMITTED, {"cards": str(before)})
        yield Send(blocks[0].data, 10.0)
        return (yield from self.outcome(before))


class Resigned(TinyDriver):
    """Calls a card spoiled that it lost sight of."""

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        outcome = yield from super().print_card(card, blocks, link)
        return Spoiled(outcome.reason) if isinstance(outcome, Unknown) else outcome


class Gullible(TinyDriver):
    """Takes whatever it does not understand for a printer that is ready."""

    def read(self) -> Dialogue[tuple[bool, int]]:
        reply = yield Ask(b"STATUS\n", line(64), 5.0)
        found = STATUS.fullmatch(reply) if isinstance(reply, bytes) else None
        return (True, 0) if found is None else (found[1] == b"READY", int(found[2]))


class Clumsy(TinyDriver):
    """Breaks on a reply that it does not understand."""

    def read(self) -> Dialogue[tuple[bool, int]]:
        reply = yield Ask(b"STATUS\n", line(64), 5.0)
        assert isinstance(reply, bytes)
        word, cards = reply.split(b" ")
        return word == b"READY", int(cards)


class Reticent(TinyDriver):
    """Waits for a printer that says nothing, and tells nobody."""

    def read(self) -> Dialogue[tuple[bool, int]]:
        while True:
            try:
                return (yield from super().read())
            except (TimedOut, DeviceReplyUnknown):
                yield Wait(1.0)


class Forgetful(TinyDriver):
    """Puts the number of cards that it has encoded into each card."""

    encoded = 0

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        Forgetful.encoded += 1
        yield Block("count", b"CARD\n" + bytes([Forgetful.encoded % 256]) * 32, feeds=True)


class Obedient(TinyDriver):
    """Sends an option that nobody knows to the device."""

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        yield Block("options", "".join(card.options.values()).encode("latin-1", "replace"))
        yield from super().encode(card)


class Careful(TinyDriver):
    """Breaks on a ribbon's name."""

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        card.ribbon.name.encode("ascii")
        yield from super().encode(card)


class Trusting(TinyDriver):
    """Sends a track as it came; it says that it has an encoder."""

    def capabilities(self, identity: Identity) -> Capabilities:
        return replace(super().capabilities(identity), magnetic_tracks=1)

    def check_tracks(self, tracks: Sequence[str]) -> None:
        """Refuse nothing."""

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        yield from super().encode(replace(card, tracks=()))
        if any(card.tracks):
            yield Block("track", card.tracks[0].encode("latin-1", "replace"))


class Wordless(TinyDriver):
    """Could say why its printer waits, and does not."""

    def capabilities(self, identity: Identity) -> Capabilities:
        return replace(super().capabilities(identity), blocks_visible=True)


class Vague(Wordless):
    """Says that its printer waits, and not why."""

    def outcome(self, before: int) -> Dialogue[Outcome]:
        yield Report(PrinterStatus(ready=False, alerts=(Alert(kind=AlertKind.OTHER),)), blocked=True)
        return (yield from super().outcome(before))


class Cheerful(Wordless):
    """Says that its printer waits, and calls it ready."""

    def outcome(self, before: int) -> Dialogue[Outcome]:
        yield Report(PrinterStatus(ready=True), blocked=True)
        return (yield from super().outcome(before))


class Mistaken(Wordless):
    """Says that a jam has come, whatever has come."""

    def outcome(self, before: int) -> Dialogue[Outcome]:
        yield Report(PrinterStatus(ready=False, alerts=(Alert(kind=AlertKind.CARD_JAM),)), blocked=True)
        return (yield from super().outcome(before))


class Moody(TinyDriver):
    """Asks once more each time."""

    moods = 0

    def until_ready(self) -> Dialogue[int]:
        Moody.moods += 1
        for _ in range(Moody.moods):
            yield from self.read()
        return (yield from super().until_ready())


class Helpful(TinyDriver):
    """Sends the card again when somebody says that the cause is removed."""

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        yield Send(b"CARD\n" + bytes(GEOMETRY.width * GEOMETRY.height), 10.0)


class Tester(TinyDriver):
    """Prints a test card, and waits until it is counted; so far it makes no mistake."""

    def capabilities(self, identity: Identity) -> Capabilities:
        test_card = Maintenance(action=MaintenanceAction.TEST_CARD, blanks=1, counts=1)
        return replace(super().capabilities(identity), maintenance=(test_card,))

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        before = yield from self.until_ready()
        yield Send(b"CARD\n" + bytes(GEOMETRY.width * GEOMETRY.height), 10.0)
        yield from self.until_tested(before)

    def until_tested(self, before: int) -> Dialogue[None]:
        outcome = yield from self.outcome(before)
        if not isinstance(outcome, Done):
            raise DeviceReplyUnknown("the test card was not counted")


class Hasty(Tester):
    """Takes the first answer for the end of the test card."""

    def until_tested(self, before: int) -> Dialogue[None]:
        yield from self.read()


class Lavish(Tester):
    """Prints two test cards."""

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        yield from super().maintain(action, link)
        yield from super().maintain(action, link)


class Deserting(Tester):
    """Begins the test card, and says that its printer cannot."""

    def until_tested(self, before: int) -> Dialogue[None]:
        yield Wait(0.0)
        raise UnsupportedByPrinter("no test card")


class Hesitant(Tester):
    """Never says that the test card is done."""

    def until_tested(self, before: int) -> Dialogue[None]:
        yield from super().until_tested(before)
        raise DeviceReplyUnknown("who knows")
