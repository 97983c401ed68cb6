"""Bringing a card to a chip station and back.

Laws kept here:

1. A card at a station is a fed card: COMMITTED, with the counter, comes before the command that brings it there.
2. It counts as being there when the printer says that it is well after the command. After a jam nobody knows whether
   the card is still in the printer, so a jam is never "there", even when the printer is well again.
3. No command brings it back: no source tells one that could not feed a second card. The printing sequence takes the
   card from where it is, as it does after a stripe was written.

`Sis` and `Sic`: A5013 Rev E, sequence commands. The reader at the station is not the printer's (chip.md, section 5).
"""

from __future__ import annotations

from printserver.dialogue import Dialogue, Mark, Point
from printserver.driver.emulator import CardLost
from printserver.errors import UnsupportedByPrinter
from printserver_evolis.codec import REFUSALS
from printserver_evolis.conversation import CARDS, JAM, Conversation
from printserver_evolis.info import Variant

CONTACT, CONTACTLESS = "contact", "contactless"
STATION = "station"
COMMAND_OF = {CONTACT: "Sis", CONTACTLESS: "Sic"}


def check_station(variant: Variant, station: str) -> None:
    """Raise UnsupportedByPrinter unless a model has a station."""
    there = [name for name, has in ((CONTACT, variant.chip), (CONTACTLESS, variant.contactless)) if has]
    if station not in there:
        raise UnsupportedByPrinter(
            f"no chip station {station!r}", where=variant.model.name, allowed=", ".join(there) or "none"
        )


def bring(talk: Conversation, station: str) -> Dialogue[None]:
    """Feed a card, or bring the fed card, to a station, and wait until it is there.

    Raises CardLost after a jam, UnsupportedByPrinter when the printer refuses the command.
    """
    yield from talk.acknowledge_commands()
    before = yield from talk.until_well()
    yield Mark(Point.COMMITTED, {CARDS: str(before)})
    talk.heard.clear()
    yield from talk.order(COMMAND_OF[station])
    yield from talk.settle_down(stop=REFUSALS)
    if talk.heard & REFUSALS:
        raise UnsupportedByPrinter(f"the printer refuses {COMMAND_OF[station]}")
    _check_not_jammed(talk)
    yield Mark(Point.FED, {STATION: station})


def take_back(talk: Conversation) -> Dialogue[None]:
    """Wait until the printer is ready to print on the card at its station; raises CardLost after a jam."""
    yield from talk.get_in_step()
    yield from talk.acknowledge_commands()
    yield from talk.settle_down()
    _check_not_jammed(talk)


def _check_not_jammed(talk: Conversation) -> None:
    if talk.heard & JAM:
        raise CardLost
