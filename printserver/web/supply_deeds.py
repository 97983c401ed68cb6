"""What a person can enter about blanks and ribbon, as data: the words of each form, and what is said afterwards."""

from __future__ import annotations

from .deeds import Deed
from .words import N_

LOAD = Deed(
    "load-blanks", N_("Enter blanks"), N_("Blanks were put in"),
    N_("Enter how many blank cards you have put into the hopper. The count goes down by itself with each card."),
    N_("Add them to the count"), N_("The blanks are counted."), tone="good",
)  # fmt: skip
SPEND = Deed(
    "spend-blanks", N_("Test cards and cleaning"), N_("Blanks were used for something else"),
    N_("Test cards that the printer printed by itself, and cards that cleaning took, are no cards of a job."),
    N_("Take them off the count"), N_("The blanks are taken off the count."),
)  # fmt: skip
RIBBON = Deed(
    "change-ribbon", N_("New ribbon"), N_("A roll of ribbon was put in"),
    N_("A printer that knows its ribbon tells a change by itself. Otherwise say here which roll is in it, and for how "
       "many cards it is."),
    N_("Write the ribbon down"), N_("The ribbon is written down."),
)  # fmt: skip
CLOSE_SHIFT = Deed(
    "close-shift", N_("Close the shift"), N_("Close the shift"),
    N_("Count the blank cards that are left in the hopper. What was loaded must be good, spoiled or left. If it is "
       "not, say why: it is booked with your name."),
    N_("Close the shift"), N_("The shift is closed."), tone="good",
)  # fmt: skip

SUPPLY_DEEDS = (LOAD, SPEND, RIBBON, CLOSE_SHIFT)
