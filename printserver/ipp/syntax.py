"""Which syntax each known attribute of a request has, and whether a value keeps to it.

Laws:
1. The tables are the registry's own notation: `1setOf (keyword | name)`, `integer(1:100)`, `text(127)`.
2. An attribute that is not in a table is not judged by one; the lengths and letters of its values are.
3. A judgement is data (`Misfit`): operation attributes that misfit refuse a request, job template attributes that
   misfit are unsupported values (RFC 8011 section 4.2.1.2).

Source: RFC 8011 sections 4.1 to 4.3 (operation attributes), 5.2 (job template), 5.1 (lengths in octets and letters),
PWG 5100.7, 5100.11, 5100.13 and the IANA registry; `first-job-id`, `purge-job` and `printer-type` are CUPS's.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .attributes import Attribute, Collection, Integer, LocalizedString, OctetString, Range, String, Value
from .tags import ValueTag

MAX: Final = 0x7FFFFFFF

OPERATION_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType({
    "attributes-charset": "charset",
    "attributes-natural-language": "naturalLanguage",
    "compression": "keyword",
    "document-charset": "charset",
    "document-format": "mimeMediaType | name",  # a name: so OpenPrinting's own test of Validate-Document sends it
    "document-metadata": "1setOf octetString",
    "document-name": "name",
    "document-natural-language": "naturalLanguage",
    "document-number": "integer(1:MAX)",
    "document-password": "octetString",
    "document-uri": "uri",
    "first-index": "integer(1:MAX)",
    "first-job-id": "integer(1:MAX)",
    "identify-actions": "1setOf keyword",
    "ipp-attribute-fidelity": "boolean",
    "job-hold-until": "keyword | name",
    "job-id": "integer(0:MAX)",
    "job-ids": "1setOf integer(1:MAX)",
    "job-impressions": "integer(0:MAX)",
    "job-k-octets": "integer(0:MAX)",
    "job-mandatory-attributes": "1setOf keyword",
    "job-media-sheets": "integer(0:MAX)",
    "job-name": "name",
    "job-password": "octetString",
    "job-password-encryption": "keyword | name",
    "job-uri": "uri",
    "last-document": "boolean",
    "limit": "integer(1:MAX)",
    "message": "text(127)",
    "my-jobs": "boolean",
    "my-subscriptions": "boolean",
    "notify-job-id": "integer(1:MAX)",
    "notify-sequence-numbers": "1setOf integer(1:MAX)",
    "notify-subscription-id": "integer(1:MAX)",
    "notify-subscription-ids": "1setOf integer(1:MAX)",
    "notify-wait": "boolean",
    "predecessor-job-id": "integer(1:MAX)",
    "printer-message-from-operator": "text(127)",
    "printer-type": "enum",
    "printer-uri": "uri",
    "purge-job": "boolean",
    "purge-jobs": "boolean",
    "requested-attributes": "1setOf keyword",
    "requesting-user-name": "name",
    "requesting-user-uri": "uri",
    "which-jobs": "keyword",
})

JOB_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType({
    "copies": "integer(1:MAX)",
    "finishings": "1setOf enum",
    "finishings-col": "1setOf collection",
    "job-account-id": "name | no-value",
    "job-accounting-user-id": "name | no-value",
    "job-error-action": "keyword",
    "job-hold-until": "keyword | name",
    "job-hold-until-time": "dateTime",
    "job-message-to-operator": "text",
    "job-name": "name",
    "job-priority": "integer(1:100)",
    "job-recipient-name": "name",
    "job-retain-until": "keyword | name",
    "job-sheets": "keyword | name",
    "job-sheets-col": "collection",
    "media": "keyword | name",
    "media-col": "collection",
    "multiple-document-handling": "keyword",
    "number-up": "integer(1:MAX)",
    "orientation-requested": "enum",
    "output-bin": "keyword | name",
    "output-device": "name(127)",
    "overrides": "1setOf collection",
    "page-ranges": "1setOf rangeOfInteger(1:MAX)",
    "print-color-mode": "keyword",
    "print-content-optimize": "keyword",
    "print-quality": "enum",
    "print-rendering-intent": "keyword",
    "print-scaling": "keyword",
    "printer-resolution": "resolution",
    "printserver-tracks": "1setOf text",
    "proof-print": "collection",
    "sides": "keyword",
})

MAXIMUM_OCTETS: Final[Mapping[ValueTag, int]] = MappingProxyType({
    ValueTag.TEXT: 1023, ValueTag.TEXT_WITH_LANGUAGE: 1023, ValueTag.NAME: 255, ValueTag.NAME_WITH_LANGUAGE: 255,
    ValueTag.KEYWORD: 255, ValueTag.URI: 1023, ValueTag.URI_SCHEME: 63, ValueTag.CHARSET: 63,
    ValueTag.NATURAL_LANGUAGE: 63, ValueTag.MIME_MEDIA_TYPE: 255, ValueTag.OCTET_STRING: 1023,
})

_LETTERS: Final[Mapping[ValueTag, re.Pattern[str]]] = MappingProxyType({
    # Capitals are not the registry's, but vendors' keywords have them (RFC 8011 section 5.1.4 names a-z only).
    ValueTag.KEYWORD: re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*"),
    ValueTag.URI: re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]*"),
    ValueTag.URI_SCHEME: re.compile(r"[A-Za-z][A-Za-z0-9+.-]*"),
    ValueTag.CHARSET: re.compile(r"[!-~]+"),
    ValueTag.NATURAL_LANGUAGE: re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*"),
    ValueTag.MIME_MEDIA_TYPE: re.compile(r"[!#$&^_.+A-Za-z0-9-]+/[!#$&^_.+A-Za-z0-9-]+( *;[ -~]*)?"),
})

_TAGS: Final[Mapping[str, frozenset[ValueTag]]] = MappingProxyType({
    "text": frozenset({ValueTag.TEXT, ValueTag.TEXT_WITH_LANGUAGE}),
    "name": frozenset({ValueTag.NAME, ValueTag.NAME_WITH_LANGUAGE}),
    "keyword": frozenset({ValueTag.KEYWORD}),
    "enum": frozenset({ValueTag.ENUM}),
    "integer": frozenset({ValueTag.INTEGER}),
    "boolean": frozenset({ValueTag.BOOLEAN}),
    "uri": frozenset({ValueTag.URI}),
    "charset": frozenset({ValueTag.CHARSET}),
    "naturalLanguage": frozenset({ValueTag.NATURAL_LANGUAGE}),
    "mimeMediaType": frozenset({ValueTag.MIME_MEDIA_TYPE}),
    "octetString": frozenset({ValueTag.OCTET_STRING}),
    "dateTime": frozenset({ValueTag.DATE_TIME}),
    "resolution": frozenset({ValueTag.RESOLUTION}),
    "rangeOfInteger": frozenset({ValueTag.RANGE_OF_INTEGER}),
    "collection": frozenset({ValueTag.BEGIN_COLLECTION}),
    "no-value": frozenset({ValueTag.NO_VALUE}),
})

_TERM: Final = re.compile(r"(?P<kind>[A-Za-z-]+)(\((?P<low>\d+)(:(?P<high>\d+|MAX))?\))?")


@dataclass(frozen=True, slots=True)
class Misfit:
    """An attribute whose value is not what its syntax allows; `too_long` when length alone is the fault."""

    attribute: Attribute
    reason: str
    allowed: str = ""
    too_long: bool = False


@dataclass(frozen=True, slots=True)
class _Term:
    """One alternative of a syntax: its tags, the bounds of its numbers, the octets of its strings."""

    tags: frozenset[ValueTag]
    low: int = -MAX - 1
    high: int = MAX
    octets: int = 0x7FFF


@dataclass(frozen=True, slots=True)
class Syntax:
    """A line of the tables, read: whether a set is allowed, and the alternatives of each value."""

    notation: str
    is_set: bool
    terms: tuple[_Term, ...]


def read_syntax(notation: str) -> Syntax:
    """Read the registry's notation, such as `1setOf (keyword | name)`."""
    is_set = notation.startswith("1setOf ")
    alternatives = notation.removeprefix("1setOf ").strip("()") if "|" in notation else notation.removeprefix("1setOf ")
    return Syntax(notation, is_set, tuple(_read_term(term.strip()) for term in alternatives.split("|")))


