"""What an error is called as the reason of a card: IPP's word where IPP has one, else the error's own code."""

from __future__ import annotations

from printserver.errors import PrintServerError
from printserver.model.job import Reason

# What a job's own fault is called in job-state-reasons (RFC 8011 section 5.3.8); other errors keep their code.
JOB_REASONS = {
    "document-broken": "document-format-error",
    "document-empty": "document-format-error",
    "document-format-unsupported": "unsupported-document-format",
    "document-too-large": "document-unprintable-error",
    "document-locked": "document-password-error",
    "bad-cardjob": "document-format-error",
    "drawing-refused": "document-unprintable-error",
    "unsupported-by-printer": "unsupported-attributes-or-values",
    "bad-ticket": "unsupported-attributes-or-values",
    "worker-failed": "document-format-error",
}


def cause(error: PrintServerError) -> Reason:
    """Return an error as the reason of a card that fails by it."""
    return Reason(JOB_REASONS.get(error.code, error.code), error.sentence())
