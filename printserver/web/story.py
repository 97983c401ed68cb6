"""Rows of the journal as sentences: what happened, to which card, by whom.

Laws kept here:

1. Every kind of row that the store writes for a job has its sentence; an unknown row is shown as it is.
2. Names and reasons of people stand beside the sentence, as they were given.
"""

from __future__ import annotations

from typing import NamedTuple

from printserver.model.event import Event

from .reasons import of_code
from .words import CARD_STATES, JOB_STATES, N_, OUTCOMES, POINTS, Words

JOB_ROWS: dict[str, str] = {
    "accepted": N_("The job was accepted"),
    "held": N_("The job was put on hold"),
    "released": N_("The job was released"),
    "cancel-wanted": N_("Somebody asked to cancel the job"),
    "cancel-withdrawn": N_("The wish to cancel was withdrawn"),
    "received": N_("All documents have come"),
    "moved": N_("The job was moved to another queue"),
    "priority": N_("The job was given another priority"),
    "document-added": N_("A document came"),
    "cards-added": N_("The job's cards were made"),
    "possible-duplicate": N_("The job is like an earlier one"),
    "state": N_("The job is now"),
    "asked": N_("A decision waits for a second person"),
    "withdrawn": N_("The wish was withdrawn"),
    "confirmed": N_("The wish was confirmed"),
    "purged": N_("Documents, pictures and names were thrown away"),
}

CARD_ROWS: dict[str, str] = {
    "render": N_("preparation began"),
    "rendered": N_("prepared"),
    "start": N_("went to the printer"),
    "block": N_("the printer waits for a person"),
    "unblock": N_("the printer goes on"),
    "wait": N_("waits in the printer to be encoded"),
    "resume": N_("goes on after encoding"),
    "done": N_("printed"),
    "done-unconfirmed": N_("sent, counted as printed without the printer's word"),
    "spoil": N_("spoiled"),
    "return": N_("back in the queue; no blank was used"),
    "cancel": N_("cancelled before a blank was used"),
    "fail": N_("given up before a blank was used"),
    "doubt": N_("it is not known what became of it"),
    "restored": N_("in doubt: the store was restored from a backup"),
    "settle-done": N_("settled: printed and good"),
    "settle-spoiled": N_("settled: spoiled"),
    "settle-queued": N_("settled: never printed"),
    "retry": N_("queued again for a new blank"),
    "give-up": N_("given up"),
    "reject": N_("rejected after printing"),
}


class Line(NamedTuple):
    """One line of a story: which card (None = the whole job), what happened, and what else the row tells.

    `what` and the parts of `reason` are texts of the catalogue; `state` too, empty when it tells nothing new.
    `by`, `note` and `facts` are shown as they are.
    """

    at: float
    card: str | None
    what: str
    tone: str = "calm"
    state: str = ""
    reason: Words | None = None
    by: str = ""
    note: str = ""
    facts: str = ""


def line(event: Event) -> Line:
    """Return a journal row as a line."""
    match event.kind:
        case "job":
            return _of_job(event)
        case "card":
            return _of_card(event)
        case "mark":
            return _of_mark(event)
        case _:
            return _unknown(event)


def _of_job(event: Event) -> Line:
    what = JOB_ROWS.get(event.what)
    if what is None:
        return _unknown(event)
    if event.what != "state":
        return Line(event.at, None, what, by=_text(event, "by"), note=_text(event, "note"))
    look = next((look for state, look in JOB_STATES.items() if state == event.data.get("state")), None)
    codes = [code for code in _text(event, "reasons").split(",") if code]
    reason = of_code(codes[-1]) if codes else None  # the last one says the most
    title = look.title if look else _text(event, "state")
    return Line(event.at, None, what, tone=look.tone if look else "calm", state=title, reason=reason)


def _of_card(event: Event) -> Line:
    what = CARD_ROWS.get(event.what)
    if what is None:
        return _unknown(event)
    look = next((look for state, look in CARD_STATES.items() if state == event.data.get("state")), None)
    code = _text(event, "reason")
    return Line(
        event.at, _card(event), what, tone=look.tone if look else "calm", reason=of_code(code) if code else None,
        by=_text(event, "by"), note=_text(event, "note"), facts=_text(event, "printer"),
    )  # fmt: skip


def _of_mark(event: Event) -> Line:
    evidence = (
        f"{name.removeprefix('evidence.')} {value}"
        for name, value in event.data.items() if name.startswith("evidence.")
    )  # fmt: skip
    return Line(event.at, _card(event), POINTS.get(event.what, event.what), facts=", ".join(evidence))


def _unknown(event: Event) -> Line:
    return Line(event.at, _card(event), f"{event.kind} {event.what}", by=_text(event, "by"), note=_text(event, "note"))


def _card(event: Event) -> str | None:
    return event.subject.partition("/")[2] or None


def _text(event: Event, name: str) -> str:
    value = event.data.get(name)
    return "" if value is None else str(value)


def outcome_words(outcome: str) -> str:
    """Return how an attempt ended, as a text of the catalogue; an unknown word is shown as it is."""
    return OUTCOMES.get(outcome) or CARD_ROWS.get(outcome) or outcome
