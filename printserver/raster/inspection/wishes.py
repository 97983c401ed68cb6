"""What can be told from ticket and ribbon alone: that wishes about black have no black to act on."""

from __future__ import annotations

from printserver.model.black import wishes
from printserver.model.card import PanelName, Ribbon, Side
from printserver.model.inspection import PanelWarning, WarningCode
from printserver.model.ticket import Ticket


def inspect_wishes(side: Side, ribbon: Ribbon, ticket: Ticket) -> tuple[PanelWarning, ...]:
    """Return a warning where ucr, gcr or k-choke is wished for a side that has no black beside colour."""
    panels = ribbon.panels(side)
    beside = PanelName.K in panels and any(panel.is_dye for panel in panels)
    if beside or not any(wishes(ticket).values()):
        return ()
    return (PanelWarning(code=WarningCode.NO_BLACK, side=side),)
