"""Which of several USB devices has a serial number, where USB does not tell: each is asked in its own language.

Laws kept here:

1. Only devices with the ids that the address names are spoken to: a printer of another family would print what it does
   not understand.
2. A device is asked once in each plugging, so that one which another link of this server has is known without it.
3. Two that tell the same, or nothing, are told apart by no guess: none of them is meant.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from printserver.dialogue import LinkLost
from printserver.errors import PrintServerError
from printserver.transport.address import UsbAddress
from printserver.transport.usb_census import Plugging, UsbDevice, alike

AskOne = Callable[[UsbDevice], Awaitable[str]]


async def search(
    address: UsbAddress, devices: Sequence[UsbDevice], told: dict[Plugging, str], ask_one: AskOne
) -> UsbDevice:
    """Return the device that an address with ids and serial number means; raises LinkLost, DevicesAlike.

    `told` is what devices have told before, and is added to; what is no longer plugged in is forgotten.
    """
    for plugging in set(told) - {each.plugging for each in devices}:
        del told[plugging]
    fitting = [each for each in devices if each.ids == address.ids]
    by_plug = [each for each in fitting if each.serial == address.serial]
    if len(by_plug) == 1:
        return by_plug[0]
    faults = await _ask_all(fitting, told, ask_one)
    mine = [each for each in fitting if told.get(each.plugging) == address.serial]
    if len(mine) == 1:
        return mine[0]
    raise _refusal(address, fitting, mine, told, faults)


async def _ask_all(
    fitting: Sequence[UsbDevice], told: dict[Plugging, str], ask_one: AskOne
) -> list[PrintServerError]:
    """Ask those that have not told yet, and return why some could not be asked."""
    faults = []
    for device in fitting:
        if device.plugging not in told:
            try:
                told[device.plugging] = await ask_one(device)
            except PrintServerError as fault:
                faults.append(fault)
    return faults


def _refusal(
    address: UsbAddress, fitting: Sequence[UsbDevice], mine: Sequence[UsbDevice], told: dict[Plugging, str],
    faults: Sequence[PrintServerError],
) -> PrintServerError:
    mute = [each for each in fitting if told.get(each.plugging) == ""]
    if len(mine) > 1 or len(mute) > 1:
        return alike(address, mine or mute)
    if faults:
        return faults[0]
    others = ", ".join(f"the one at port {each.port} tells {told[each.plugging] or 'none'}" for each in fitting)
    return LinkLost(0, f"no USB device fits {address}" + (f": {others}" if others else ""))
