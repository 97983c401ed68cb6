"""Print-URI and Send-URI: the document is fetched first, then taken as if it had come with the request.

Laws kept here:

1. They are declared and answered only where the configuration lists what may be fetched.
2. A job is accepted when its document is here: what cannot be fetched is an error of the request, never of a job that
   waits for it. One request fetches once.
3. Nothing is fetched for somebody who may not print.

Source: RFC 8011 sections 4.2.2 and 4.3.2.
"""

from __future__ import annotations

from typing import Protocol

from printserver.errors import BadRequest
from printserver.listeners.access.table import check
from printserver.listeners.ipp.asked import Asked
from printserver.queue.views import IncomingDocument


class Fetching(Protocol):
    """What fetches documents."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """Return the schemes by which it fetches."""
        ...

    async def fetch(self, uri: str) -> bytes:
        """Return a document; raises UriSchemeUnsupported, DocumentNotFetched, DocumentTooLarge."""
        ...


async def fetched(fetching: Fetching, asked: Asked) -> IncomingDocument:
    """Return the document that a request names; raises BadRequest beside what fetching raises."""
    check("fetch")
    uri = asked.text("document-uri")
    if not uri:
        raise BadRequest("is missing", where="document-uri")
    if asked.document:
        raise BadRequest("a document came with it, too", where="document-uri", allowed="the address alone")
    return IncomingDocument(data=await fetching.fetch(uri), declared=asked.text("document-format") or None)
