"""What a ticket wants of black resin and of the colour below it, and where its wishes contradict each other.

Laws kept here:

1. A wish that can have no effect whatever the ribbon is refused by name: who says it expects something of it.
2. Without a wish for it nothing of the colour stays below black, but in mode `composite` all does.
"""

from __future__ import annotations

from printserver.errors import BadTicket
from printserver.model.ticket import KMode, Ticket

WHOLE = 100  # per cent
WITH_BLACK = ", ".join(mode.value for mode in KMode if mode is not KMode.NONE)


def removed_below(ticket: Ticket) -> int:
    """Return how much of the colour below black is removed, in per cent."""
    usual = 0 if ticket.k_mode is KMode.COMPOSITE else WHOLE
    return usual if ticket.ucr is None else ticket.ucr


def check_black(ticket: Ticket) -> None:
    """Raise BadTicket for wishes about black where none is made, and for a choke of colour that is not there."""
    if ticket.k_mode is KMode.NONE:
        for key, wished in wishes(ticket).items():
            if wished:
                found = "has no effect: with k-mode none nothing goes to black"
                raise BadTicket(found, where=key, allowed=f"with k-mode {WITH_BLACK}")
    elif ticket.k_choke and removed_below(ticket) == WHOLE:
        allowed = "with ucr below 100, or with k-mode composite"
        raise BadTicket("has no effect: no colour stays below black", where="k-choke", allowed=allowed)


def wishes(ticket: Ticket) -> dict[str, bool]:
    """Tell which keys wish something of black, or of the colour below it."""
    return {"ucr": ticket.ucr is not None, "gcr": ticket.gcr > 0, "k-choke": ticket.k_choke > 0}

