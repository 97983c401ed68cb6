"""The one-byte tags of an IPP message.

A tag below 0x10 opens a group of attributes (or ends them all); a tag from 0x10 up opens a value.
Source: RFC 8010 sections 3.5.1 (delimiters) and 3.5.2 (values), the IANA "Internet Printing Protocol" registry.
"""
from __future__ import annotations

from enum import IntEnum

END_OF_ATTRIBUTES = 0x03
FIRST_VALUE_TAG = 0x10


class GroupTag(IntEnum):
    """Delimiter tags that begin a group of attributes (RFC 8010 section 3.5.1)."""

    OPERATION = 0x01
    JOB = 0x02
    PRINTER = 0x04
    UNSUPPORTED = 0x05
    SUBSCRIPTION = 0x06
    EVENT_NOTIFICATION = 0x07
    RESOURCE = 0x08
    DOCUMENT = 0x09
    SYSTEM = 0x0A


class ValueTag(IntEnum):
    """Tags of values (RFC 8010 section 3.5.2); other numbers are legal on the wire and stay plain integers."""

    UNSUPPORTED = 0x10
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    NOT_SETTABLE = 0x15
    DELETE_ATTRIBUTE = 0x16
    ADMIN_DEFINE = 0x17

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23

    OCTET_STRING = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE_OF_INTEGER = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37

    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    NATURAL_LANGUAGE = 0x48
    MIME_MEDIA_TYPE = 0x49
    MEMBER_NAME = 0x4A

    EXTENSION = 0x7F


OUT_OF_BAND = frozenset({
    ValueTag.UNSUPPORTED, ValueTag.UNKNOWN, ValueTag.NO_VALUE,
    ValueTag.NOT_SETTABLE, ValueTag.DELETE_ATTRIBUTE, ValueTag.ADMIN_DEFINE,
})

STRINGS = frozenset({
    ValueTag.TEXT, ValueTag.NAME, ValueTag.KEYWORD, ValueTag.URI, ValueTag.URI_SCHEME,
    ValueTag.CHARSET, ValueTag.NATURAL_LANGUAGE, ValueTag.MIME_MEDIA_TYPE,
})

WITH_LANGUAGE = frozenset({ValueTag.TEXT_WITH_LANGUAGE, ValueTag.NAME_WITH_LANGUAGE})

STRUCTURAL = frozenset({ValueTag.BEGIN_COLLECTION, ValueTag.END_COLLECTION, ValueTag.MEMBER_NAME})
"""Tags that shape a collection and are no value on their own."""
