"""Operation ids and status codes of IPP.

Source: RFC 8011 sections 5.4.15 (operations) and Appendix B (status codes), RFC 3998, PWG 5100.5, 5100.11, 5100.13
and the IANA registry; the 0x40xx operations are those that CUPS documents for its own clients.
"""
from __future__ import annotations

from enum import IntEnum


class Operation(IntEnum):
    """What a request asks for: the third and fourth byte of a request."""

    PRINT_JOB = 0x0002
    PRINT_URI = 0x0003
    VALIDATE_JOB = 0x0004
    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    SEND_URI = 0x0007
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B
    HOLD_JOB = 0x000C
    RELEASE_JOB = 0x000D
    RESTART_JOB = 0x000E
    PAUSE_PRINTER = 0x0010
    RESUME_PRINTER = 0x0011
    PURGE_JOBS = 0x0012
    SET_PRINTER_ATTRIBUTES = 0x0013
    SET_JOB_ATTRIBUTES = 0x0014
    GET_PRINTER_SUPPORTED_VALUES = 0x0015
    CREATE_PRINTER_SUBSCRIPTIONS = 0x0016
    CREATE_JOB_SUBSCRIPTIONS = 0x0017
    GET_SUBSCRIPTION_ATTRIBUTES = 0x0018
    GET_SUBSCRIPTIONS = 0x0019
    RENEW_SUBSCRIPTION = 0x001A
    CANCEL_SUBSCRIPTION = 0x001B
    GET_NOTIFICATIONS = 0x001C
    ENABLE_PRINTER = 0x0022
    DISABLE_PRINTER = 0x0023
    PAUSE_PRINTER_AFTER_CURRENT_JOB = 0x0024
    HOLD_NEW_JOBS = 0x0025
    RELEASE_HELD_NEW_JOBS = 0x0026
    DEACTIVATE_PRINTER = 0x0027
    ACTIVATE_PRINTER = 0x0028
    RESTART_PRINTER = 0x0029
    SHUTDOWN_PRINTER = 0x002A
    STARTUP_PRINTER = 0x002B
    REPROCESS_JOB = 0x002C
    CANCEL_CURRENT_JOB = 0x002D
    SUSPEND_CURRENT_JOB = 0x002E
    RESUME_JOB = 0x002F
    PROMOTE_JOB = 0x0030
    SCHEDULE_JOB_AFTER = 0x0031
    CANCEL_DOCUMENT = 0x0033
    GET_DOCUMENT_ATTRIBUTES = 0x0034
    GET_DOCUMENTS = 0x0035
    DELETE_DOCUMENT = 0x0036
    SET_DOCUMENT_ATTRIBUTES = 0x0037
    CANCEL_JOBS = 0x0038
    CANCEL_MY_JOBS = 0x0039
    RESUBMIT_JOB = 0x003A
    CLOSE_JOB = 0x003B
    IDENTIFY_PRINTER = 0x003C
    VALIDATE_DOCUMENT = 0x003D
    GET_USER_PRINTER_ATTRIBUTES = 0x0066

    CUPS_GET_DEFAULT = 0x4001
    CUPS_GET_PRINTERS = 0x4002
    CUPS_GET_CLASSES = 0x4005
    CUPS_ACCEPT_JOBS = 0x4008
    CUPS_REJECT_JOBS = 0x4009
    CUPS_GET_DEVICES = 0x400B
    CUPS_GET_PPDS = 0x400C
    CUPS_MOVE_JOB = 0x400D
    CUPS_GET_PPD = 0x400F
    CUPS_GET_DOCUMENT = 0x4027


WITHOUT_TARGET = frozenset({
    Operation.CUPS_GET_DEFAULT, Operation.CUPS_GET_PRINTERS, Operation.CUPS_GET_CLASSES,
    Operation.CUPS_GET_DEVICES, Operation.CUPS_GET_PPDS,
})
"""Operations on the whole server: neither printer-uri nor job-uri is needed."""

