"""States, supplies and proofs in plain words: one table for each vocabulary of the model.

Laws kept here:

1. Every member of a vocabulary has its words; a test compares the tables with the enums and with each catalogue.
2. Words say what a person sees or can do, not how the server names it; a remedy is one thing to do.
3. Texts are English and are looked up in the catalogue where they are shown; `N_` only marks them for it.
"""

from __future__ import annotations

from typing import NamedTuple

from printserver.driver import Confirms
from printserver.model.job import CardState, JobState
from printserver.model.printer import PrinterState, Tier
from printserver.model.supply import SupplyKind
from printserver.queue.views import Verdict


def N_(text: str) -> str:
    """Mark a text for the catalogue."""
    return text


class Words(NamedTuple):
    """What something is called, what it means, and what to do about it; the last two may be empty."""

    title: str
    explains: str = ""
    remedy: str = ""


class Look(NamedTuple):
    """What a state is called and how it looks: a tone (a class of the style sheet) and a sign beside the word."""

    title: str
    tone: str
    sign: str


CARD_STATES: dict[CardState, Look] = {
    CardState.QUEUED: Look(N_("Waiting for its turn"), "calm", "clock"),
    CardState.RENDERING: Look(N_("Being prepared"), "busy", "cog"),
    CardState.READY: Look(N_("Ready for the printer"), "calm", "clock"),
    CardState.PRINTING: Look(N_("Printing"), "busy", "printer"),
    CardState.BLOCKED: Look(N_("In the printer, which waits for you"), "need", "hand"),
    CardState.WAITING: Look(N_("In the printer, being encoded"), "busy", "chip"),
    CardState.DONE: Look(N_("Printed"), "good", "check"),
    CardState.SPOILED: Look(N_("Spoiled"), "bad", "cross"),
    CardState.UNCERTAIN: Look(N_("Uncertain: please look at the card"), "need", "question"),
    CardState.CANCELED: Look(N_("Cancelled"), "calm", "cross"),
    CardState.FAILED: Look(N_("Not printed"), "bad", "cross"),
}

JOB_STATES: dict[JobState, Look] = {
    JobState.PENDING: Look(N_("Waiting"), "calm", "clock"),
    JobState.HELD: Look(N_("On hold"), "calm", "pause"),
    JobState.PROCESSING: Look(N_("In progress"), "busy", "printer"),
    JobState.STOPPED: Look(N_("Stopped: needs you"), "need", "question"),
    JobState.CANCELED: Look(N_("Cancelled"), "calm", "cross"),
    JobState.ABORTED: Look(N_("Failed"), "bad", "cross"),
    JobState.COMPLETED: Look(N_("Printed"), "good", "check"),
}

PRINTER_STATES: dict[PrinterState, Look] = {
    PrinterState.CONNECTING: Look(N_("Connecting"), "calm", "clock"),
    PrinterState.IDLE: Look(N_("Ready"), "good", "check"),
    PrinterState.BUSY: Look(N_("Printing"), "busy", "printer"),
    PrinterState.BLOCKED: Look(N_("Waits for you"), "need", "hand"),
    PrinterState.STOPPED: Look(N_("Stopped: needs you"), "need", "question"),
    PrinterState.OFFLINE: Look(N_("Not connected"), "need", "plug"),
}

SUPPLIES: dict[SupplyKind, str] = {
    SupplyKind.RIBBON: N_("Ribbon"),
    SupplyKind.BLANKS: N_("Blank cards"),
    SupplyKind.CLEANING: N_("Until cleaning"),
}

# Counters as drivers name them (printserver.driver.emulator); another one is shown by its own name.
COUNTERS: dict[str, str] = {
    "cards": N_("Cards printed in its life"),
    "panels": N_("Panels of ribbon used"),
    "rejected": N_("Cards rejected"),
    "cleanings": N_("Times cleaned"),
    "since-cleaning": N_("Cards since it was cleaned"),
}

TIERS: dict[Tier, Words] = {
    Tier.DRAFTED: Words(
        N_("Drafted"),
        N_("Written from documents. It has not been tried on anything: watch every card."),
    ),
    Tier.EMULATED: Words(
        N_("Tried on an emulator"),
        N_("Works with this project's own emulator of the printer. No real printer has been tried yet: "
           "watch the first cards."),
    ),
    Tier.TRANSCRIBED: Words(
        N_("Compared with recordings"),
        N_("Agrees with recorded conversations of a real printer. Watch the first cards."),
    ),
    Tier.PROVEN: Words(
        N_("Proven on a real printer"),
        N_("The checks were made on a real printer of this kind."),
    ),
}  # fmt: skip

CONFIRMS: dict[Confirms, str] = {
    Confirms.DEVICE: N_("The printer itself says when a card is out."),
    Confirms.COUNTER: N_("The printer's card counter tells that a card is out."),
    Confirms.JOB_ID: N_("The printer reports each job when its card is out."),
    Confirms.TRANSFER: N_("The printer only takes the data; a person has to check each card."),
    Confirms.NOTHING: N_("The printer tells nothing back; a person has to check each card."),
}

VERDICTS: dict[Verdict, Words] = {
    Verdict.DONE: Words(
        N_("It is printed and good"),
        N_("I have the card in my hand and it looks like the picture. It counts as printed; nothing more is printed."),
    ),
    Verdict.SPOILED: Words(
        N_("It is spoiled: print it again"),
        N_("The card came out ruined, or was taken out half printed. It counts as used up, "
           "and the card is printed again on a new blank."),
    ),
    Verdict.QUEUED: Words(
        N_("It was never printed: print it now"),
        N_("I looked in the printer, the output and the reject box, and no card has this picture. "
           "The card goes back to the queue as if nothing had happened."),
    ),
    Verdict.ABANDON: Words(
        N_("Give this card up"),
        N_("Whatever became of it, it is not printed again. Destroy the card if you find it."),
    ),
}  # fmt: skip

# Points of a card's way that the printer's driver reports (printserver.dialogue.Point).
POINTS: dict[str, str] = {
    "FED": N_("a blank was taken in"),
    "MAG": N_("the magnetic stripe was written"),
    "CHIP": N_("the chip was written"),
    "COMMITTED": N_("from here on a blank may be used"),
    "FRONT": N_("the front was printed"),
    "FLIP": N_("the card was turned over"),
    "BACK": N_("the back was printed"),
    "EJECTED": N_("the card left the printer"),
}

# How an attempt ended (printserver.model.job.Attempt.outcome).
OUTCOMES: dict[str, str] = {
    "done": N_("printed"),
    "spoiled": N_("spoiled"),
    "unknown": N_("nobody knows what became of the card"),
    "sent": N_("sent, not confirmed by the printer"),
    "broken-off": N_("broken off before a blank was used"),
    "interrupted": N_("the server stopped while the card was in the printer"),
    "settle-done": N_("settled: printed and good"),
    "settle-spoiled": N_("settled: spoiled"),
    "settle-queued": N_("settled: never printed"),
}
