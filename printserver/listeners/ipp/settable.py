"""What clients may set afterwards, of queues and of jobs, and how it is asked for (RFC 3380).

Laws kept here:

1. All or nothing: an attribute that is not settable, or a value that is not possible, leaves everything as it was.
2. A queue's notes are kept in the store; what its printers' abilities give is not settable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from printserver.errors import BadRequest, BadTicket
from printserver.ipp import Attribute, Group, OutOfBand, ValueTag, plain
from printserver.listeners.ipp.template import HOLDS
from printserver.model.holding import HoldUntil
from printserver.model.printer import QueueNotes

TEXT, LONG_TEXT = 127, 1023
_GEO = re.compile(r"geo:-?[0-9]{1,2}(\.[0-9]+)?,-?[0-9]{1,3}(\.[0-9]+)?(,-?[0-9]+(\.[0-9]+)?)?(;[!-~]*)?")

NOTES: Mapping[str, tuple[str, int]] = {
    "printer-info": ("info", TEXT),
    "printer-location": ("location", TEXT),
    "printer-geo-location": ("geo", LONG_TEXT),
    "printer-organization": ("organization", LONG_TEXT),
    "printer-organizational-unit": ("organizational_unit", LONG_TEXT),
    "printer-message-from-operator": ("message", TEXT),
}
"""Settable printer attributes: the key of a queue's notes, and how many octets it may have."""

PRINTER_SETTABLE = tuple(NOTES)
JOB_SETTABLE = ("job-hold-until", "job-priority")


class NotSettable(BadTicket):
    """Something is to be set that cannot be."""

    code = "not-settable"

    def __init__(self, names: Sequence[str], settable: Sequence[str]) -> None:
        """`names` are the attributes that are not settable."""
        self.unsupported = tuple(_statement(name, ValueTag.NOT_SETTABLE) for name in names)
        super().__init__("cannot be set", where=", ".join(names), allowed=", ".join(settable))


class BadValue(BadTicket):
    """An attribute that can be set cannot have this value."""

    def __init__(self, attribute: Attribute, allowed: str) -> None:
        """Keep the attribute for the answer's Unsupported group."""
        self.unsupported = (attribute,)
        super().__init__("cannot have this value", where=attribute.name, allowed=allowed)


def notes_with(notes: QueueNotes, group: Group) -> QueueNotes:
    """Return a queue's notes as a client wants them; raises BadRequest, NotSettable, BadValue."""
    _check_names(group, PRINTER_SETTABLE)
    return replace(notes, **{NOTES[each.name][0]: _note(each) for each in group.attributes})


def _note(attribute: Attribute) -> str:
    name, octets = attribute.name, NOTES[attribute.name][1]
    value = attribute.value
    if isinstance(value, OutOfBand) and value.tag in (ValueTag.DELETE_ATTRIBUTE, ValueTag.NO_VALUE, ValueTag.UNKNOWN):
        return ""
    text = plain(value)
    if len(attribute.values) != 1 or not isinstance(text, str) or len(text.encode()) > octets:
        raise BadValue(attribute, f"one text of up to {octets} octets")
    if name == "printer-geo-location" and not _GEO.fullmatch(text):
        raise BadValue(attribute, "a geo: URI, such as geo:-6.2,106.8")
    return text


@dataclass(frozen=True, slots=True)
class Wanted:
    """What job-hold-until wants of a job."""

    word: str

    @property
    def hold(self) -> bool:
        """Tell whether the job is to be held."""
        return HOLDS[self.word]["hold"] is True

    @property
    def until(self) -> HoldUntil | None:
        """Return until when, None = for good."""
        return HoldUntil(self.word) if "hold_until" in HOLDS[self.word] else None


def wishes_of(group: Group) -> tuple[Wanted | None, int | None]:
    """Return a job's new hold and priority, None = as it is; raises BadRequest, NotSettable, BadValue."""
    _check_names(group, JOB_SETTABLE)
    hold, priority = group.get("job-hold-until"), group.get("job-priority")
    return (None if hold is None else _hold(hold)), (None if priority is None else _priority(priority))


def _hold(attribute: Attribute) -> Wanted:
    value = attribute.value
    if isinstance(value, OutOfBand) and value.tag == ValueTag.DELETE_ATTRIBUTE:
        return Wanted("no-hold")
    word = plain(value)
    if len(attribute.values) != 1 or not isinstance(word, str) or word not in HOLDS:
        raise BadValue(attribute, ", ".join(HOLDS))
    return Wanted(word)


def _priority(attribute: Attribute) -> int:
    number = plain(attribute.value)
    if len(attribute.values) != 1 or isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 100:
        raise BadValue(attribute, "1 to 100")
    return number


def _check_names(group: Group, settable: Sequence[str]) -> None:
    if not group.attributes:
        raise BadRequest("nothing is to be set", allowed=", ".join(settable))
    wrong = [attribute.name for attribute in group.attributes if attribute.name not in settable]
    if wrong:
        raise NotSettable(wrong, settable)


def supported_values() -> list[Attribute]:
    """Return what settable printer attributes may be: any text of an administrator (RFC 3380 section 8.3)."""
    return [_statement(name, ValueTag.ADMIN_DEFINE) for name in PRINTER_SETTABLE]


def _statement(name: str, tag: ValueTag) -> Attribute:
    return Attribute(name, (OutOfBand(tag),))

