"""Errors as HTTP answers: one table from an error's code to its status, one document for all (RFC 9457).

Laws kept here:

1. Every error that the server can raise has a row; a test compares the table with the code base.
2. The document says what the error itself says; nothing is made up here, and no traceback is shown.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from printserver.errors import PrintServerError

from .message import Response, as_json

PROBLEM = "application/problem+json"
RETRY_AFTER_SECONDS = 2
TRIES_AFTER_SECONDS = 900
CHALLENGES = ('Basic realm="printserver", charset="UTF-8"', 'Bearer realm="printserver"')  # RFC 7617, RFC 6750

STATUS_OF: dict[str, int] = {
    # the request itself
    "bad-request": 400,
    "login-needed": 401,
    "not-allowed": 403,
    "not-permitted": 403,
    "tls-needed": 403,
    "too-many-tries": 429,
    "not-found": 404,
    "method-not-allowed": 405,
    "request-timeout": 408,
    "request-too-large": 413,
    "media-type-unsupported": 415,
    "wrong-host": 421,
    "head-too-large": 431,
    "ipp-error": 400,
    "ipp-malformed": 400,
    "ipp-too-large": 413,
    "ipp-version": 400,
    "ipp-charset": 400,
    "ipp-invalid-request": 400,
    "ipp-value-too-long": 400,
    "ipp-operation": 400,
    # what it asks for
    "bad-ticket": 422,
    "unsupported-by-printer": 422,
    "reason-needed": 422,
    "name-needed": 422,
    "second-person-needed": 409,
    "document-empty": 422,
    "document-broken": 422,
    "uri-scheme-unsupported": 422,
    "document-not-fetched": 422,
    "document-format-unsupported": 415,
    "document-too-large": 413,
    "document-locked": 422,
    "bad-cardjob": 422,
    "drawing-refused": 422,
    "panel-refused": 422,
    "compression-unsupported": 415,
    "compression-error": 422,
    "unknown-account": 404,
    "name-taken": 409,
    "unknown-queue": 404,
    "unknown-printer": 404,
    "unknown-job": 404,
    "unknown-card": 404,
    "unknown-document": 404,
    "unknown-subscription": 404,
    "not-settable": 422,
    "not-possible": 409,
    "key-reused": 422,
    "quota-exceeded": 403,
    "store-conflict": 409,
    "document-purged": 410,
    # the server and what stands behind it
    "internal-error": 500,
    "worker-failed": 500,
    "bad-plane": 500,
    "transcript-broken": 500,
    "transcript-differs": 500,
    "ipp-not-encodable": 500,
    "plugin-broken": 500,
    "driver-crashed": 500,
    "bad-profile": 500,
    "configuration": 500,
    "port-in-use": 500,
    "data-directory-in-use": 500,
    "store-damaged": 500,
    "backup-damaged": 500,
    "device-reply-unknown": 502,
    "track-unreadable": 502,
    "device-refuses": 502,
    "dialogue": 502,
    "link-unsupported": 502,
    "card-absent": 502,
    "card-lost": 502,
    "server-unreachable": 502,
    "server-busy": 503,
    "too-many-jobs": 503,
    "not-accepting": 503,
    "store-busy": 503,
    "device-unreachable": 503,
    "device-held": 503,
    "device-forbidden": 503,
    "devices-alike": 503,
    "cancelled": 503,
    "device-silent": 504,
    "device-stalled": 504,
    "store-full": 507,
    "spool-full": 507,
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem document (RFC 9457) with the parts that every error of the project has."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    where: str
    allowed: str
    retry: bool
    remedy: str


def status_of(error: PrintServerError) -> int:
    """Return the HTTP status of an error; an error without a row is the server's own fault."""
    return STATUS_OF.get(error.code, 500)


def problem_of(error: PrintServerError) -> Problem:
    """Return the document that says what an error says."""
    title = (type(error).__doc__ or "").split("\n", 1)[0]
    return Problem(
        type=f"urn:printserver:problem:{error.code}", title=title, status=status_of(error), detail=error.message,
        code=error.code, where=error.where, allowed=error.allowed, retry=error.retry, remedy=error.remedy,
    )  # fmt: skip


def problem_response(error: PrintServerError) -> Response:
    """Return an error as an answer, with the header fields that its status calls for."""
    problem = problem_of(error)
    headers = (("Content-Type", PROBLEM), *_extra_headers(problem))
    return Response(problem.status, headers, as_json(problem))


def _extra_headers(problem: Problem) -> tuple[tuple[str, str], ...]:
    match problem.status:
        case HTTPStatus.UNAUTHORIZED:
            return tuple(("WWW-Authenticate", challenge) for challenge in CHALLENGES)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return (("Retry-After", str(TRIES_AFTER_SECONDS)),)
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return (("Allow", problem.allowed),)
        case HTTPStatus.UNSUPPORTED_MEDIA_TYPE if problem.code == "media-type-unsupported":
            return (("Accept-Post", problem.allowed),)
        case HTTPStatus.SERVICE_UNAVAILABLE | HTTPStatus.INSUFFICIENT_STORAGE:
            return (("Retry-After", str(RETRY_AFTER_SECONDS)),)
        case _:
            return ()