def _read_term(notation: str) -> _Term:
    match = _TERM.fullmatch(notation)
    if match is None:
        raise ValueError(f"no syntax of IPP: {notation}")
    tags = _TAGS[match["kind"]]
    if match["high"]:
        return _Term(tags, int(match["low"]), MAX if match["high"] == "MAX" else int(match["high"]))
    return _Term(tags, octets=int(match["low"])) if match["low"] else _Term(tags)


OPERATION_SYNTAX: Final[Mapping[str, Syntax]] = {name: read_syntax(text) for name, text in OPERATION_ATTRIBUTES.items()}
JOB_SYNTAX: Final[Mapping[str, Syntax]] = {name: read_syntax(text) for name, text in JOB_ATTRIBUTES.items()}


def judge(attribute: Attribute, table: Mapping[str, Syntax]) -> Misfit | None:
    """Say what is wrong with an attribute of a request, or None."""
    for value in attribute.values:
        if misfit := _judge_value(attribute, value):
            return misfit
    syntax = table.get(attribute.name)
    return _judge_syntax(attribute, syntax) if syntax else None


def _judge_value(attribute: Attribute, value: Value) -> Misfit | None:
    if isinstance(value, Collection):
        found = (_judge_value(attribute, inner) for member in value.members for inner in member.values)
        return next((misfit for misfit in found if misfit), None)
    limit = MAXIMUM_OCTETS.get(ValueTag(value.tag)) if value.tag in MAXIMUM_OCTETS else None
    if limit is not None and octets_of(value) > limit:
        return Misfit(attribute, f"a value of {octets_of(value)} octets is too long", str(limit), too_long=True)
    if isinstance(value, String) and (letters := _LETTERS.get(value.tag)) and not letters.fullmatch(value.text):
        return Misfit(attribute, f"{value.text!r} is not spelled as its syntax asks", letters.pattern)
    return None


