"""Which IPP status answers which error: one table (RFC 8011 section 4.1.6, appendix B)."""

from __future__ import annotations

from printserver.errors import PrintServerError
from printserver.ipp import IppError, Status

STATUSES: dict[str, Status] = {
    "bad-request": Status.BAD_REQUEST,
    "bad-ticket": Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
    "unsupported-by-printer": Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
    "compression-unsupported": Status.COMPRESSION_NOT_SUPPORTED,
    "document-empty": Status.DOCUMENT_FORMAT_ERROR,
    "document-broken": Status.DOCUMENT_FORMAT_ERROR,
    "document-format-unsupported": Status.DOCUMENT_FORMAT_NOT_SUPPORTED,
    "document-too-large": Status.REQUEST_ENTITY_TOO_LARGE,
    "request-too-large": Status.REQUEST_ENTITY_TOO_LARGE,
    "document-purged": Status.GONE,
    "unknown-queue": Status.NOT_FOUND,
    "unknown-printer": Status.NOT_FOUND,
    "unknown-job": Status.NOT_FOUND,
    "unknown-card": Status.NOT_FOUND,
    "not-possible": Status.NOT_POSSIBLE,
    "not-allowed": Status.NOT_AUTHORIZED,
    "store-busy": Status.BUSY,
    "store-conflict": Status.TEMPORARY_ERROR,
    "store-full": Status.TEMPORARY_ERROR,
    "store-damaged": Status.INTERNAL_ERROR,
    "worker-failed": Status.DOCUMENT_FORMAT_ERROR,
    "plugin-broken": Status.INTERNAL_ERROR,
}


def status_of(error: PrintServerError) -> Status:
    """Return the status that answers an error; what no client can meet is an internal error."""
    return error.status if isinstance(error, IppError) else STATUSES.get(error.code, Status.INTERNAL_ERROR)
