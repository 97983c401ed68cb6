"""What the emulated printer says when something stands in its way, in its own language and in the print service's.

Texts and words that no source tells are made up here; the driver must not know them.
"""

from __future__ import annotations

from printserver.driver.emulator import Machine
from printserver.errors import Fault, PrintServerError
from printserver.model.alert import AlertKind
from printserver_evolis.states import ERROR, READY, WARNING, State

# The three texts that the manual states, and two that are made up (law 4).
TEXT_OF = {
    AlertKind.FEEDER: "NO CARD",
    AlertKind.CARD_JAM: "ERR CARD",
    AlertKind.CLEANING_DUE: "ERR NEED CLEANING",
    AlertKind.COVER_OPEN: "COVER OPEN",
    AlertKind.RIBBON_EMPTY: "RIBBON ENDED",
}
NACK_OF = {
    AlertKind.FEEDER: "F",
    AlertKind.CARD_JAM: "T",
    AlertKind.COVER_OPEN: "C",
    AlertKind.RIBBON_EMPTY: "R",
}
STRANGE = "ERR 42 SEE MANUAL"
# What the service says of a printer that waits for a person, and what its sensors see without a card.
AT_REST = {
    AlertKind.FEEDER: State(WARNING, "FEEDER_EMPTY"),
    AlertKind.CARD_JAM: State(ERROR, "ERR_MECHANICAL"),
    AlertKind.CLEANING_DUE: State(WARNING, "INF_CLEANING_REQUIRED"),
    AlertKind.COVER_OPEN: State(WARNING, "DEF_COVER_OPEN"),
    AlertKind.RIBBON_EMPTY: State(WARNING, "DEF_NO_RIBBON"),
}
IN_A_CARD = AT_REST | {
    AlertKind.COVER_OPEN: State(ERROR, "ERR_COVER_OPEN"),
    AlertKind.RIBBON_EMPTY: State(ERROR, "RIBBON_ENDED"),
}
SEEN_AT_REST = {
    "cover-open": AlertKind.COVER_OPEN, "ribbon-out": AlertKind.RIBBON_EMPTY, "hopper-empty": AlertKind.FEEDER,
    "need-cleaning": AlertKind.CLEANING_DUE, "jam": AlertKind.CARD_JAM,
}  # fmt: skip
STRANGE_MINOR = "DEF_SEE_MANUAL"


class Refused(PrintServerError):
    """The printer refuses a command; `letter` is its code, `lasting` = its status tells of it until cleared."""

    code = "command-refused"
    fault = Fault.CLIENT
    remedy = "Look the code up in the printer's programming guide."

    def __init__(self, letter: str, *, lasting: bool = True) -> None:
        self.letter, self.lasting = letter, lasting
        super().__init__(f"the printer refuses with code {letter}")


def seen(machine: Machine, alert: AlertKind | None, *, at_station: bool) -> State:
    """Return a machine's state in the words of the service; `alert` = what its motion waits for."""
    if machine.faulty("unknown-reply"):
        return State(WARNING, STRANGE_MINOR)
    found = alert or next((kind for fault, kind in SEEN_AT_REST.items() if machine.faulty(fault)), None)
    if found is not None:
        return (IN_A_CARD if machine.loaded else AT_REST)[found]
    if at_station:
        return State(READY, "INF_ENCODING_RUNNING")
    return State(READY, "INF_PRINTING_RUNNING" if machine.loaded else "PRINTER_READY")
