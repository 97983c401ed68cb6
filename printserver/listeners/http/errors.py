"""What can be wrong with a request as HTTP, beside what it asks for."""

from __future__ import annotations

from printserver.errors import Fault, PrintServerError


class PageUnknown(PrintServerError):
    """There is nothing at this address."""

    code = "not-found"
    fault = Fault.CLIENT
    remedy = "Look at /api/v1/openapi.json for what the server answers."


class MethodNotAllowed(PrintServerError):
    """This address does not take this method."""

    code = "method-not-allowed"
    fault = Fault.CLIENT
    remedy = "Use one of the allowed methods."


class MediaTypeUnsupported(PrintServerError):
    """This address does not take a body of this kind."""

    code = "media-type-unsupported"
    fault = Fault.CLIENT
    remedy = "Send the body in one of the allowed kinds and name it in Content-Type."


class HeadTooLarge(PrintServerError):
    """The request line and header fields are larger than the server reads."""

    code = "head-too-large"
    fault = Fault.CLIENT
    remedy = "Send fewer or shorter header fields."


class TooSlow(PrintServerError):
    """The request did not arrive in time."""

    code = "request-timeout"
    fault = Fault.CLIENT
    retry = True
    remedy = "Send the request again, without pauses."


class Unexpected(PrintServerError):
    """Something went wrong inside the server."""

    code = "internal-error"
    remedy = "Look for the error's id in the server's log and report the fault."
