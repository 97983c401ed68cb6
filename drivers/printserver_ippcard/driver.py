"""The driver of card printers that speak IPP: capabilities, bytes, and the conversations round one card.

Laws kept here:

1. COMMITTED carries the number of an empty job of the printer's; the document goes after it.
2. "Completed" is the device's own word for a card in its output; everything less is doubt.
3. Nothing is ever sent that changes the printer itself: no attribute is set, no firmware, no file.
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
)
from printserver.driver.ipp_device.card import Manner, print_job, reconcile_job
from printserver.driver.ipp_device.talk import IppTalk, Place
from printserver.driver.pictures import LEVELS, RIBBONS
from printserver.errors import UnsupportedByPrinter
from printserver.model.alert import Alert
from printserver.model.printer import Identity, PrinterStatus
from printserver_ippcard import job
from printserver_ippcard.info import FAMILY, GEOMETRY, variant
from printserver_ippcard.options import OPTIONS, chosen


class IppCardDriver:
    """One IPP card printer; see `printserver.driver.Driver`."""

    def __init__(self, model: str, options: Mapping[str, str]) -> None:
        """Take a model such as `card+duo`; raises ConfigurationError for an unknown model or option."""
        self._variant = variant(model)
        self._options = chosen(options)
        self._place = Place(self._options["path"], self._options["host"])

    def capabilities(self, identity: Identity) -> Capabilities:
        """Return the configured model's abilities; what the printer lacks it says before a card is committed."""
        return Capabilities(
            title=self._variant.model.title, geometry=GEOMETRY, ribbons=RIBBONS, levels=dict(LEVELS),
            confirms=Confirms.JOB_ID, duplex=self._variant.duplex, options=dict(OPTIONS),
        )

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        """Return the card as PWG raster; options of the card go before those of the printer."""
        turn = card.options.get("turn", self._options["turn"])
        return job.encode(card, self._variant, chosen({"turn": turn})["turn"])

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        """Ask the model's name, the uuid in place of a serial number, and the firmware; raises DeviceReplyUnknown."""
        said = yield from IppTalk(self._place).printer()
        serial = said.text("printer-uuid").removeprefix("urn:uuid:") or link.serial
        return Identity(
            family=FAMILY, model=said.text("printer-make-and-model") or self._variant.model.name, serial=serial,
            firmware=said.text("printer-firmware-string-version"),
        )

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        """Ask state, reasons and supplies."""
        return (yield from IppTalk(self._place).printer()).status

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        """Make a job, fill it, and ask until the printer says what became of it."""
        manner = Manner(job.FORMAT, sure=True, two_sided=job.is_two_sided(blocks))
        return (yield from print_job(IppTalk(self._place), manner, blocks))

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        """Ask the printer for the job of the evidence."""
        return (yield from reconcile_job(IppTalk(self._place), Manner(job.FORMAT, sure=True), evidence))

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        """Do nothing: IPP has no word that clears a fault, and the printer goes on by itself."""
        yield from IppTalk(self._place).printer()

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        """Refuse: IPP has no such operation. Raises UnsupportedByPrinter."""
        yield from ()
        raise UnsupportedByPrinter(f"IPP has no operation to {action}", where="maintain")
