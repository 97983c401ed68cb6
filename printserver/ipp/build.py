"""Short builders of attributes, requests and responses.

Laws:
1. What is built here passes `requests.check_request`: charset first, natural language second, then the target.
2. Nothing is checked twice: `encode` refuses what has no bytes.

    request(Operation.PRINT_JOB, uri, name("job-name", "badge"), user="alice", job=(integer("copies", 2),))
"""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from . import attributes as values
from .attributes import Attribute, Collection
from .errors import IppError
from .message import Group, Message
from .operations import Operation
from .tags import GroupTag, ValueTag

VERSIONS = ((1, 0), (1, 1), (2, 0), (2, 1), (2, 2))
STATUS_MESSAGE_LENGTH = 255
"""status-message is text(255): RFC 8011 section 4.1.6.2."""


def text(name: str, *texts: str) -> Attribute:
    """An attribute of the syntax text, without language."""
    return _strings(ValueTag.TEXT, name, texts)


def name(name: str, *names: str) -> Attribute:
    """An attribute of the syntax name, without language."""
    return _strings(ValueTag.NAME, name, names)


def keyword(name: str, *keywords: str) -> Attribute:
    """An attribute of the syntax keyword."""
    return _strings(ValueTag.KEYWORD, name, keywords)


def uri(name: str, *uris: str) -> Attribute:
    """An attribute of the syntax uri."""
    return _strings(ValueTag.URI, name, uris)


def uri_scheme(name: str, *schemes: str) -> Attribute:
    """An attribute of the syntax uriScheme."""
    return _strings(ValueTag.URI_SCHEME, name, schemes)


def charset(name: str, *charsets: str) -> Attribute:
    """An attribute of the syntax charset."""
    return _strings(ValueTag.CHARSET, name, charsets)


def natural_language(name: str, *languages: str) -> Attribute:
    """An attribute of the syntax naturalLanguage."""
    return _strings(ValueTag.NATURAL_LANGUAGE, name, languages)


def mime_type(name: str, *types: str) -> Attribute:
    """An attribute of the syntax mimeMediaType."""
    return _strings(ValueTag.MIME_MEDIA_TYPE, name, types)


def integer(name: str, *numbers: int) -> Attribute:
    """An attribute of the syntax integer."""
    return Attribute(name, tuple(values.Integer(number) for number in numbers))


def enum(name: str, *numbers: int) -> Attribute:
    """An attribute of the syntax enum."""
    return Attribute(name, tuple(values.Enum(int(number)) for number in numbers))


def boolean(name: str, *truths: bool) -> Attribute:
    """An attribute of the syntax boolean."""
    return Attribute(name, tuple(values.Boolean(truth) for truth in truths))


def octets(name: str, *strings: bytes) -> Attribute:
    """An attribute of the syntax octetString."""
    return Attribute(name, tuple(values.OctetString(string) for string in strings))


def date_time(name: str, *moments: datetime) -> Attribute:
    """An attribute of the syntax dateTime; moments carry their offset from UTC."""
    return Attribute(name, tuple(values.DateTime(moment) for moment in moments))


def resolution(name: str, *pairs: tuple[int, int]) -> Attribute:
    """An attribute of the syntax resolution, in dots per inch across and along the feed."""
    return Attribute(name, tuple(values.Resolution(*pair) for pair in pairs))


def range_of(name: str, *bounds: tuple[int, int]) -> Attribute:
    """An attribute of the syntax rangeOfInteger, from (lower, upper) pairs."""
    return Attribute(name, tuple(values.Range(*pair) for pair in bounds))


def members(*attributes: Attribute) -> Collection:
    """One collection value made of member attributes."""
    return Collection(attributes)


def collection(name: str, *collections: Collection) -> Attribute:
    """An attribute of the syntax collection; see `members`."""
    return Attribute(name, collections)


def no_value(name: str) -> Attribute:
    """An attribute that is known and has no value at present."""
    return _statement(name, ValueTag.NO_VALUE)


def unknown(name: str) -> Attribute:
    """An attribute whose value is not known at present."""
    return _statement(name, ValueTag.UNKNOWN)


def unsupported(name: str) -> Attribute:
    """An attribute that is not supported at all, as the Unsupported group lists it."""
    return _statement(name, ValueTag.UNSUPPORTED)


def request(operation: Operation, target: str = "", *attributes: Attribute, job_id: int | None = None,
            user: str = "", job: Iterable[Attribute] = (), request_id: int = 1,
            version: tuple[int, int] = (2, 0), language: str = "en") -> Message:
    """A request on the printer at the URI `target`, or on its job `job_id`; `job` are job template attributes."""
    head = _head(language)
    if target:
        head.append(uri("printer-uri", target))
    if job_id is not None:
        head.append(integer("job-id", job_id))
    if user:
        head.append(name("requesting-user-name", user))
    groups = [Group(GroupTag.OPERATION, (*head, *attributes))]
    if job_attributes := tuple(job):
        groups.append(Group(GroupTag.JOB, job_attributes))
    return Message(version, operation, request_id, tuple(groups))


def response(request: Message, status: int, *groups: Group, message: str = "", language: str = "en") -> Message:
    """An answer to a request: its request id, the nearest version spoken here, a status-message when one is given."""
    return _answer(request.version, request.request_id, status, groups, message, language)


def refusal(error: IppError, language: str = "en") -> Message:
    """The answer to a request that could not be read or is not valid, also when its header is not known."""
    return _answer(error.version or (1, 1), error.request_id or 0, error.status, (), error.sentence(), language)


def printer_group(*attributes: Attribute) -> Group:
    """A group of printer attributes."""
    return Group(GroupTag.PRINTER, attributes)


def job_group(*attributes: Attribute) -> Group:
    """A group of job attributes."""
    return Group(GroupTag.JOB, attributes)


def unsupported_group(*attributes: Attribute) -> Group:
    """A group of attributes that were asked for and are not supported."""
    return Group(GroupTag.UNSUPPORTED, attributes)


def answer_version(asked: tuple[int, int]) -> tuple[int, int]:
    """The version to answer with: the asked one or the nearest spoken below it (RFC 8011 section 4.1.8)."""
    spoken = [version for version in VERSIONS if version <= asked]
    return spoken[-1] if spoken else (1, 1)


def _answer(version: tuple[int, int], request_id: int, status: int, groups: tuple[Group, ...],
            message: str, language: str) -> Message:
    head = _head(language)
    if message:
        head.append(text("status-message", _status_text(message)))
    operation = Group(GroupTag.OPERATION, tuple(head))
    return Message(answer_version(version), status, request_id, (operation, *groups))


def _status_text(message: str) -> str:
    line = "".join(character if character.isprintable() else " " for character in message)
    return line.encode("utf-8", "replace")[:STATUS_MESSAGE_LENGTH].decode("utf-8", "ignore")


def _head(language: str) -> list[Attribute]:
    return [charset("attributes-charset", "utf-8"), natural_language("attributes-natural-language", language)]


def _strings(tag: ValueTag, name: str, texts: tuple[str, ...]) -> Attribute:
    return Attribute(name, tuple(values.String(tag, text) for text in texts))


def _statement(name: str, tag: ValueTag) -> Attribute:
    return Attribute(name, (values.OutOfBand(tag),))
