"""IPP without input and output: messages as bytes and as data (RFC 8010, RFC 8011).

    message, document = parse(data)          or MessageParser().feed(chunk) as the bytes come
    request = check_request(message)         the rules of RFC 8011 section 4.1
    data = encode(build.response(message, Status.OK))

Raster streams have modules of their own: `pwg_raster` and `urf` read and write pages (`raster_page`).

Reading hostile bytes ends in a Message or in an IppError; nothing here opens a port, sleeps or reads a clock.
"""
from __future__ import annotations

from . import build
from .attributes import (
    Attribute,
    Boolean,
    Collection,
    DateTime,
    Enum,
    Integer,
    LocalizedString,
    OctetString,
    Opaque,
    OutOfBand,
    Range,
    Resolution,
    String,
    Value,
)
from .encode import encode
from .enums import Orientation, PrinterState, PrintQuality, ResolutionUnits
from .errors import (
    CharsetNotSupported,
    InvalidRequest,
    IppError,
    MalformedMessage,
    MessageTooLarge,
    NotEncodable,
    OperationNotSupported,
    ValueTooLong,
    VersionNotSupported,
)
from .limits import Limits
from .message import Group, Message
from .operations import ON_A_JOB, WITHOUT_TARGET, Operation, Status, is_success, status_class
from .parse import MessageParser, parse
from .plain import Plain, plain, plain_attributes
from .requests import Request, Target, check_request
from .syntax import Misfit
from .tags import GroupTag, ValueTag

__all__ = [
    "ON_A_JOB", "WITHOUT_TARGET", "Attribute", "Boolean", "CharsetNotSupported", "Collection", "DateTime", "Enum",
    "Group", "GroupTag", "Integer", "InvalidRequest", "IppError", "Limits", "LocalizedString",
    "MalformedMessage", "Message", "MessageParser", "MessageTooLarge", "Misfit", "NotEncodable", "OctetString",
    "Opaque", "Operation", "OperationNotSupported", "Orientation", "OutOfBand", "Plain", "PrintQuality",
    "PrinterState", "Range", "Request", "Resolution", "ResolutionUnits", "Status", "String", "Target", "Value",
    "ValueTag", "ValueTooLong", "VersionNotSupported", "build", "check_request", "encode", "is_success", "parse",
    "plain", "plain_attributes", "status_class",
]
