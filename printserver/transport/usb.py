"""Links over USB: the bulk pipes of a printer, and its control pipe.

Laws kept here:

1. The device is looked for at each opening: one that was unplugged is found again, wherever it hangs, when its address
   still means it.
2. No call that may wait is made in the reactor's thread, and each has a deadline there as well: a library or kernel
   that hangs costs a thread, not the server.
3. The device belongs to this link alone from `open` to `close`.
4. A link that was open leads to the same device ever after: what hangs there instead is another link's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from twisted.internet.defer import Deferred, DeferredLock

from printserver.dialogue import Control, LinkLost, TimedOut, Unsupported
from printserver.driver import LinkInfo
from printserver.transport.address import UsbAddress
from printserver.transport.apart import apart
from printserver.transport.link import CONTROL, Reactor, Traffic
from printserver.transport.usb_census import Plugged, Plugging, UsbDevice, meant, plugged, same
from printserver.transport.usb_claim import ClaimedDevice, claim
from printserver.transport.usb_pipes import WRITE_BREATH, UsbPort
from printserver.transport.usb_refusals import DeviceHeld, Places
from printserver.transport.usb_search import search

OPEN_SECONDS = 10.0
CLOSE_SECONDS = 5.0
GRACE = 1.0
PIECE = 16_384
"""Bytes at a time: a multiple of every packet size, so that no piece ends in a short packet before the last."""


@dataclass(frozen=True, slots=True)
class UsbHost:
    """The machine's USB: pyusb's backend (None = the libusb that is installed), and where the kernel shows devices.

    `told` holds the serial numbers that devices told in their own language, `driven` the addresses of those that are
    open; `turn` lets one link at a time ask around. Links of one server share one host.
    """

    backend: object = None
    places: Places = field(default_factory=Places)
    told: dict[Plugging, str] = field(default_factory=dict)
    driven: dict[Plugging, UsbAddress] = field(default_factory=dict)
    turn: DeferredLock = field(default_factory=DeferredLock)

    def devices(self) -> list[Plugged]:
        """Return what is plugged in; blocks."""
        return plugged(self.backend, self.places)


class UsbLink:
    """A link to one USB device."""

    piece = PIECE

    def __init__(self, address: UsbAddress, reactor: Reactor, host: UsbHost) -> None:
        self._address, self._reactor, self._host = address, reactor, host
        self._device: ClaimedDevice | None = None
        self._port: UsbPort | None = None
        self._only: UsbDevice | None = None
        self.info = LinkInfo("usb", frozenset({CONTROL}), "" if address.asks else address.serial)
        self.traffic = Traffic()
        self.lock = DeferredLock()
        self._closing = DeferredLock()

    async def open(self) -> None:
        """Find and claim the device; raises LinkLost, and DeviceHeld, DeviceForbidden or DevicesAlike of its kinds."""
        if self._port is not None and not self.traffic.ended:
            return
        await self.close()
        device = await apart(
            self._reactor, partial(_take, self._address, self._host, self._only), name="usb open",
            deadline=OPEN_SECONDS,
            overdue=LinkLost(0, f"{self._address} could not be opened in {OPEN_SECONDS:.0f} s"),
            late=ClaimedDevice.release,
        )
        self._only = device.plugged.device
        self._host.driven[self._only.plugging] = self._address
        self.info = LinkInfo("usb", frozenset({CONTROL}), self._only.serial)
        self._device = device
        self._port = UsbPort(device, self.traffic, self._reactor, answers=bool(device.interface.inlet))
        self._port.start()

    async def seek(self, ask: Callable[[], Awaitable[str]]) -> None:
        """Lead to the device that the address means, and ask it; see `transport.link.Seeks`."""
        if self._address.asks:
            await self._host.turn.run(lambda: Deferred.fromCoroutine(self._search(ask)))
        await self.open()
        serial = await ask()
        if self._only is not None:
            self._host.told[self._only.plugging] = serial
            if self._address.asks and self._address.serial not in (self._only.serial, serial):
                await self.close()
                raise LinkLost(0, f"the device at port {self._only.port} was {self._address}, and tells {serial} now")

    async def _search(self, ask: Callable[[], Awaitable[str]]) -> None:
        devices = await apart(
            self._reactor, self._host.devices, name="usb census", deadline=OPEN_SECONDS,
            overdue=LinkLost(0, f"the machine's USB did not answer in {OPEN_SECONDS:.0f} s"),
        )

        async def ask_one(device: UsbDevice) -> str:
            self._only = device
            try:
                await self.open()
                return await ask()
            finally:
                await self.close()

        self._only = None
        self._only = await search(self._address, [each.device for each in devices], self._host.told, ask_one)

    async def close(self) -> None:
        """Give the device back; bytes that were not taken are thrown away. Who closes meanwhile waits for it too."""
        await self._closing.run(lambda: Deferred.fromCoroutine(self._close()))

    async def _close(self) -> None:
        port, self._port = self._port, None
        device, self._device = self._device, None
        if port is not None and device is not None:
            port.stop()
            self.traffic.lost("the link is closed")
            self._host.driven.pop(device.plugged.device.plugging, None)
            await self._give_back(port, device)
        self.traffic.lost("the link is closed")

    async def _give_back(self, port: UsbPort, device: ClaimedDevice) -> None:
        overdue = LinkLost(0, f"{self._address} does not let go of a transfer")
        try:
            await apart(
                self._reactor, partial(_release, port, device), name="usb close", deadline=CLOSE_SECONDS,
                overdue=overdue,
            )
        except LinkLost as fault:
            if fault is not overdue:
                raise

    def close_write(self) -> None:
        """Refuse: a bulk pipe has no end to see."""
        raise Unsupported("a USB device cannot be closed by half")

    def write(self, data: bytes) -> None:
        """Hand one piece over."""
        if self._port is None or self.traffic.ended:
            raise LinkLost(0, self.traffic.detail)
        self._port.write(data)

    async def control(self, transfer: Control) -> bytes:
        """Do one control transfer beside whatever goes on in the bulk pipes."""
        if self._device is None or self.traffic.ended:
            raise LinkLost(0, self.traffic.detail)
        work: Callable[[], bytes] = partial(
            self._device.control, transfer.request_type, transfer.request, transfer.value, transfer.index,
            transfer.data, transfer.length, transfer.timeout,
        )
        return await apart(
            self._reactor, work, name="usb control", deadline=transfer.timeout + GRACE, overdue=TimedOut()
        )


def _take(address: UsbAddress, host: UsbHost, only: UsbDevice | None) -> ClaimedDevice:
    devices = host.devices()
    if only is not None:
        found = next((each for each in devices if same(each.device, only)), None)
    elif address.asks:
        raise LinkLost(0, f"nobody has looked yet which device {address} is")
    else:
        found = meant(address, devices)
    if found is None:
        raise LinkLost(0, f"no USB device fits {address}{_hint(address, devices)}")
    _check_free(address, found.device, host)
    return claim(found, host.places)


def _hint(address: UsbAddress, devices: Sequence[Plugged]) -> str:
    """Return how a printer without a serial number at USB could be meant by one."""
    mute = [each.device for each in devices if each.device.printer and not each.device.serial]
    if not mute or not address.serial or address.asks:
        return ""
    named = " or ".join(f"usb:{each.ids}/{address.serial}" for each in mute)
    return f"; a printer that does not tell its serial number by USB is named as {named}"


def _check_free(address: UsbAddress, device: UsbDevice, host: UsbHost) -> None:
    """Raise DeviceHeld when another printer of this server is this very device."""
    driven = host.driven.get(device.plugging, address)
    if driven != address:
        raise DeviceHeld(f"the USB device {device.ids} at port {device.port} is driven already, as {driven}")


def _release(port: UsbPort, device: ClaimedDevice) -> None:
    # A handle that a thread still works with cannot be closed; it is left to the end of the process.
    if port.wait(2 * WRITE_BREATH):
        device.release()
