"""Looking for printers on behalf of the daemon: one look at a time, in a thread, beside the printers that it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec

from serial.tools.list_ports import comports
from twisted.internet.defer import DeferredLock

from printserver.daemon.running import Threads
from printserver.driver import DriverInfo
from printserver.driver.claiming import Claimants
from printserver.listeners.discovery.choice import addresses_of
from printserver.model.discovery import Findings, Looking
from printserver.plugins import Plugins
from printserver.transport.finding import Announced, Browse, Finder, Surroundings
from printserver.transport.usb import UsbHost

ANYWHERE = "0.0.0.0"


def surroundings(usb: UsbHost, own: str = "", addresses: Callable[[], tuple[str, ...]] | None = None) -> Surroundings:
    """Return what a machine has with this USB; `own` is the name in `.local` under which this server is announced.

    `addresses` tells on which to listen, None = on all of the machine.
    """
    return Surroundings(usb, comports, _browse(own, addresses or partial(addresses_of, ANYWHERE)))


def _browse(own: str, addresses: Callable[[], tuple[str, ...]]) -> Browse | None:
    if find_spec("zeroconf") is None:
        return None

    def browse() -> Sequence[Announced]:
        from printserver.listeners.discovery.listening import listen  # the package is an extra

        return listen(addresses(), own=own)

    return browse


class Discovery:
    """Looks for printers; `devices` tells the addresses of those that the server has, by their names."""

    def __init__(
        self, plugins: Plugins, around: Surroundings, threads: Threads, devices: Callable[[], Mapping[str, str]]
    ) -> None:
        """Ask the drivers of `plugins` about what is found `around`."""
        self._plugins, self._threads, self._devices = plugins, threads, devices
        self._finder = Finder(Claimants(plugins.manager), around)
        self._turn = DeferredLock()

    async def look(self, looking: Looking) -> Findings:
        """Return what is found; raises BadRequest for an address that cannot be looked at."""
        async with self._turn:
            return await self._threads(self._finder.look, looking, dict(self._devices()))

    def families(self) -> Sequence[DriverInfo]:
        """Return the drivers that a printer can be added with, in order of names."""
        return sorted(self._plugins.shelf().infos.values(), key=lambda info: info.name)
