"""Is this job possible at all? Asked once, at the door, of the queue's own printers.

Laws kept here:

1. What no printer of the queue can do is refused here, with the option's name and what is allowed; never later,
   when a card is at stake. Where several printers lack different things, each is named with what it lacks.
2. A document is known by its first bytes; the declared type may only agree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from printserver.documents.format import Format
from printserver.documents.sniff import CARDJOB, FORMATS, check_declared
from printserver.driver import Capabilities, Driver, EncodesMagstripe
from printserver.errors import BadCardjob, BadTicket, PrintServerError, UnsupportedByPrinter
from printserver.model.area import check_places
from printserver.model.black import check_black
from printserver.model.card import PanelName, Ribbon, Side
from printserver.model.printer import PrinterConfig, QueueConfig
from printserver.model.ticket import TRACK_COUNT, Sides, Ticket
from printserver.queue.views import IncomingDocument
from printserver.raster.own import check_own
from printserver.raster.spot import check_colour_keys

MAX_DOCUMENTS = 200


class Candidate:
    """One printer of the queue with what it can do.

    `ribbons` and `stocks` are those that count as loaded, the first ribbon is that of a job which asks for none.
    """

    def __init__(self, config: PrinterConfig, driver: Driver, capabilities: Capabilities,
                 ribbons: Sequence[str] = (), stocks: Sequence[str] = ()) -> None:
        """Keep them together; without ribbons or stocks those of the configuration count."""
        self.config = config
        self.driver = driver
        self.capabilities = capabilities
        self.ribbons = tuple(ribbons) or (config.ribbon,)
        self.stocks = tuple(stocks) or (config.stock,)

    def ribbon_for(self, ticket: Ticket) -> Ribbon:
        """Return the ribbon the job is made for; raises BadTicket or UnsupportedByPrinter naming the choices."""
        name = ticket.ribbon or self.ribbons[0]
        ribbon = self.capabilities.ribbon(name)
        if ribbon is None:
            allowed = ", ".join(each.name for each in self.capabilities.ribbons)
            raise BadTicket(f"there is no ribbon {name!r} for this printer", where="ribbon", allowed=allowed)
        if ribbon.name.lower() not in {each.lower() for each in self.ribbons}:
            loaded = ", ".join(self.ribbons)
            complaint = f"printer {self.config.name} has ribbon {loaded}"
            raise UnsupportedByPrinter(complaint, where="ribbon", allowed=loaded)
        return ribbon


def formats_of(documents: Sequence[IncomingDocument], formats: tuple[Format, ...] = FORMATS) -> list[str]:
    """Return each document's media type, out of `formats`.

    Raises BadTicket, BadCardjob, DocumentEmpty, DocumentFormatUnsupported, DocumentBroken, DocumentTooLarge; of several
    documents they name the one.
    """
    check_count(len(documents))
    names = [name_of(number) if len(documents) > 1 else "" for number in range(1, len(documents) + 1)]
    kinds = [format_of(document, formats, name) for document, name in zip(documents, names, strict=True)]
    check_alone(kinds)
    return kinds


def name_of(number: int) -> str:
    """Return what a document of a job of several is called: the first two may be the sides of its one card."""
    return tuple(Side)[number - 1] if number <= len(Side) else f"document {number}"


def check_count(documents: int) -> None:
    """Raise BadTicket for more documents than a job may have."""
    if documents > MAX_DOCUMENTS:
        raise BadTicket(f"the job has {documents} documents", where="documents", allowed=f"1 to {MAX_DOCUMENTS}")


def check_alone(kinds: Sequence[str]) -> None:
    """Raise BadCardjob where a card job is one of several documents."""
    if len(kinds) > 1 and CARDJOB.mime in kinds:
        raise BadCardjob("a card job is a whole job", where=name_of(kinds.index(CARDJOB.mime) + 1),
                         allowed="a card job alone, its back within it")  # fmt: skip


def early_sides(ticket: Ticket, documents: int) -> int:
    """Return how many sides of a card so many documents fill at least, whatever pages they have."""
    return 1 if ticket.pages or ticket.sides is Sides.ONE else max(1, min(documents, 2))


def format_of(document: IncomingDocument, formats: tuple[Format, ...], side: str = "") -> str:
    """Return a document's media type; raises what `formats_of` raises, naming `side` where one is given."""
    try:
        return check_declared(document.data, document.declared, formats=formats).mime
    except PrintServerError as error:
        raise type(error)(error.message, where=side, allowed=error.allowed) from error


class Drawn(NamedTuple):
    """What a card job draws itself: panels by side, and the sides that have a picture."""

    panels: Mapping[Side, Collection[PanelName]]
    pictured: Collection[Side]


