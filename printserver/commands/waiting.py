"""Waiting for a job: until it is over, or as soon as a person is needed.

Laws kept here:

1. Exit code 0 means that the server said `completed` and no card failed; nothing else does.
2. A person is needed: the job is held, stopped or blocked, or nothing that could print it goes on.
3. Trouble of a queue counts when it is seen twice in a row: a printer may be coming back just now.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from printserver.client import ApiClient, JobStatus
from printserver.commands import words
from printserver.commands.output import rows_of
from printserver.errors import Fault, PrintServerError
from printserver.model.holding import HeldFor
from printserver.model.job import CardState, JobState

WITH_ERRORS = "job-completed-with-errors"
INCOMING = "job-incoming"
LOOKS = 2
STUCK = (CardState.BLOCKED, CardState.UNCERTAIN)


class JobNotPrinted(PrintServerError):
    """The job ended without all of its cards."""

    code = "job-not-printed"
    fault = Fault.CLIENT
    remedy = "Remove the cause, then print it again with `printserver reprint`."


class PersonNeeded(PrintServerError):
    """The job cannot go on before a person has done something; the server keeps it."""

    code = "person-needed"
    fault = Fault.OPERATOR
    remedy = "Do what is named; the job is kept, do not send it again."


class Watch:
    """Looks at one job again and again; `trouble` says in words why a person is needed."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api
        self._seen = 0
        self.trouble = ""

    def enough(self, status: JobStatus) -> bool:
        """Tell whether waiting longer is of no use."""
        self.trouble = "" if status.final else self._trouble_of(status)
        return status.final or bool(self.trouble)

    def _trouble_of(self, status: JobStatus) -> str:
        if status.state is JobState.HELD:
            return "" if INCOMING in status.reasons else _why_held(status)
        if status.needs_person:
            return trouble_of_cards(self._api, status) or words.reasons_in_words(status.reasons)
        found = trouble_of_queue(self._api, status.queue) if status.state is JobState.PENDING else ""
        self._seen = self._seen + 1 if found else 0
        return found if self._seen >= LOOKS else ""


def _why_held(status: JobStatus) -> str:
    """Return why the server itself holds a job, else that it is held, and how it goes on."""
    why = words.reasons_in_words([reason for reason in status.reasons if reason in list(HeldFor)])
    return f"{why or 'it is held'}; printserver release {status.id}"


def trouble_of_cards(api: ApiClient, status: JobStatus, states: Collection[str] = STUCK) -> str:
    """Return why a job's cards are in one of these states, in words; empty when none is."""
    found = [card for card in rows_of(api.cards(status.id), "cards") if card.get("state") in states]
    return "; ".join(f"card {card.get('number')}: {_why(card)}" for card in found)


def _why(card: dict[str, Any]) -> str:
    state, reason = words.card_state(str(card.get("state"))), words.reason_in_words(card.get("reason"))
    return f"{state}: {reason}" if reason else state


def trouble_of_queue(api: ApiClient, name: str) -> str:
    """Return why nothing of a queue goes on, in words; empty when something does, or when nobody can tell."""
    queue = next((row for row in rows_of(api.queues(), "queues") if row.get("name") == name), {})
    if queue.get("paused") is True:
        return f"queue {name} is paused; printserver resume {name}"
    printers = [row for row in rows_of(api.printers(), "printers") if row.get("name") in queue.get("printers", ())]
    if not printers or not all(row.get("needs_person") is True for row in printers):
        return ""
    return "; ".join(f"printer {row.get('name')} {_state_of(row)}" for row in printers)


def _state_of(printer: dict[str, Any]) -> str:
    reason = words.reason_in_words(printer.get("reason"))
    return f"is {printer.get('state')}: {reason}" if reason else f"is {printer.get('state')}"


def check_ended(api: ApiClient, status: JobStatus, watch: Watch) -> None:
    """Raise PersonNeeded or JobNotPrinted unless every card of the job is done."""
    where = f"job {status.id}"
    if watch.trouble:
        raise PersonNeeded(watch.trouble, where=where)
    if status.state is not JobState.COMPLETED or WITH_ERRORS in status.reasons:
        raise JobNotPrinted(_end_of(api, status), where=where)


def _end_of(api: ApiClient, status: JobStatus) -> str:
    """Return which cards failed and why; of a job without such cards its state and reasons."""
    state, why = words.job_state(status.state), words.reasons_in_words(status.reasons)
    return trouble_of_cards(api, status, [CardState.FAILED]) or (f"{state}: {why}" if why else state)
