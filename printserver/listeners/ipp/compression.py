"""Documents that a client has compressed on the way: the door hands them on, a worker undoes it.

Laws kept here:

1. Compressed bytes are hostile and may become a thousand times as many: the daemon's own threads never inflate them.
"""

from __future__ import annotations

from typing import Protocol

from printserver.documents.unpacking import check_compression
from printserver.listeners.ipp.asked import Asked
from printserver.queue.views import IncomingDocument


class Unpacking(Protocol):
    """The part of the job service that undoes compression."""

    async def unpack(self, data: bytes, compression: str) -> bytes:
        """Return a document as it was before it was compressed."""
        ...


async def incoming(service: Unpacking, asked: Asked) -> IncomingDocument:
    """Return the document that came with a request, unpacked.

    Raises CompressionUnsupported, CompressionBroken, DocumentTooLarge, and ServerBusy where no worker is to be had.
    """
    data, word = asked.document, asked.text("compression", "none")
    check_compression(word)
    if data and word != "none":
        data = await service.unpack(data, word)
    return IncomingDocument(data=data, declared=asked.text("document-format") or None)
