"""Which IPP status answers which error: one table (RFC 8011 section 4.1.6, appendix B).

Laws kept here:

1. Every error that the job service or this door can raise has a row; a test compares the table with the code base.
2. An error of the message itself knows its own status (`printserver.ipp.errors`).
"""

from __future__ import annotations

from printserver.errors import PrintServerError
from printserver.ipp import IppError, Status

STATUSES: dict[str, Status] = {
    # the request
    "bad-request": Status.BAD_REQUEST,
    "bad-ticket": Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
    "unsupported-by-printer": Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
    "reason-needed": Status.BAD_REQUEST,
    "name-needed": Status.BAD_REQUEST,
    "second-person-needed": Status.NOT_POSSIBLE,
    "not-allowed": Status.NOT_AUTHORIZED,
    "login-needed": Status.NOT_AUTHENTICATED,
    "too-many-tries": Status.NOT_AUTHENTICATED,
    "tls-needed": Status.FORBIDDEN,
    "not-permitted": Status.NOT_AUTHORIZED,
    "request-too-large": Status.REQUEST_ENTITY_TOO_LARGE,
    # its document
    "compression-unsupported": Status.COMPRESSION_NOT_SUPPORTED,
    "compression-error": Status.COMPRESSION_ERROR,
    "document-empty": Status.DOCUMENT_FORMAT_ERROR,
    "document-broken": Status.DOCUMENT_FORMAT_ERROR,
    "document-format-unsupported": Status.DOCUMENT_FORMAT_NOT_SUPPORTED,
    "uri-scheme-unsupported": Status.URI_SCHEME_NOT_SUPPORTED,
    "document-not-fetched": Status.DOCUMENT_ACCESS_ERROR,
    "document-too-large": Status.REQUEST_ENTITY_TOO_LARGE,
    "document-locked": Status.DOCUMENT_PASSWORD_ERROR,
    "bad-cardjob": Status.DOCUMENT_FORMAT_ERROR,
    "drawing-refused": Status.DOCUMENT_UNPRINTABLE_ERROR,
    "panel-refused": Status.DOCUMENT_UNPRINTABLE_ERROR,
    "document-purged": Status.GONE,
    "worker-failed": Status.DOCUMENT_FORMAT_ERROR,
    # what it is aimed at
    "unknown-account": Status.NOT_FOUND,
    "name-taken": Status.CONFLICTING_ATTRIBUTES,
    "unknown-queue": Status.NOT_FOUND,
    "unknown-printer": Status.NOT_FOUND,
    "unknown-job": Status.NOT_FOUND,
    "unknown-card": Status.NOT_FOUND,
    "unknown-document": Status.NOT_FOUND,
    "unknown-subscription": Status.NOT_FOUND,
    "not-settable": Status.ATTRIBUTES_NOT_SETTABLE,
    "not-possible": Status.NOT_POSSIBLE,
    "key-reused": Status.CONFLICTING_ATTRIBUTES,
    "quota-exceeded": Status.ACCOUNT_LIMIT_REACHED,
    "not-accepting": Status.NOT_ACCEPTING_JOBS,
    # the server and what stands behind it
    "server-busy": Status.BUSY,
    "store-busy": Status.BUSY,
    "spool-full": Status.BUSY,
    "too-many-jobs": Status.BUSY,
    "store-conflict": Status.TEMPORARY_ERROR,
    "store-full": Status.TEMPORARY_ERROR,
    "store-damaged": Status.INTERNAL_ERROR,
    "configuration": Status.INTERNAL_ERROR,
    "plugin-broken": Status.INTERNAL_ERROR,
    "driver-crashed": Status.INTERNAL_ERROR,
    "bad-profile": Status.INTERNAL_ERROR,
    "internal-error": Status.INTERNAL_ERROR,
    "device-unreachable": Status.DEVICE_ERROR,
    "device-silent": Status.DEVICE_ERROR,
    "device-reply-unknown": Status.DEVICE_ERROR,
    "device-refuses": Status.DEVICE_ERROR,
}


def status_of(error: PrintServerError) -> Status:
    """Return the status that answers an error; what no client can meet is an internal error."""
    return error.status if isinstance(error, IppError) else STATUSES.get(error.code, Status.INTERNAL_ERROR)