NOTHING_DRAWN = Drawn({}, tuple(Side))


def check_ticket(
    ticket: Ticket, sides: int, candidates: Sequence[Candidate], drawn: Drawn = NOTHING_DRAWN
) -> None:
    """Raise what the candidates lack when none of them can do the job."""
    check_places(ticket)
    check_black(ticket)
    complaints = dict[str, BadTicket | UnsupportedByPrinter]()
    for each in candidates:
        found = complaint(ticket, sides, each, drawn)
        if found is None:
            return  # one that can is enough, and in a large pool the first can mostly
        complaints[each.config.name] = found
    if complaints:
        raise _of_all(complaints)


def check_kept(ticket: Ticket, queue: QueueConfig) -> None:
    """Raise BadTicket where documents are asked to be kept longer than their queue keeps any.

    Not of a job that is printed again: what was allowed once is shortened by the store.
    """
    if ticket.retention is not None and ticket.retention > queue.retention and ticket.reprint_of is None:
        raise BadTicket(
            f"queue {queue.name} keeps documents for {queue.retention} days at most", where="retention",
            allowed=f"0 to {queue.retention}",
        )


def _of_all(complaints: Mapping[str, BadTicket | UnsupportedByPrinter]) -> BadTicket | UnsupportedByPrinter:
    """Return one complaint for all: which printer lacks what, and what would do for any of them."""
    first, *others = complaints.values()
    if all(each.sentence() == first.sentence() for each in others):
        return first
    lacking: dict[str, list[str]] = {}
    for name, each in complaints.items():
        lacking.setdefault(each.message, []).append(name)
    message = "; ".join(f"{', '.join(names)}: {lack}" for lack, names in lacking.items())
    keys = list(dict.fromkeys(each.where for each in complaints.values()))
    allowed = list(dict.fromkeys(each.allowed for each in complaints.values() if each.allowed))
    return type(first)(f"no printer can do it: {message}", where=", ".join(keys), allowed=", ".join(allowed))


def complaint(
    ticket: Ticket, sides: int, candidate: Candidate, drawn: Drawn = NOTHING_DRAWN
) -> BadTicket | UnsupportedByPrinter | None:
    """Return why a printer cannot do a job whose cards have so many sides, None when it can."""
    try:
        _check_prints(candidate)
        ribbon = candidate.ribbon_for(ticket)
        _check_sides(ticket, sides, ribbon, candidate)
        _check_tracks(ticket, candidate)
        _check_stock(ticket, candidate)
        check_colour_keys(ribbon, ticket)
        check_own(drawn.panels, drawn.pictured, ribbon, ticket)
    except (BadTicket, UnsupportedByPrinter) as error:
        return error
    return None


def _check_prints(candidate: Candidate) -> None:
    if candidate.capabilities.refuses:
        raise UnsupportedByPrinter(
            f"nothing is printed on {candidate.config.name}: {candidate.capabilities.refuses}", where="printer"
        )


def _check_sides(ticket: Ticket, sides: int, ribbon: Ribbon, candidate: Candidate) -> None:
    if sides < 2 or ticket.sides is Sides.ONE:
        return
    if not candidate.capabilities.duplex:
        raise UnsupportedByPrinter(
            f"printer {candidate.config.name} prints one side only", where="sides", allowed=Sides.ONE
        )
    if not ribbon.panels(Side.BACK):
        raise UnsupportedByPrinter(
            f"ribbon {ribbon.name} has no panels for the back", where="sides", allowed=Sides.ONE
        )


def _check_tracks(ticket: Ticket, candidate: Candidate) -> None:
    wanted = [track for track in ticket.tracks if track]
    if len(ticket.tracks) > TRACK_COUNT:
        raise BadTicket(f"{len(ticket.tracks)} tracks were given", where="tracks", allowed="1 to 3 tracks")
    if not wanted:
        return
    if not candidate.capabilities.magnetic_tracks:
        raise UnsupportedByPrinter(
            f"printer {candidate.config.name} has no magnetic encoder", where="tracks", allowed="no tracks"
        )
    if isinstance(candidate.driver, EncodesMagstripe):
        candidate.driver.check_tracks(ticket.tracks)


def _check_stock(ticket: Ticket, candidate: Candidate) -> None:
    stock = ", ".join(candidate.stocks)
    if ticket.stock and ticket.stock.lower() not in {each.lower() for each in candidate.stocks}:
        raise UnsupportedByPrinter(f"printer {candidate.config.name} holds {stock}", where="stock", allowed=stock)
