"""A printer that nobody ever built: the device in memory, and its driver.

`STATUS LF` is answered `WORD n SERIAL LF`, WORD being READY, BUSY, OPEN (the cover is) or JAM (the last card is in the
reject box), n the cards that came out since the printer was made. `CARD hex LF` prints one card in three seconds.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from printserver.dialogue import Ask, Dialogue, DialogueFault, Mark, Point, Report, Send, Wait, line
from printserver.driver import (
    Block,
    Capabilities,
    Confirms,
    Done,
    Driver,
    DriverInfo,
    Evidence,
    LinkInfo,
    MaintenanceAction,
    ModelInfo,
    Outcome,
    PrintableCard,
    Spoiled,
    Unknown,
    hookimpl,
)
from printserver.errors import DeviceReplyUnknown
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.card import Geometry, PanelName, Ribbon
from printserver.model.clock import Clock
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus, Tier

CARD_SECONDS = 3.0
STATUS = re.compile(rb"(READY|BUSY|OPEN|JAM) ([0-9]+) ([A-Z0-9-]*)")
COVER = Alert(kind=AlertKind.COVER_OPEN, verbatim="cover open", severity=Severity.ERROR)


@dataclass
class BenchPrinter:
    """The device: it goes on when nobody talks to it, as a machine does."""

    clock: Clock
    serial: str = "S-1"
    open: bool = False
    jams: int = 0
    swallows: int = 0
    out: list[bytes] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    watch: Callable[[bytes], None] = lambda card: None
    _inside: bytes | None = None
    _until: float = 0.0
    _jammed: bool = False
    _line: bytes = b""

    def receive(self, data: bytes) -> bytes:
        self.heard.append(data)
        self._line += data
        answer = b""
        while b"\n" in self._line:
            message, self._line = self._line.split(b"\n", 1)
            answer += self._answer(message)
        return answer

    def disconnected(self) -> None:
        self._line = b""

    def connected(self) -> None:
        """Say nothing by itself."""

    def _answer(self, message: bytes) -> bytes:
        if message.startswith(b"CARD "):
            card = bytes.fromhex(message[5:].decode())
            self.watch(card)
            self._inside, self._jammed = card, False
            self._until = self.clock.seconds() + CARD_SECONDS
            return b""
        return b"%s %d %s\n" % (self._word(), len(self.out), self.serial.encode())

    def _word(self) -> bytes:
        self.go_on()
        if self.open:
            return b"OPEN"
        if self._inside is not None:
            return b"BUSY"
        return b"JAM" if self._jammed else b"READY"

    def go_on(self) -> None:
        """Let what is due happen."""
        if self._inside is None or self.open or self.clock.seconds() < self._until:
            return
        card, self._inside = self._inside, None
        if self.swallows:
            self.swallows -= 1
        elif self.jams:
            self.jams -= 1
            self._jammed = True
        else:
            self.out.append(card)


class BenchDriver:
    """The printer's driver; `confirms` as its model says."""

    def __init__(self, confirms: Confirms) -> None:
        self.confirms = confirms

    def capabilities(self, identity: Identity) -> Capabilities:
        return Capabilities(
            title="Bench", geometry=Geometry(8, 4), ribbons=(K, KO), levels={PanelName.K: 2, PanelName.O: 2},
            confirms=self.confirms, reject_box=True,
        )

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        raise NotImplementedError("the tests render nothing")

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        _, _, serial = yield from self.read()
        return Identity(family="bench", model="one", serial=serial)

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        word, cards, _ = yield from self.read()
        return PrinterStatus(
            ready=word in ("READY", "JAM"), counters={"cards": cards}, alerts=(COVER,) if word == "OPEN" else ()
        )

    def read(self) -> Dialogue[tuple[str, int, str]]:
        reply = yield Ask(b"STATUS\n", line(64), 5.0)
        found = STATUS.fullmatch(reply) if isinstance(reply, bytes) else None
        if found is None:
            raise DeviceReplyUnknown(repr(reply))
        return found[1].decode(), int(found[2]), found[3].decode()

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        before = yield from self.until_ready()
        yield Mark(Point.COMMITTED, {"cards": str(before)})
        try:
            for block in blocks:
                yield Send(block.data, 10.0)
            return (yield from self.outcome(before))
        except (DialogueFault, DeviceReplyUnknown) as fault:
            return Unknown(Reason(fault.code))

    def until_ready(self) -> Dialogue[int]:
        while True:
            word, cards, _ = yield from self.read()
            if word in ("READY", "JAM"):
                return cards
            yield Report(PrinterStatus(ready=False, alerts=(COVER,)), blocked=True)
            yield Wait(1.0, cancellable=True)

    def outcome(self, before: int) -> Dialogue[Outcome]:
        if not self.confirms.sure:
            return Done(sure=False)
        while True:
            word, cards, _ = yield from self.read()
            if cards == before + 1:
                yield Mark(Point.EJECTED, {"cards": str(cards)})
                return Done({"cards": str(cards)})
            if word == "JAM":
                return Spoiled(Reason("card-jam"))
            if word == "READY" or cards != before:
                return Unknown(Reason("counter-moved", f"{before}, then {cards}"))
            yield Report(PrinterStatus(ready=False), blocked=word == "OPEN")
            yield Wait(1.0)

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        return (yield from self.outcome(int(evidence.of(Point.COMMITTED)["cards"])))

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        yield Wait(0.0)

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        yield Wait(0.0)


K, KO = Ribbon("K", (PanelName.K,)), Ribbon("KO", (PanelName.K, PanelName.O))
MODELS = {"one": Confirms.COUNTER, "blind": Confirms.TRANSFER}
INFO = DriverInfo(
    name="bench", title="Bench", contract=1, tier=Tier.EMULATED, transports=("tcp",),
    model=tuple(ModelInfo(name=name, title=name, ribbons=("K", "KO"), default_ribbon="K") for name in MODELS),
)


class BenchPlugin:
    """The driver as a plugin; tests put another driver in the place of `make`."""

    def __init__(self, make: Callable[[Confirms], Driver] = BenchDriver) -> None:
        self.make = make

    @hookimpl
    def printserver_drivers(self) -> list[DriverInfo]:
        return [INFO]

    @hookimpl
    def printserver_open_driver(self, driver: str, model: str, options: dict[str, str]) -> Driver | None:
        return self.make(MODELS[model]) if driver == "bench" else None
