"""What CUPS's own programs ask of a server: its default printer, its printers, its classes.

Laws kept here:

1. Each queue is a printer under its name, at /printers/NAME, where those programs send their jobs. There are no
   classes.
2. What is declared at a queue's own address is told here in the same words; added is what CUPS alone asks for.

Source: CUPS's description of its implementation of IPP (CUPS-Get-Default, CUPS-Get-Printers, CUPS-Get-Classes).
"""

from __future__ import annotations

from printserver.errors import UnknownQueue
from printserver.ipp import Attribute, Group, GroupTag, Operation, Status, build
from printserver.listeners.ipp.asked import Answer, Asked
from printserver.listeners.ipp.desk import CUPS_STARTED, Desk, answered
from printserver.listeners.ipp.job_operations import DeskHandler
from printserver.listeners.ipp.printer_attributes import live_attributes, standing_attributes
from printserver.listeners.ipp.selection import requested, select
from printserver.queue.views import QueueView

# printer-type: bits as CUPS numbers them.
BLACK, COLOUR, DUPLEX, COPIES = 0x4, 0x8, 0x10, 0x40


async def get_default(desk: Desk, asked: Asked) -> Answer:
    """CUPS-Get-Default."""
    await desk.service.caught_up()
    return answered(asked, Status.OK, _group(desk, asked, desk.service.queue(None)))


async def get_printers(desk: Desk, asked: Asked) -> Answer:
    """CUPS-Get-Printers: `printer-type` with its mask, `first-printer-name` and `limit` narrow it."""
    await desk.service.caught_up()
    wanted, mask = asked.number("printer-type", 0), asked.number("printer-type-mask", 0)
    queues = sorted(desk.service.queues(), key=lambda queue: queue.config.name)
    first = asked.text("first-printer-name")
    found = [
        queue for queue in queues
        if queue.config.name >= first and (printer_type(queue) & mask) == (wanted & mask)
    ]  # fmt: skip
    found = found[: asked.number("limit", len(found) or 1)]
    if not found:
        raise UnknownQueue("there is no such printer")
    return answered(asked, Status.OK, *(_group(desk, asked, queue) for queue in found))


async def get_classes(desk: Desk, asked: Asked) -> Answer:
    """CUPS-Get-Classes: there are none; a queue with several printers is one printer to its clients."""
    return answered(asked, Status.OK)


def printer_type(queue: QueueView) -> int:
    """Return CUPS's printer-type of a queue."""
    abilities = queue.capabilities
    if abilities is None:
        return BLACK
    coloured = any(ribbon.has_colour for ribbon in abilities.ribbons)
    return BLACK | COPIES | (COLOUR if coloured else 0) | (DUPLEX if abilities.duplex else 0)


def _group(desk: Desk, asked: Asked, queue: QueueView) -> Group:
    names = requested(asked.request.message)
    return Group(GroupTag.PRINTER, select(_attributes(desk, asked, queue), names))


def _attributes(desk: Desk, asked: Asked, queue: QueueView) -> list[Attribute]:
    standing = standing_attributes(queue, asked.addresses, desk.server)
    live = live_attributes(queue, CUPS_STARTED, desk.service.clock(), desk.server.uuid)
    own = [
        build.enum("printer-type", printer_type(queue)),
        build.boolean("printer-is-shared", False),
        build.uri("device-uri", asked.addresses.queue(queue.config.name)),
        build.uri("printer-uri-supported", asked.addresses.queue(queue.config.name)),
    ]
    names = {attribute.name for attribute in own}
    return [*(each for each in (*standing, *live) if each.name not in names), *own]


CUPS_OPERATIONS: dict[Operation, DeskHandler] = {
    Operation.CUPS_GET_DEFAULT: get_default,
    Operation.CUPS_GET_PRINTERS: get_printers,
    Operation.CUPS_GET_CLASSES: get_classes,
}
