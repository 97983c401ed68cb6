"""What looks for printers, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from printserver.driver import DriverInfo
from printserver.driver.info import ModelInfo
from printserver.model.discovery import Claim, Findings, FoundDevice, Ground, Looking, NotLooked, Trouble
from printserver.model.printer import Tier

EVOLIS = DriverInfo(
    name="evolis", title="Evolis", contract=1, tier=Tier.EMULATED, transports=("usb", "tcp", "serial"),
    model=(
        ModelInfo(name="primacy", title="Evolis Primacy", ribbons=("YMCKO", "KO"), default_ribbon="YMCKO"),
        ModelInfo(name="zenius", title="Evolis Zenius", ribbons=("K",), default_ribbon="K", extras=("mag",)),
    ),
)  # fmt: skip
MAGICARD = DriverInfo(
    name="magicard", title="Magicard", contract=1, tier=Tier.DRAFTED, transports=("usb",),
    model=(ModelInfo(name="riopro", title="Magicard Rio Pro", ribbons=("YMCKO",), default_ribbon="YMCKO"),),
)
CLAIM = Claim(
    driver="evolis", title="Evolis", tier=Tier.EMULATED, model="primacy", serial="P100",
    grounds=(Ground("vid", "0f49"), Ground("mfg", "Evolis")),
)
OTHER = Claim(driver="magicard", title="Magicard", tier=Tier.DRAFTED, grounds=(Ground("mfg", "Evolis"),))
PRIMACY = FoundDevice(
    device="usb:P100", transport="usb", title="Evolis Primacy", ids={"vid": "0f49", "mfg": "Evolis"}, claims=(CLAIM,),
    others=("usblp:/dev/usb/lp0",),
)
TAKEN = FoundDevice(device="usb:@1-1.2", transport="usb", title="Evolis Zenius", claims=(CLAIM,), printer="left")
TWICE = FoundDevice(device="usb:T1", transport="usb", title="Twofold", claims=(CLAIM, OTHER))
UNKNOWN = FoundDevice(device="serial:/dev/ttyS0", transport="serial")
CLOSED = FoundDevice(
    device="usb:C1", transport="usb", title="Closed", claims=(CLAIM,),
    trouble=Trouble(code="device-forbidden", detail='put SUBSYSTEM=="usb" there', remedy="Give the right."),
)
OFFICE = FoundDevice(device="ipp://office.local:631/ipp/print", transport="ipp", title="Office")
DEAF = NotLooked(what="network", why="zeroconf is not installed", remedy="install it")
EVERYTHING = Findings(devices=(PRIMACY, TAKEN, TWICE, UNKNOWN, CLOSED, OFFICE), not_looked=(DEAF,))


class FakeDiscovery:
    """Notes where to look; `failing` is raised by the next look."""

    def __init__(self, findings: Findings = EVERYTHING) -> None:
        self.findings = findings
        self.wanted: list[Looking] = []
        self.failing: Exception | None = None

    async def look(self, looking: Looking) -> Findings:
        if self.failing is not None:
            raise self.failing
        self.wanted.append(looking)
        return self.findings

    def families(self) -> Sequence[DriverInfo]:
        return (EVOLIS, MAGICARD)
