"""A refusal in IPP's words: its status, its sentence, and the attributes that are to blame (RFC 8011 section 4.1.7)."""

from __future__ import annotations

from printserver.errors import PrintServerError
from printserver.ipp import Attribute, GroupTag, Message, Request, build
from printserver.listeners.ipp.settable import BadValue, NotSettable
from printserver.listeners.ipp.statuses import status_of
from printserver.listeners.ipp.template import Unfaithful

# What the job service calls a ticket's keys, where IPP has another name for it.
IPP_NAMES = {
    "k-mode": "printserver-k-mode",
    "k-threshold": "printserver-k-threshold",
    "k-choke": "printserver-k-choke",
    "ucr": "printserver-ucr",
    "gcr": "printserver-gcr",
    "photo-areas": "printserver-photo-areas",
    "colour-keys": "printserver-colour-keys",
    "colour-half": "printserver-colour-half",
    "overlay": "printserver-overlay",
    "overlay-windows": "printserver-overlay-windows",
    "overlay-areas": "printserver-overlay-areas",
    "force": "printserver-force",
    "depth": "printserver-depth",
    "ribbon": "printserver-ribbon",
    "tracks": "printserver-tracks",
    "hold": "job-hold-until",
    "priority": "job-priority",
    "metadata": "document-metadata",
    "user-uri": "requesting-user-uri",
    "document-names": "document-name",
}

BLAMED = {
    "document-format-unsupported": "document-format", "compression-unsupported": "compression",
    "uri-scheme-unsupported": "document-uri", "document-not-fetched": "document-uri",
}  # fmt: skip


def refused(error: PrintServerError, request: Request) -> Message:
    """Return the answer that tells a client why its request was refused."""
    blamed = unsupported_of(error, request)
    groups = (build.unsupported_group(*blamed),) if blamed else ()
    return build.response(request.message, status_of(error), *groups, message=error.sentence())


def unsupported_of(error: PrintServerError, request: Request) -> tuple[Attribute, ...]:
    """Return the attributes that an error blames, as the client gave them; none when it gave none of them."""
    if isinstance(error, Unfaithful | NotSettable | BadValue):
        return error.unsupported
    if error.code not in _BLAMING:
        return ()
    keys = error.where.split(", ")  # where printers lack different things
    names = dict.fromkeys(BLAMED.get(error.code) or _name(key) for key in keys)
    found = [request.message.get(each, GroupTag.JOB) or request.message.get(each, GroupTag.OPERATION) for each in names]
    return tuple(given for given in found if given is not None)


def _name(key: str) -> str:
    """Return what IPP calls a key of the ticket."""
    key = key.partition("[")[0]  # of several values the place of the wrong one stands behind the key
    # a single track is named by its number
    return IPP_NAMES["tracks"] if key.startswith("track ") else IPP_NAMES.get(key, key)


_BLAMING = frozenset({"bad-ticket", "unsupported-by-printer", *BLAMED})
