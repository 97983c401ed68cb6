"""Links over Linux' printer class device, /dev/usb/lpN, or any other character device."""

from __future__ import annotations

import os
import stat

from twisted.internet.defer import DeferredLock

from printserver.dialogue import Control, LinkLost, Unsupported
from printserver.driver import LinkInfo
from printserver.transport.address import UsblpAddress
from printserver.transport.descriptor import DescriptorPort
from printserver.transport.file_rights import PRINTER_FILE, refusal_of_file
from printserver.transport.link import Reactor, Traffic


class UsblpLink:
    """A link to a character device."""

    info = LinkInfo("usblp")
    piece = 4096

    def __init__(self, address: UsblpAddress, reactor: Reactor) -> None:
        self._path = address.path
        self._reactor = reactor
        self._descriptor: int | None = None
        self._port: DescriptorPort | None = None
        self.traffic = Traffic()
        self.lock = DeferredLock()

    async def open(self) -> None:
        """Open the device; raises LinkLost, DeviceForbidden of its kinds."""
        if self._port is not None and not self.traffic.ended:
            return
        await self.close()
        self._descriptor = _open_character_device(self._path)
        self._port = DescriptorPort(self._descriptor, self.traffic, self._reactor)
        self._port.start()

    async def close(self) -> None:
        """Close the device."""
        port, self._port = self._port, None
        descriptor, self._descriptor = self._descriptor, None
        if port is not None and descriptor is not None:
            port.stop()
            os.close(descriptor)
        self.traffic.lost("the link is closed")

    def close_write(self) -> None:
        """Refuse: a character device has no halves."""
        raise Unsupported("a character device cannot be closed by half")

    def write(self, data: bytes) -> None:
        """Hand one piece over."""
        if self._port is None or self.traffic.ended:
            raise LinkLost(0, self.traffic.detail)
        self._port.write(data)

    async def control(self, transfer: Control) -> bytes:
        """Refuse: the kernel's driver keeps the control pipe."""
        raise Unsupported("a character device has no USB control transfers")


def _open_character_device(path: str) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise refusal_of_file(error, path, PRINTER_FILE) from error
    if not stat.S_ISCHR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise LinkLost(0, f"{path}: not a character device")
    return descriptor