def _judge_syntax(attribute: Attribute, syntax: Syntax) -> Misfit | None:
    if len(attribute.values) > 1 and not syntax.is_set:
        return Misfit(attribute, "one value is allowed, more are given", syntax.notation)
    return next((misfit for value in attribute.values if (misfit := _judge_terms(attribute, value, syntax))), None)


def _judge_terms(attribute: Attribute, value: Value, syntax: Syntax) -> Misfit | None:
    term = next((term for term in syntax.terms if value.tag in term.tags), None)
    if term is None:
        return Misfit(attribute, f"the value tag 0x{value.tag:02x} is of another syntax", syntax.notation)
    if octets_of(value) > term.octets:
        return Misfit(attribute, f"a value of {octets_of(value)} octets is too long", syntax.notation, too_long=True)
    if not _within(value, term):
        return Misfit(attribute, "a number is out of range", syntax.notation)
    return None


def _within(value: Value, term: _Term) -> bool:
    match value:
        case Integer(number):
            return term.low <= number <= term.high
        case Range(lower, upper):
            return term.low <= lower <= upper <= term.high
        case _:
            return True


def octets_of(value: Value) -> int:
    """The length of a string value in octets of UTF-8, without its language; 0 for any other."""
    match value:
        case String(_, text) | LocalizedString(_, _, text):
            return len(text.encode("utf-8", "surrogatepass"))
        case OctetString(data):
            return len(data)
        case _:
            return 0
