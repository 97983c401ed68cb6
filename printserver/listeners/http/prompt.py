"""Sends small answers at once, without having the reactor come round for it.

The reactor writes when it is told that a socket can be written to: being asked to watch, watching, and being asked
to watch no more cost a small answer more than the sending itself. A socket that has nothing left to send takes an
answer of some kilobytes there and then.

Laws kept here:

1. Nothing overtakes: it is sent at once only while the transport certainly holds nothing that was written before.
2. What the socket does not take is the transport's, as is every error: the next turn of the reactor meets it again.
3. A transport that is no plain socket (TLS, a test's) is written to as ever.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IWriteDescriptor


class Prompt:
    """Writes to one transport."""

    def __init__(self) -> None:
        """Nothing is known yet of what the transport holds."""
        self._empty = False

    def forget(self) -> None:
        """Others write to the transport now."""
        self._empty = False

    def send(self, transport: Any, data: bytes) -> None:  # noqa: ANN401 - no interface names `writeSomeData`
        """Send bytes in order with all that was written before."""
        if not self._empty:
            transport.write(data)
            if IWriteDescriptor.providedBy(transport):
                transport.doWrite()
                self._empty = not transport.dataBuffer
            return
        sent = transport.writeSomeData(data)
        count = sent if isinstance(sent, int) else 0  # else the connection is lost, as the reactor will find
        if count < len(data):
            self._empty = False
            transport.write(data[count:])
