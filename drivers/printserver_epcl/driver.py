"""The EPCL driver: capabilities, bytes, and the conversations round one card.

Laws kept here:

1. No counter and no job id of these printers is known: a card is never sure, and a person looks at each.
2. After COMMITTED every fault of the link and every refusal ends in doubt, never in another card.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from printserver.dialogue import Dialogue
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
from printserver.errors import DeviceReplyUnknown, UnsupportedByPrinter
from printserver.model.alert import Alert, AlertKind, Severity
from printserver.model.card import PanelName
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus
from printserver_epcl import job, magnetic
from printserver_epcl.codec import Accepted, Refused, Told
from printserver_epcl.conversation import NAMES_ITSELF, Conversation, words_of
from printserver_epcl.image import COLOURS
from printserver_epcl.info import FAMILY, info, variant
from printserver_epcl.options import COLOUR_LEVELS, OPTIONS, chosen
from printserver_epcl.ribbons import by_name

# A device that does not answer has nothing to be cleared.
# 980081-001 Rev F, contents: these clear the buffers of black, colour and varnish.
FORGET = ("F", "$F", "vF")
UNREACHED = frozenset({AlertKind.SILENT, AlertKind.OFFLINE})


class EpclDriver:
    """One EPCL printer; see `printserver.driver.Driver`."""

    def __init__(self, model: str, options: Mapping[str, str]) -> None:
        """Take a model such as `p310+mag`; raises ConfigurationError for an unknown model or option."""
        self._variant = variant(model)
        self._options = chosen(options)

    def capabilities(self, identity: Identity) -> Capabilities:
        """Return the configured model's abilities; the device's own words do not change them."""
        model = self._variant.model
        dye = dict.fromkeys(COLOURS, COLOUR_LEVELS[self._options["image-data"]])
        return Capabilities(
            title=model.title,
            geometry=job.geometry_of(self._variant),
            ribbons=tuple(by_name(name) for name in model.ribbons),
            levels=dye | {PanelName.K: 2, PanelName.O: 2},
            confirms=Confirms.TRANSFER,
            magnetic_tracks=3 if self._variant.mag else 0,
            blocks_visible=self._options["answers"] == "ack",
            options=dict(OPTIONS),
        )

    def check_tracks(self, tracks: Sequence[str]) -> None:
        """Raise BadTicket or UnsupportedByPrinter when tracks cannot be encoded here."""
        if any(tracks) and not self._variant.mag:
            raise UnsupportedByPrinter("this printer has no magnetic encoder", where="tracks")
        magnetic.check_tracks(tracks)

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        """Return the blocks of one card; options of the card go before those of the printer."""
        return job.encode(card, self._variant, chosen(self._options | card.options))

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        """Ask model and firmware; a printer that never answers is who it was set up as. Raises DeviceReplyUnknown."""
        talk = self._talk(link)
        if not talk.answers:
            return Identity(family=FAMILY, model=self._variant.model.name, serial=link.serial)
        yield from talk.drain()
        match (yield from talk.name()):
            case Told(text, True) if NAMES_ITSELF.search(text):
                return Identity(family=FAMILY, model=_known_model(text), serial=link.serial, firmware=text)
            case Refused(code):
                raise DeviceReplyUnknown(f"asked who it is, it says {words_of(code)}")
            case Told(text):
                raise DeviceReplyUnknown(f"asked who it is, it says {text!r}")
            case Accepted():
                raise DeviceReplyUnknown("asked who it is, it says nothing")

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        """Ask how it is; these printers tell of no supplies and no counters."""
        talk = self._talk(link)
        yield from talk.drain()
        return (yield from talk.health())

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        """Send one card, as far as the printer accepts it."""
        talk = self._talk(link)
        yield from talk.drain()
        yield from talk.until_well()
        return (yield from talk.card(blocks))

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        """Say that nothing is known: there is nothing to ask."""
        return Unknown(Reason("no-evidence", "these printers keep no count that could be asked for"))
        yield  # a dialogue, though it asks nothing

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        """Empty the image memories, and only then clear the error: a printer that goes on then prints nothing.

        Nothing is sent where that cannot be known: to a printer that does not answer, and to one with an encoder, which
        might write a stripe again. There a person clears the error at the printer. Raises CommandRefused.
        """
        talk = self._talk(link)
        reached = alert.severity is Severity.ERROR and alert.kind not in UNREACHED
        if not reached or not talk.answers or self._variant.mag:
            return
        yield from talk.drain()
        for forget in (*FORGET, "."):
            yield from talk.order(forget)

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        """Refuse: no source tells how to clean or to calibrate, nor when a test card is out."""
        raise UnsupportedByPrinter(f"{self._variant.model.title} is not told to {action}", where="maintain")
        yield  # a dialogue, though it asks nothing

    def _talk(self, link: LinkInfo) -> Conversation:
        return Conversation(self._options, link)


def _known_model(words: str) -> str:
    """Return the family's name of a model, else the device's own words."""
    joined = words.lower().replace(" ", "")
    longest_first = sorted((model.name for model in info().model), key=len, reverse=True)
    return next((name for name in longest_first if name in joined), words)
