"""States and reasons in plain words; a code that is not known is shown as it is, with its detail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from printserver.model.alert import AlertKind
from printserver.model.job import CardState, JobState

JOB_STATES = {
    JobState.PENDING: "waiting",
    JobState.HELD: "held",
    JobState.PROCESSING: "in work",
    JobState.STOPPED: "stopped: look at it",
    JobState.CANCELED: "canceled",
    JobState.ABORTED: "failed",
    JobState.COMPLETED: "done",
}

REASONS = {
    "none": "",
    "job-incoming": "its documents are not all here",
    "job-data-insufficient": "",
    "job-hold-until-specified": "waits to be released",
    "attempts-used": "a card was spoiled too often",
    "quota-exceeded": "beyond the quota",
    "job-release-wait": "waits until somebody at the printer releases it",
    "job-printing": "printing",
    "job-transforming": "being prepared",
    "job-interpreting": "",
    "card-waits-for-host": "waits for the encoder",
    "job-completed-successfully": "",
    "job-completed-with-errors": "some cards failed",
    "job-canceled-by-user": "",
    "aborted-by-system": "",
    "processing-to-stop-point": "being canceled",
    "document-format-error": "the document cannot be read",
    "unsupported-document-format": "the document is of a kind that is not printed",
    "document-unprintable-error": "the document is too large",
    "unsupported-attributes-or-values": "the printer cannot do what the job asks",
    "queued-in-device": "sent, not confirmed",
    "printer-stopped": "the printer waits for a person",
    "server-away": "the server that has this printer does not answer",
    "card-uncertain": "nobody knows whether a card was printed",
    "awaiting-check": "look whether the card came out",
    "interrupted": "broken off while the card was in the printer",
    "not-confirmed": "the printer did not say that the card came out",
    "no-evidence": "nothing tells whether the card came out",
    "counter-moved": "the printer's counter does not tell whether the card came out",
    "card-not-printed": "the card did not come out",
    "maintenance": "maintenance is under way",
    "cleaning-overdue": "it gets no more cards until it is cleaned",
    "maintenance-in-doubt": "nobody knows how its maintenance ended; a card may be in it",
    "driver-failed": "the printer's driver failed",
    "device-waits": "the printer waits",
    "not-ready": "the printer is not ready",
    "device-unreachable": "the printer cannot be reached",
    "device-held": "another program holds the printer",
    "device-forbidden": "the server may not open the printer",
    "devices-alike": "several printers look alike",
    "device-silent": "the printer does not answer",
    "device-reply-unknown": "the printer says something that its driver does not know",
    AlertKind.COVER_OPEN: "the cover is open",
    AlertKind.FEEDER: "no cards in the feeder",
    AlertKind.CARD_JAM: "a card is stuck",
    AlertKind.RIBBON_EMPTY: "the ribbon is used up",
    AlertKind.RIBBON_WRONG: "the ribbon is of another kind",
    AlertKind.RIBBON_LOW: "the ribbon is nearly used up",
    AlertKind.CLEANING_DUE: "the printer wants cleaning",
    AlertKind.REJECT_FULL: "the reject box is full",
    AlertKind.HEAD_HOT: "the print head cools down",
    AlertKind.ENCODER: "the stripe or chip could not be written",
    AlertKind.OFFLINE: "the printer is off line",
    AlertKind.SILENT: "the printer does not answer",
    AlertKind.CARD_PATH: "nobody knows whether a card is in the printer",
}

CARD_WORDS = {
    CardState.QUEUED: "waiting",
    CardState.RENDERING: "being prepared",
    CardState.BLOCKED: "waiting for a person",
    CardState.WAITING: "at the encoder",
    CardState.UNCERTAIN: "uncertain",
}


def job_state(state: str) -> str:
    """Return a job's state in plain words."""
    return JOB_STATES.get(JobState(state), state) if state in list(JobState) else state


def card_state(state: str) -> str:
    """Return a card's state in plain words."""
    return CARD_WORDS.get(CardState(state), state) if state in list(CardState) else state


def reasons_in_words(reasons: Iterable[object]) -> str:
    """Return IPP's reason keywords in plain words, each once; empty when there is nothing to say."""
    words = (REASONS.get(str(reason), str(reason)) for reason in reasons)
    return ", ".join(dict.fromkeys(word for word in words if word))


def reason_in_words(reason: object) -> str:
    """Return a reason with the words of device or server behind it; empty for none."""
    if not isinstance(reason, Mapping):
        return ""
    words, detail = reasons_in_words([reason.get("code", "")]), str(reason.get("detail") or "")
    return f"{words} ({detail})" if words and detail else words or detail


def counts_in_words(cards: object) -> str:
    """Return how many cards are in each state, such as `2 done, 1 waiting`."""
    counts: Mapping[str, Any] = cards if isinstance(cards, Mapping) else {}
    return ", ".join(f"{count} {card_state(state)}" for state, count in counts.items() if count)
