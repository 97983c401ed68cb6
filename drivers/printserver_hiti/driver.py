"""The HiTi driver: identification and status; a card is refused before a byte of it is made.

Laws kept here:

1. Nothing that moves a card, begins a job or changes the printer is ever sent.
2. The printer is never ready: it is shown as it is, with the reason why nothing is printed on it.
3. A reply that is none, or of another command, is told as such and never counts as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from printserver.dialogue import Ask, Dialogue, Listen, TimedOut
from printserver.driver import (
    Block,
    Capabilities,
    Confirms,
    Evidence,
    LinkInfo,
    MaintenanceAction,
    Outcome,
    PrintableCard,
    Unknown,
)
from printserver.errors import ConfigurationError, DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model.alert import Alert, AlertKind
from printserver.model.card import Geometry, PanelName, Ribbon
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus
from printserver_hiti.codec import INPUT_ALERT, JAM, STATUS, SUMMARY, command, harmless, parse_reply, reply_frame
from printserver_hiti.info import FAMILY, model_of

REFUSAL = "page sizes and the order of a card's commands are not proven for HiTi card printers"
YMCKO = Ribbon("YMCKO", front=(PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O))
# A guess of one source; nothing is made in this size but the offer to clients, whose jobs are refused.
GUESSED = Geometry(1014, 642)

# Seconds.
ANSWER, LATE = 10.0, 0.2
LATE_TRIES = 64

BUSY = 0x80
# Byte and bit of the status summary: what it means, and the question that tells more where its number is known.
BITS = (
    (1, 0x01, AlertKind.OTHER, "supplies", None), (1, 0x02, AlertKind.CARD_JAM, "jam", JAM),
    (1, 0x08, AlertKind.OTHER, "input", INPUT_ALERT), (2, 0x02, AlertKind.OTHER, "warning", None),
    (2, 0x04, AlertKind.OTHER, "service", None), (2, 0x08, AlertKind.OTHER, "operator", None),
)  # fmt: skip
KNOWN = {1: 0x0B, 2: 0x0E}
ALERT_OF_CODE = {
    0x00050001: AlertKind.COVER_OPEN, 0x00080004: AlertKind.RIBBON_EMPTY, 0x00080103: AlertKind.RIBBON_EMPTY,
    0x00080104: AlertKind.RIBBON_EMPTY, 0x00030000: AlertKind.CARD_JAM, 0x00008000: AlertKind.FEEDER,
    0x000806FE: AlertKind.RIBBON_WRONG,
}  # fmt: skip
NOT_PROVEN = Alert(kind=AlertKind.OTHER, verbatim=f"nothing is printed: {REFUSAL}")


class HitiDriver:
    """One CS-2xx printer; see `printserver.driver.Driver`."""

    def __init__(self, model: str, options: Mapping[str, str]) -> None:
        """Take a model such as `cs-200e`; raises ConfigurationError for an unknown model or any option."""
        self._model = model_of(model)
        if options:
            raise ConfigurationError("there is no such option", where=f"options.{min(options)}", allowed="none")

    def capabilities(self, identity: Identity) -> Capabilities:
        """Return what the offer to clients needs, and why nothing is printed."""
        return Capabilities(
            title=self._model.title, geometry=GUESSED, ribbons=(YMCKO,), levels=dict.fromkeys(YMCKO.front, 256),
            confirms=Confirms.NOTHING, refuses=REFUSAL,
        )

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        """Raise UnsupportedByPrinter."""
        raise self._refusal()

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        """Ask for the summary of versions; how its bytes are parted is not told, so its words are the firmware."""
        yield from _drain()
        words = harmless((yield from _asked(SUMMARY)))
        return Identity(family=FAMILY, model=self._model.name, serial=link.serial, firmware=" ".join(words.split()))

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        """Ask how it is; it is never ready (law 2)."""
        yield from _drain()
        summary = yield from _asked(STATUS)
        if len(summary) != 3:
            raise DeviceReplyUnknown(f"asked how it is, it says {summary.hex()}")
        alerts = []
        for place, bit, kind, words, question in BITS:
            if summary[place] & bit:
                code = (yield from _asked(question)) if question is not None else b""
                alerts.append(_alert(kind, words, code))
        if any(summary[place] & ~known for place, known in KNOWN.items()):
            alerts.append(Alert(kind=AlertKind.OTHER, verbatim=f"status {summary.hex()}"))
        return PrinterStatus(ready=False, alerts=(NOT_PROVEN, *alerts))

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        """Raise UnsupportedByPrinter before anything is sent."""
        raise self._refusal()
        yield  # a dialogue, though it asks nothing

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        """Say that nothing is known: no card was ever begun here."""
        return Unknown(Reason("no-evidence", "nothing is printed on this printer"))
        yield  # a dialogue, though it asks nothing

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        """Do nothing: the printer's reset would be a guess."""
        return
        yield  # a dialogue, though it asks nothing

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        """Raise UnsupportedByPrinter."""
        raise UnsupportedByPrinter(f"{self._model.title} is not told to {action}")
        yield  # a dialogue, though it asks nothing

    def _refusal(self) -> UnsupportedByPrinter:
        return UnsupportedByPrinter(f"nothing is printed on {self._model.title}: {REFUSAL}", where="printer")


def _drain() -> Dialogue[None]:
    """Read away what the printer still says to an older question."""
    for _ in range(LATE_TRIES):
        try:
            yield Listen(reply_frame, LATE)
        except TimedOut:
            return


def _asked(code: int) -> Dialogue[bytes]:
    """Ask, and return the answer's data; raises DeviceReplyUnknown unless the printer took the question."""
    message = yield Ask(command(code), reply_frame, ANSWER)
    message = message if isinstance(message, bytes) else b""
    found = parse_reply(message)
    if found is None or not found.good or found.code != code:
        raise DeviceReplyUnknown(f"to question {code:04x} it says {message[:16].hex() or 'nothing'}")
    return found.data


def _alert(kind: AlertKind, words: str, code: bytes) -> Alert:
    """Return an alert by its code, where it was told, else by its bit."""
    told = int.from_bytes(code, "big") if len(code) == 4 else None
    verbatim = words if not code else f"{words} {code.hex()}"
    return Alert(kind=kind if told is None else ALERT_OF_CODE.get(told, kind), verbatim=verbatim)
