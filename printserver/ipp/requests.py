"""Whether a well-formed message is a valid request, and what it is aimed at (RFC 8011 sections 4.1.1 to 4.1.5).

Laws, in the order in which they are checked, so that the most basic fault is the one that is told:
1. The operation is known.
2. The request id is 1 or more.
3. The operation group comes first and once; groups come in the order of their tags; a job group comes once at most.
4. attributes-charset is the first attribute, attributes-natural-language the second.
5. No group holds two attributes of one name.
6. No value is longer than its syntax allows.
7. Operation attributes keep to their syntax; job template attributes that do not are handed on as `misfits`.
8. The target is there: printer-uri, for a job also job-id, or job-uri.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .assemble import CHARSETS
from .attributes import Attribute, Integer, String
from .errors import CharsetNotSupported, InvalidRequest, IppError, OperationNotSupported, ValueTooLong
from .message import Group, Message
from .operations import ON_A_JOB, WITHOUT_TARGET, Operation
from .syntax import JOB_SYNTAX, OPERATION_SYNTAX, Misfit, Syntax, judge
from .tags import GroupTag

_TABLES: dict[int, Mapping[str, Syntax]] = {GroupTag.OPERATION: OPERATION_SYNTAX, GroupTag.JOB: JOB_SYNTAX}
_LEADING = ("attributes-charset", "attributes-natural-language")


@dataclass(frozen=True, slots=True)
class Target:
    """What an operation is aimed at: a printer, or one of its jobs."""

    printer_uri: str | None = None
    job_id: int | None = None
    job_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A valid request: its message, operation and target, and the job template attributes whose values misfit."""

    message: Message
    operation: Operation
    target: Target
    misfits: tuple[Misfit, ...] = ()

    @property
    def operation_attributes(self) -> Group:
        """The operation group."""
        return self.message.group(GroupTag.OPERATION)

    @property
    def job_attributes(self) -> Group:
        """The job template group; empty when none came."""
        return self.message.group(GroupTag.JOB)


def check_request(message: Message) -> Request:
    """Judge a request; raises OperationNotSupported, InvalidRequest, CharsetNotSupported or ValueTooLong."""
    try:
        return _checked(message)
    except IppError as error:
        error.request_id, error.version = message.request_id, message.version
        raise


def _checked(message: Message) -> Request:
    operation = _operation(message)
    if message.request_id < 1:
        raise InvalidRequest(f"the request id is {message.request_id}", allowed="1 to 2147483647")
    _check_groups(message)
    _check_leading(message.groups[0].attributes)
    _check_names(message)
    misfits = tuple(_misfits(message))
    return Request(message, operation, _target(message.groups[0], operation), misfits)


def _operation(message: Message) -> Operation:
    try:
        return Operation(message.code)
    except ValueError:
        raise OperationNotSupported(f"the operation is 0x{message.code:04x}") from None


def _check_groups(message: Message) -> None:
    tags = [int(group.tag) for group in message.groups]
    if not tags or tags[0] != GroupTag.OPERATION:
        raise InvalidRequest("the first group is not the group of operation attributes")
    if tags.count(GroupTag.OPERATION) > 1 or tags.count(GroupTag.JOB) > 1:
        raise InvalidRequest("a group of operation or job attributes comes twice")
    known = [tag for tag in tags if tag in GroupTag.__members__.values()]
    if known != sorted(known):
        raise InvalidRequest("the groups are out of order", allowed="ascending by tag")


def _check_leading(attributes: tuple[Attribute, ...]) -> None:
    names = tuple(attribute.name for attribute in attributes[:2])
    if names != _LEADING:
        raise InvalidRequest("the request does not begin with its charset and natural language",
                             allowed=", ".join(_LEADING))
    charset = attributes[0].value
    if isinstance(charset, String) and charset.text.lower() not in CHARSETS:
        raise CharsetNotSupported(f"the charset is {charset.text!r}", where="attributes-charset",
                                  allowed=", ".join(sorted(CHARSETS)))


def _check_names(message: Message) -> None:
    for group in message.groups:
        names = Counter(attribute.name for attribute in group.attributes)
        if repeated := [name for name, count in names.items() if count > 1]:
            raise InvalidRequest("the attribute comes twice", where=repeated[0])


def _misfits(message: Message) -> Iterator[Misfit]:
    for group in message.groups:
        table = _TABLES.get(group.tag, {})
        for misfit in filter(None, (judge(attribute, table) for attribute in group.attributes)):
            _refuse(misfit, group)
            yield misfit


def _refuse(misfit: Misfit, group: Group) -> None:
    where = misfit.attribute.name
    if misfit.too_long:
        raise ValueTooLong(misfit.reason, where=where, allowed=misfit.allowed)
    if group.tag == GroupTag.OPERATION:
        raise InvalidRequest(misfit.reason, where=where, allowed=misfit.allowed)


def _target(group: Group, operation: Operation) -> Target:
    target = Target(_uri(group, "printer-uri"), _job_id(group), _uri(group, "job-uri"))
    if operation in WITHOUT_TARGET:
        return target
    if operation in ON_A_JOB:
        if target.job_uri is None and (target.printer_uri is None or target.job_id is None):
            raise InvalidRequest("the request names no job", allowed="printer-uri with job-id, or job-uri")
    elif target.printer_uri is None:
        raise InvalidRequest("the request names no printer", allowed="printer-uri")
    return target


def _uri(group: Group, name: str) -> str | None:
    attribute = group.get(name)
    return attribute.value.text if attribute and isinstance(attribute.value, String) else None


def _job_id(group: Group) -> int | None:
    attribute = group.get("job-id")
    return attribute.value.value if attribute and isinstance(attribute.value, Integer) else None
