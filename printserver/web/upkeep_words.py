"""The words of maintenance: what each kind of work is, how it goes on and how it ended."""

from __future__ import annotations

from typing import NamedTuple

from printserver.model.upkeep import MaintenanceAction, Outcome

from .deeds import Deed
from .words import N_, Look


class WorkWords(NamedTuple):
    """What a kind of work is called, what it is for, what the button says, how it goes on and how it ended."""

    title: str
    explains: str
    confirm: str
    going_on: str
    done: str


WORKS: dict[MaintenanceAction, WorkWords] = {
    MaintenanceAction.CLEAN: WorkWords(
        N_("Cleaning"), N_("A cleaning card takes dust and grease off the rollers and the print head."),
        N_("The steps are done: clean the printer"), N_("The printer is being cleaned"), N_("The printer was cleaned"),
    ),
    MaintenanceAction.CALIBRATE: WorkWords(
        N_("Calibration"), N_("The printer measures its sensors anew."),
        N_("The steps are done: calibrate the printer"), N_("The printer calibrates itself"),
        N_("The printer was calibrated"),
    ),
    MaintenanceAction.TEST_CARD: WorkWords(
        N_("Test card"), N_("The printer prints a card of its own, to show how its ribbon, head and rollers are."),
        N_("The steps are done: print the test card"), N_("The printer prints its test card"),
        N_("The printer has printed its test card"),
    ),
}  # fmt: skip

OUTCOMES: dict[Outcome, Look] = {
    Outcome.DONE: Look(N_("Done, says the printer"), "good", "check"),
    Outcome.DOUBT: Look(N_("Nobody knows how it ended"), "need", "question"),
    Outcome.REFUSED: Look(N_("It was not done"), "bad", "cross"),
}

WORKING = Look(N_("Maintenance"), "busy", "cog")
"""How a printer that is busy with itself is shown: it prints nothing."""

MAINTAIN = Deed(
    "maintain", N_("Maintenance"), N_("What is the printer to do to itself?"),
    N_("While it does, it prints no card of a job: jobs wait, or another printer of their queue prints them."),
    N_("Begin"), N_("The printer is told so. It begins when no card is in it."),
)  # fmt: skip
CLEANED = Deed(
    "cleaned", N_("Cleaned by hand"), N_("Was the printer cleaned by hand?"),
    N_("If somebody has cleaned the printer without this page, say so: its cards are counted anew."),
    N_("It was cleaned by hand"), N_("The cleaning is written down."),
)  # fmt: skip
POSTPONE = Deed(
    "postpone", N_("Let it go on"), N_("Let the printer go on without cleaning?"),
    N_("A dirty printer spoils cards and wears its head out. Your name and reason are written down."),
    N_("Let it go on"), N_("The printer may go on."), tone="bad",
)  # fmt: skip
UPKEEP_DEEDS = (MAINTAIN, CLEANED, POSTPONE)
