"""Printer attributes ready to be sent: what stands is built and encoded once, not with every request.

Laws kept here:

1. A sheet is good as long as the configurations and abilities that it was made of are still the same.
2. Strangers choose the name by which they come, so the number of sheets is limited.
"""

from __future__ import annotations

from dataclasses import dataclass

from printserver.ipp import Attribute, Message, Status, build, encode
from printserver.listeners.ipp.addresses import Addresses
from printserver.listeners.ipp.printer_attributes import ServerView, standing_attributes
from printserver.queue.views import QueueView

MOST_SHEETS = 64
_ATTRIBUTES = slice(9, -1)  # behind header (8 bytes) and group tag, before end-of-attributes: RFC 8010 section 3.1


@dataclass(frozen=True, slots=True)
class Sheet:
    """Encoded attributes by name, in their order, and what they were made of."""

    basis: object
    pieces: dict[str, bytes]

    def of(self, names: frozenset[str]) -> bytes:
        """Return the bytes of the attributes of these names."""
        return b"".join(piece for name, piece in self.pieces.items() if name in names)


class Sheets:
    """Keeps a sheet for each queue and each name of the server."""

    def __init__(self, server: ServerView) -> None:
        """Make sheets of what is the same for every queue, and of the queues."""
        self._server = server
        self._kept: dict[tuple[str, Addresses], Sheet] = {}

    def of(self, queue: QueueView, addresses: Addresses) -> Sheet:
        """Return a queue's sheet, made anew when something of it has changed."""
        basis = (queue.config, queue.default, [(each.config, each.capabilities) for each in queue.printers])
        key = (queue.config.name, addresses)
        sheet = self._kept.get(key)
        if sheet is None or sheet.basis != basis:
            sheet = Sheet(basis, self._pieces(queue, addresses))
            self._keep(key, sheet)
        return sheet

    def count(self) -> int:
        """Return how many sheets are kept."""
        return len(self._kept)

    def _pieces(self, queue: QueueView, addresses: Addresses) -> dict[str, bytes]:
        attributes = standing_attributes(queue, addresses, self._server)
        return {attribute.name: encoded(attribute) for attribute in attributes}

    def _keep(self, key: tuple[str, Addresses], sheet: Sheet) -> None:
        if len(self._kept) >= MOST_SHEETS:
            self._kept.clear()
        self._kept[key] = sheet


def encoded(attribute: Attribute) -> bytes:
    """Return an attribute's bytes as they stand in a group."""
    return encode(Message((2, 0), Status.OK, 1, (build.printer_group(attribute),)))[_ATTRIBUTES]
