"""The driver of what can only be reached by its vendor's own software: a CUPS queue, or a command.

Laws kept here:

1. It is off until somebody names the queue (option `queue`), or a command of the configuration file (`exec:NAME`).
2. No card is ever sure: a queue and a command know that bytes were handed on, and nothing of the card.
3. A command is run once a card and never again on doubt. How it ended decides between a check and a doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from printserver.dialogue import (
    CloseWrite,
    Dialogue,
    DialogueFault,
    Framed,
    LinkLost,
    Listen,
    Mark,
    Point,
    Reopen,
    Send,
    line,
)
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
from printserver.driver.ipp_device.card import Manner, print_job, reconcile_job
from printserver.driver.ipp_device.talk import IppTalk, Place
from printserver.driver.pictures import LEVELS, RIBBONS, check_card, picture_of
from printserver.errors import UnsupportedByPrinter
from printserver.model.alert import Alert
from printserver.model.card import Side
from printserver.model.job import Reason
from printserver.model.printer import Identity, PrinterStatus
from printserver_spool.info import FAMILY, GEOMETRY, variant
from printserver_spool.options import chosen
from printserver_spool.pdf import FORMAT, write_pdf

# Seconds: for taking bytes, and for a command to end; the link's own deadline is the same.
STALL, RUN = 60.0, 300.0
PAGE = b"/Type /Page "
EXEC, WELL = "exec", "exit 0"


class SpoolDriver:
    """One CUPS queue or command; see `printserver.driver.Driver`."""

    def __init__(self, model: str, options: Mapping[str, str]) -> None:
        """Take `cups` or `command`; raises ConfigurationError for another, and where no queue is named."""
        self._variant = variant(model)
        said = chosen(options, queued=self._variant.queued)
        self._place = Place(f"/printers/{said.get('queue', '')}", said["host"])

    def capabilities(self, identity: Identity) -> Capabilities:
        """Return what is known: a picture's size and kind, and that nothing confirms a card."""
        return Capabilities(
            title=self._variant.model.title, geometry=GEOMETRY, ribbons=RIBBONS, levels=dict(LEVELS),
            confirms=Confirms.TRANSFER, duplex=self._variant.duplex, blocks_visible=self._variant.queued,
        )

    def encode(self, card: PrintableCard) -> Iterable[Block]:
        """Return the card as one PDF of its size, a page a side; raises UnsupportedByPrinter."""
        check_card(card, GEOMETRY, duplex=self._variant.duplex)
        return [Block("pdf", write_pdf([picture_of(side) for side in card.sides], GEOMETRY.dpi), feeds=True)]

    def identify(self, link: LinkInfo) -> Dialogue[Identity]:
        """Ask a queue for its make and model; a command says nothing of itself and is not run."""
        if not self._variant.queued:
            yield from ()
            return Identity(family=FAMILY, model=self._variant.model.name)
        said = yield from IppTalk(self._place).printer()
        return Identity(family=FAMILY, model=said.text("printer-make-and-model") or self._variant.model.name)

    def status(self, link: LinkInfo) -> Dialogue[PrinterStatus]:
        """Ask a queue how it is; of a command nothing is known before it runs."""
        if not self._variant.queued:
            yield from ()
            return PrinterStatus(ready=True)
        return (yield from IppTalk(self._place).printer()).status

    def print_card(self, card: PrintableCard | None, blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
        """Hand the card on; the outcome is never sure."""
        if not self._variant.queued:
            return (yield from _run(blocks, link))
        two_sided = b"".join(block.data for block in blocks).count(PAGE) == len(Side)
        return (yield from print_job(IppTalk(self._place), Manner(FORMAT, sure=False, two_sided=two_sided), blocks))

    def reconcile(self, evidence: Evidence, link: LinkInfo) -> Dialogue[Outcome]:
        """Ask the queue for the job of the evidence; a command that has run cannot be asked."""
        if not self._variant.queued:
            yield from ()
            return Unknown(Reason("no-evidence", "a command cannot be asked about a card"))
        return (yield from reconcile_job(IppTalk(self._place), Manner(FORMAT, sure=False), evidence))

    def recover(self, alert: Alert, link: LinkInfo) -> Dialogue[None]:
        """Do nothing: a queue is started again by who administers it."""
        yield from ()

    def maintain(self, action: MaintenanceAction, link: LinkInfo) -> Dialogue[None]:
        """Refuse: neither is told to do anything but to print. Raises UnsupportedByPrinter."""
        yield from ()
        raise UnsupportedByPrinter(f"{self._variant.model.title} cannot be told to {action}", where="maintain")


def to_end(data: bytes, ended: bool) -> Framed | None:
    """Frame all that a command has said, once it has ended."""
    return Framed(data, len(data)) if ended and data else None


def _run(blocks: Sequence[Block], link: LinkInfo) -> Dialogue[Outcome]:
    """Run the command with the card on its input; see the module's laws.

    An emulated one knows the end of a PDF by itself, and ends with its line.
    """
    real = link.kind == EXEC
    yield Reopen()
    yield Mark(Point.COMMITTED, {"run": "begun"})
    try:
        yield from _fed(blocks, close=real)
        message = yield Listen(to_end if real else line(), RUN)
    except DialogueFault as fault:
        return Unknown(Reason(fault.code, fault.sentence()))
    return judged(message if isinstance(message, bytes) else b"")


def _fed(blocks: Sequence[Block], *, close: bool) -> Dialogue[None]:
    """Send all; a command that ended before it has read all still says how."""
    try:
        for block in blocks:
            yield Send(block.data, STALL)
        if close:
            yield CloseWrite()
    except LinkLost:
        return


def judged(message: bytes) -> Outcome:
    """Return what a command's last line means: 0 = it has taken the card, which a person looks at; else doubt."""
    lines = message.decode("utf-8", "replace").rstrip("\n").rpartition("\n")
    words = lines[2].strip()
    if words == WELL or words.startswith(WELL + " "):
        return Done(sure=False)
    return Unknown(Reason("command-failed", words[:200] or "it said nothing of its end"))
