"""One card from its documents to the device's bytes. Runs in a worker.

Laws kept here:

1. documents -> pages -> place -> separate -> colour -> overlay -> depth -> `driver.encode`: one way for printer,
   preview, file.
2. The function is pure: the same order gives the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from printserver.documents.decode import DECODERS, Decoder
from printserver.documents.format import Format
from printserver.driver.capabilities import Capabilities
from printserver.driver.contract import Driver, EncodesMagstripe, PrintableCard
from printserver.driver.loading import DriverShelf
from printserver.errors import BadProfile, UnsupportedByPrinter
from printserver.model.card import Ribbon, SidePanels
from printserver.model.printer import Identity
from printserver.model.ticket import Ticket
from printserver.raster.composite import composite
from printserver.raster.guard import check_panels, check_turned
from printserver.raster.own import check_own
from printserver.raster.pipeline import PrinterAbilities, panels_of_card
from printserver.raster.ribbon_profile import RibbonProfile, read_profile
from printserver.sandbox.looking import looked_into
from printserver.sandbox.orders import (
    ABOUT_DOCUMENTS,
    BLOCKS,
    COMPOSITES,
    INKS,
    INSPECTION,
    PANELS,
    SOURCES,
    RenderedBlock,
    RenderedPanel,
    RenderOrder,
    RenderResult,
)
from printserver.sandbox.pages import CardPages, pages_of
from printserver.sandbox.pictures import png, thumbnail
from printserver.sandbox.showing import inks, inspected, sources


def render(
    order: RenderOrder, shelf: DriverShelf, decoders: Mapping[Format, Decoder] = DECODERS
) -> RenderResult:
    """Return what an order wants of a card.

    Raises the typed errors of documents, BadTicket, PanelRefused, BadProfile, UnsupportedByPrinter, ConfigurationError,
    PluginBroken; whatever a driver raises beyond these passes through.
    """
    if order.want & ABOUT_DOCUMENTS:
        return looked_into(order, decoders)
    driver = shelf.open(order.driver, order.model, order.options)
    capabilities = driver.capabilities(Identity(family=order.driver, model=order.model))
    geometry, ticket = capabilities.geometry, order.ticket
    ribbon = ribbon_of(order, capabilities)
    profile = profile_of(order, ribbon)
    check_tracks(order, driver, capabilities)
    card_pages = pages_of(order.front, order.back, geometry, ticket, decoders, order.pages)
    sides = panels_of_pages(card_pages, ribbon, capabilities, ticket, profile)
    pages = card_pages.by_side()
    if BLOCKS in order.want and not ticket.force:  # a picture of it is shown all the same
        check_turned(pages, geometry, ticket.rotation)
        check_panels(sides)
    card = PrintableCard(sides, ribbon, geometry, ticket.tracks, order.options)
    pictures = {each.side: composite(each.panels) for each in sides} if COMPOSITES in order.want else {}
    return RenderResult(
        blocks=blocks(driver, card) if BLOCKS in order.want else (),
        composites={side: png(picture) for side, picture in pictures.items()},
        thumbnails={side: png(thumbnail(picture)) for side, picture in pictures.items()},
        panels=tuple(panel for each in sides for panel in panels(each)) if PANELS in order.want else (),
        inspection=inspected(sides, pages, ribbon, geometry, ticket) if INSPECTION in order.want else None,
        inks=tuple(ink for each in sides for ink in inks(each)) if INKS in order.want else (),
        sources=sources(pages, geometry, ticket) if SOURCES in order.want else {},
    )


def ribbon_of(order: RenderOrder, capabilities: Capabilities) -> Ribbon:
    """Return the ribbon to print with; raises UnsupportedByPrinter naming those there are."""
    if order.ribbon is None:
        return capabilities.ribbons[0]
    found = capabilities.ribbon(order.ribbon)
    if found is None:
        allowed = ", ".join(ribbon.name for ribbon in capabilities.ribbons)
        raise UnsupportedByPrinter(
            f"{capabilities.title} takes no ribbon {order.ribbon!r}", where="ribbon", allowed=allowed
        )
    return found


def profile_of(order: RenderOrder, ribbon: Ribbon) -> RibbonProfile | None:
    """Return the profile that an order brings, None = neutral; raises BadProfile, also for another ribbon's."""
    if order.profile is None:
        return None
    found = read_profile(order.profile, order.profile_file)
    if found.ribbon.lower() != ribbon.name.lower():
        raise BadProfile(
            f"the profile is made for {found.ribbon}", where=f"{order.profile_file}: ribbon", allowed=ribbon.name
        )
    return found


def check_tracks(order: RenderOrder, driver: Driver, capabilities: Capabilities) -> None:
    """Raise UnsupportedByPrinter where nothing encodes, BadTicket where a track cannot be encoded."""
    if not any(order.ticket.tracks):
        return
    if not capabilities.magnetic_tracks:
        raise UnsupportedByPrinter(f"{capabilities.title} has no magnetic encoder", where="tracks")
    if isinstance(driver, EncodesMagstripe):
        driver.check_tracks(order.ticket.tracks)


def panels_of_documents(
    front: bytes,
    back: bytes | None,
    ribbon: Ribbon,
    capabilities: PrinterAbilities,
    ticket: Ticket,
    decoders: Mapping[Format, Decoder] = DECODERS,
    profile: RibbonProfile | None = None,
) -> tuple[SidePanels, ...]:
    """Return the panels of a card's sides from the bytes of its documents: all that a worker does before encoding.

    Raises the typed errors of documents, BadTicket, UnsupportedByPrinter.
    """
    pages = pages_of(front, back, capabilities.geometry, ticket, decoders)
    return panels_of_pages(pages, ribbon, capabilities, ticket, profile)


def panels_of_pages(
    pages: CardPages, ribbon: Ribbon, capabilities: PrinterAbilities, ticket: Ticket, profile: RibbonProfile | None
) -> tuple[SidePanels, ...]:
    """Return the panels of a card's pages."""
    check_own(pages.own, pages.pictured, ribbon, ticket)
    return panels_of_card(pages.front, pages.back, ribbon, capabilities, ticket, profile, pages.own)


def blocks(driver: Driver, card: PrintableCard) -> tuple[RenderedBlock, ...]:
    """Return the device's bytes."""
    return tuple(RenderedBlock(block.name, block.data, block.feeds) for block in driver.encode(card))


def panels(side: SidePanels) -> tuple[RenderedPanel, ...]:
    """Return the panels of a side as they travel."""
    return tuple(
        RenderedPanel(
            side=side.side, panel=panel.name, width=panel.plane.shape[1], height=panel.plane.shape[0],
            levels=panel.levels, data=panel.plane.tobytes(),
        )
        for panel in side.panels
    )
