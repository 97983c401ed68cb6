"""What a target is told of an event: ids, states and codes, nothing of persons.

Laws kept here:

1. Only the words below are told, and of them only values that are numbers, or names and codes by their form: what a
   person, a client or a device has written is left out, whatever word it stands under.
2. The same event has the same id each time that it is sent, on every node.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from printserver.model.chain import Head
from printserver.model.event import Event

KINDS = ("job", "card", "mark", "printer", "queue", "plugin", "server")
"""Kinds of events that targets may be told; those of users and tokens name persons, and are not among them."""

WORDS = (
    "state", "reason", "reasons", "queue", "printer", "printers", "attempt", "outcome", "cards", "documents",
    "priority", "number", "incoming", "paused", "retired", "reprint-of", "duplicate-of", "driver", "model", "ribbon",
    "version", "day", "good", "spoiled", "in-doubt",
)  # fmt: skip
SOUND = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+,-]{0,199}")
SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,127}")
QUIET = frozenset({("printer", "status")})
"""What says nothing that is told: how a device is stands in its words."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its id, and the body that is sent byte for byte."""

    id: str
    body: bytes


def of_event(event: Event) -> Message:
    """Return what is told of an event."""
    data: dict[str, object] = {"node": event.node, "event": event.id, "kind": event.kind, "what": event.what}
    if SUBJECT.fullmatch(event.subject):
        data["subject"] = event.subject
    job, _, card = event.subject.partition("/")
    if event.kind in ("job", "card", "mark") and job.isdigit():
        data |= {"job": int(job)} | ({"card": int(card)} if card.isdigit() else {})
    data |= _told(event.data)
    return _message(f"evt_{event.hash[:32]}", f"{event.kind}.{event.what}", event.at, data)


def of_head(head: Head) -> Message:
    """Return what is told of the journal's head."""
    data = {"node": head.node, "id": head.id, "at": head.at, "hash": head.hash}
    return _message(f"head_{head.hash[:32]}", "journal.head", head.at, data)


def _told(data: Mapping[str, str | int | float | bool | None]) -> dict[str, object]:
    words = {word: data[word] for word in WORDS if data.get(word) not in (None, "")}
    return {
        word: value for word, value in words.items() if not isinstance(value, str) or SOUND.fullmatch(value) is not None
    }


def _message(identity: str, kind: str, at: float, data: dict[str, object]) -> Message:
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Message(identity, msgspec.json.encode({"type": kind, "timestamp": moment, "data": data}))
