"""The Fargo driver: capabilities, bytes, and the conversations round one card.

Laws kept here:

1. The printer has no word for a card that is out: no card is ever sure, and nothing is found out after a crash.
2. After COMMITTED every fault of the link ends in doubt, never in another card.
3. What is not known of the language (tracks, a test card, clearing an error) is refused or left alone, never tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from printserver.dialogue import Dialogue, DialogueFault, Mark, Point, Send
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
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus
from printserver_fargo import job
from printserver_fargo.conversation import STALL, Conversation, Health
from printserver_fargo.info import FAMILY, info, variant
from printserver_fargo.layout import levels_of
from printserver_fargo.options import OPTIONS, chosen
from printserver_fargo.ribbons import PANEL_IDS, film
from printserver_fargo.sections import CALIBRATE_RIBBON, CLEAN, order

# As in the vendor's files CleanPrinter and CalibrateRibbon.
ORDERS = {
    MaintenanceAction.CLEAN: order(CLEAN, 8),
    MaintenanceAction.CALIBRATE: order(CALIBRATE_RIBBON),
}
NOT_TOLD = Alert(
    kind=AlertKind.OTHER, severity=Severity.REPORT, verbatim="by this link the printer does not tell how it is"
)
HALF_JOB = "half-job"



class FargoDriver:
    """One Fargo printer; see `printserver.driver.Driver`."""

    def __init__(self, model: str, options: Mapping[str, str]) -> None:
        """Take a model such as `dtc4500e+duo`; raises ConfigurationError for an unknown model or option."""
        self._variant = variant(model)
        self._options = chosen(options)

    def capabilities(self, identity: Identity) -> Capabilities:
        """Return the configured model's abilities; the device's own words do not change them."""
        model = self._variant.model
        return Capabilities(
            title=model.title,
            geometry=job.GEOMETRY,
            ribbons=tuple(film(name).ribbon for name in model.ribbons),
            levels={name: levels_of(name) for name in PANEL_IDS},
            confirms=Confirms.TRANSFER,
            duplex=self._variant.duplex,
            # Behind the last byte it is asked until it is well, once; what befalls the card after that is never told.
            blocks_visible=False,
            pages_per_minute=int(str(model.facts["pages_per_minute"])),
            options=dict(OPTIONS),
            maintenance=info().maintenance,
        )

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        """Return the blocks of one card; options of the card go before those of the printer."""
        return job.encode(card, self._variant, chosen(self._options | card.options))

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        """Ask how it is, where the link can: no question for its name is known. Raises DeviceReplyUnknown."""
        _heard((yield from Conversation(link).health()))
        return Identity(family=FAMILY, model=self._variant.model.name, serial=link.serial)

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        """Ask how it is; a link that cannot ask is told of, and holds no card up."""
        health = yield from Conversation(link).health()
        return PrinterStatus(ready=health.well, alerts=health.alerts if health.told else (NOT_TOLD,))

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        """Send one card; when all has gone and the printer is well, it awaits a check by a person."""
        talk = Conversation(link)
        yield from talk.until_well()
        yield Mark(Point.COMMITTED)
        whole = False
        try:
            for block in blocks:
                yield from talk.send(block)
            whole = True
            return (yield from talk.outcome())
        except DialogueFault as fault:
            # The printer still waits for the rest, and would take the next card's data for it.
            return Unknown(Reason(fault.code if whole else HALF_JOB, fault.sentence()))

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        """Find out nothing: the printer has no counter and no word for a card."""
        yield from ()
        return Unknown(Reason("no-evidence", "this printer cannot tell what became of a card"))

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        """Do nothing: no order that clears an error is known; a person does so at the printer."""
        yield from ()

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        """Order to clean, or to calibrate the ribbon; raises UnsupportedByPrinter for a test card.

        Ends with DeviceReplyUnknown in any case: the printer never tells that it has ended, so a person has to say so.
        """
        if action not in ORDERS:
            raise UnsupportedByPrinter(
                f"no order is known by which {self._variant.model.title} prints a test card of its own",
                where=str(action), allowed=", ".join(ORDERS),
            )  # fmt: skip
        talk = Conversation(link)
        yield from talk.until_well()
        yield Send(ORDERS[action], STALL)
        _heard((yield from talk.health()))
        raise DeviceReplyUnknown("this printer does not tell when it has ended: watch it, and say when it has")


def _heard(health: Health) -> None:
    """Raise DeviceReplyUnknown when what the printer said was no answer."""
    if health.strange:
        raise DeviceReplyUnknown(f"asked how it is, it says {health.alerts[0].verbatim!r}")
