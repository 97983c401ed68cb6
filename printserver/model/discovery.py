"""What was found when somebody looked for printers: devices, which driver knows each of them and by what."""

from __future__ import annotations

import msgspec

from printserver.model.printer import Tier


class Ground(msgspec.Struct, frozen=True):
    """What a device tells of itself that was enough for a driver to know it, such as `mfg` = `Evolis`."""

    id: str
    value: str


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A driver that says "this is mine"; `model` is empty where what the device tells names none.

    `grounds` are the ids of which each was enough by itself, or those that were only together.
    """

    driver: str
    title: str
    tier: Tier
    model: str = ""
    serial: str = ""
    grounds: tuple[Ground, ...] = ()


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why a device that is there could not be asked, and what to do; `code` is that of the error."""

    code: str
    detail: str
    remedy: str


class FoundDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device that is plugged in, or that the network tells of.

    `device` is the address to declare it by, empty where no link of this server leads to it; `others` are further ways
    to the same device. `transport` is the kind of link: `usb`, `usblp`, `serial`, `tcp`, `ipp`. `ids` is what it tells
    of itself, `printer` the configured printer that has it already.
    """

    device: str
    transport: str
    title: str = ""
    ids: dict[str, str] = {}
    claims: tuple[Claim, ...] = ()
    others: tuple[str, ...] = ()
    printer: str = ""
    trouble: Trouble | None = None

    @property
    def claim(self) -> Claim | None:
        """Return the only claim; None where no driver knows it, or where several do and nobody can choose."""
        return self.claims[0] if len(self.claims) == 1 else None


class NotLooked(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be looked at (`usb`, `serial`, `network`), or a driver that failed when it was asked, and why."""

    what: str
    why: str
    remedy: str = ""


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found, and what was not looked at."""

    devices: tuple[FoundDevice, ...] = ()
    not_looked: tuple[NotLooked, ...] = ()


class Looking(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look beside USB and serial lines.

    `network` = listen for printers that announce themselves; `everything` = also devices that are neither printers nor
    known to a driver; `at` is one address, `tcp:HOST:PORT`, that is looked at by itself.
    """

    network: bool = False
    everything: bool = False
    at: str = ""
