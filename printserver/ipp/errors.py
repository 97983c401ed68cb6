"""What can be wrong with an IPP message; each error knows the status that an answering server sends.

Laws:
1. Reading hostile bytes raises nothing but these.
2. `request_id` and `version` are filled in as soon as the header was read, so that the answer can echo them.

| error                   | status sent                                | raised by |
|-------------------------|--------------------------------------------|-----------|
| MalformedMessage        | client-error-bad-request                   | parser    |
| MessageTooLarge         | client-error-request-entity-too-large      | parser    |
| VersionNotSupported     | server-error-version-not-supported         | parser    |
| CharsetNotSupported     | client-error-charset-not-supported         | parser, request check |
| InvalidRequest          | client-error-bad-request                   | request check |
| ValueTooLong            | client-error-request-value-too-long        | request check |
| OperationNotSupported   | server-error-operation-not-supported       | request check |
| NotEncodable            | server-error-internal-error                | encoder   |
"""
from __future__ import annotations

from typing import ClassVar

from printserver.errors import Fault, PrintServerError

from .operations import Status


class IppError(PrintServerError):
    """An IPP message cannot be used."""

    code = "ipp-error"
    fault = Fault.CLIENT
    remedy = "Send a message as RFC 8010 and RFC 8011 define it."
    status: ClassVar[Status] = Status.BAD_REQUEST

    def __init__(self, message: str = "", *, where: str = "", allowed: str = "",
                 request_id: int | None = None, version: tuple[int, int] | None = None) -> None:
        """`where` names the attribute concerned; `request_id` and `version` are None while still unknown."""
        super().__init__(message, where=where, allowed=allowed)
        self.request_id = request_id
        self.version = version


class MalformedMessage(IppError):
    """The bytes are not an IPP message."""

    code = "ipp-malformed"


class MessageTooLarge(IppError):
    """The attributes of the message are more than this end reads."""

    code = "ipp-too-large"
    status = Status.REQUEST_ENTITY_TOO_LARGE
    remedy = "Send fewer or shorter attributes; document data is not counted."


class VersionNotSupported(IppError):
    """The message is of an IPP version that is not spoken here."""

    code = "ipp-version"
    status = Status.VERSION_NOT_SUPPORTED
    remedy = "Use IPP 1.1 or 2.0."


class CharsetNotSupported(IppError):
    """The message is written in a charset that is not read here."""

    code = "ipp-charset"
    status = Status.CHARSET_NOT_SUPPORTED
    remedy = "Use the charset utf-8."


class InvalidRequest(IppError):
    """The message is well formed, but not a valid request."""

    code = "ipp-invalid-request"


class ValueTooLong(IppError):
    """A value is longer than its syntax allows."""

    code = "ipp-value-too-long"
    status = Status.REQUEST_VALUE_TOO_LONG
    remedy = "Shorten the value."


class OperationNotSupported(IppError):
    """The operation is not known here."""

    code = "ipp-operation"
    status = Status.OPERATION_NOT_SUPPORTED
    remedy = "Ask for the attribute operations-supported to see what is offered."


class NotEncodable(IppError):
    """A message was built that IPP has no bytes for."""

    code = "ipp-not-encodable"
    fault = Fault.SERVER
    status = Status.INTERNAL_ERROR
    remedy = "Report the fault: the program built an impossible message."