ON_A_JOB = frozenset({
    Operation.SEND_DOCUMENT, Operation.SEND_URI, Operation.CANCEL_JOB, Operation.GET_JOB_ATTRIBUTES,
    Operation.HOLD_JOB, Operation.RELEASE_JOB, Operation.RESTART_JOB, Operation.SET_JOB_ATTRIBUTES,
    Operation.REPROCESS_JOB, Operation.RESUME_JOB, Operation.PROMOTE_JOB, Operation.SCHEDULE_JOB_AFTER,
    Operation.CANCEL_DOCUMENT, Operation.GET_DOCUMENT_ATTRIBUTES, Operation.GET_DOCUMENTS,
    Operation.DELETE_DOCUMENT, Operation.SET_DOCUMENT_ATTRIBUTES, Operation.RESUBMIT_JOB, Operation.CLOSE_JOB,
    Operation.CUPS_GET_DOCUMENT,
})
"""Operations whose target is a job: printer-uri with job-id, or job-uri (RFC 8011 section 4.1.5)."""


class Status(IntEnum):
    """How a request ended: the third and fourth byte of a response (RFC 8011 Appendix B)."""

    OK = 0x0000
    OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES = 0x0001
    OK_CONFLICTING_ATTRIBUTES = 0x0002
    OK_IGNORED_SUBSCRIPTIONS = 0x0003
    OK_TOO_MANY_EVENTS = 0x0005
    OK_EVENTS_COMPLETE = 0x0007

    BAD_REQUEST = 0x0400
    FORBIDDEN = 0x0401
    NOT_AUTHENTICATED = 0x0402
    NOT_AUTHORIZED = 0x0403
    NOT_POSSIBLE = 0x0404
    TIMEOUT = 0x0405
    NOT_FOUND = 0x0406
    GONE = 0x0407
    REQUEST_ENTITY_TOO_LARGE = 0x0408
    REQUEST_VALUE_TOO_LONG = 0x0409
    DOCUMENT_FORMAT_NOT_SUPPORTED = 0x040A
    ATTRIBUTES_OR_VALUES_NOT_SUPPORTED = 0x040B
    URI_SCHEME_NOT_SUPPORTED = 0x040C
    CHARSET_NOT_SUPPORTED = 0x040D
    CONFLICTING_ATTRIBUTES = 0x040E
    COMPRESSION_NOT_SUPPORTED = 0x040F
    COMPRESSION_ERROR = 0x0410
    DOCUMENT_FORMAT_ERROR = 0x0411
    DOCUMENT_ACCESS_ERROR = 0x0412
    ATTRIBUTES_NOT_SETTABLE = 0x0413
    IGNORED_ALL_SUBSCRIPTIONS = 0x0414
    TOO_MANY_SUBSCRIPTIONS = 0x0415
    DOCUMENT_PASSWORD_ERROR = 0x0418
    DOCUMENT_PERMISSION_ERROR = 0x0419
    DOCUMENT_SECURITY_ERROR = 0x041A
    DOCUMENT_UNPRINTABLE_ERROR = 0x041B
    ACCOUNT_INFO_NEEDED = 0x041C
    ACCOUNT_CLOSED = 0x041D
    ACCOUNT_LIMIT_REACHED = 0x041E
    ACCOUNT_AUTHORIZATION_FAILED = 0x041F

    INTERNAL_ERROR = 0x0500
    OPERATION_NOT_SUPPORTED = 0x0501
    SERVICE_UNAVAILABLE = 0x0502
    VERSION_NOT_SUPPORTED = 0x0503
    DEVICE_ERROR = 0x0504
    TEMPORARY_ERROR = 0x0505
    NOT_ACCEPTING_JOBS = 0x0506
    BUSY = 0x0507
    JOB_CANCELED = 0x0508
    MULTIPLE_DOCUMENT_JOBS_NOT_SUPPORTED = 0x0509
    PRINTER_IS_DEACTIVATED = 0x050A
    TOO_MANY_JOBS = 0x050B
    TOO_MANY_DOCUMENTS = 0x050C

    @property
    def keyword(self) -> str:
        """The status as RFC 8011 spells it, such as `client-error-not-found`."""
        words = self.name.lower().replace("_", "-").removeprefix("ok").lstrip("-")
        return f"{status_class(self)}-{words}".rstrip("-")


def status_class(code: int) -> str:
    """Which of the five ranges a status code lies in (RFC 8011 Appendix B.1), also for codes without a name."""
    classes = {0x00: "successful-ok", 0x01: "informational", 0x03: "redirection", 0x04: "client-error",
               0x05: "server-error"}
    return classes.get(code >> 8, "unknown-status")


def is_success(code: int) -> bool:
    """Whether the request was done, fully or with attributes ignored (RFC 8011 Appendix B.1.2)."""
    return 0x0000 <= code <= 0x00FF
