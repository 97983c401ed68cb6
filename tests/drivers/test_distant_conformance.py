"""A driver that speaks from a process of its own is held against the contract as any other, over the same wire."""

from __future__ import annotations

from printserver.driver import Driver, EmulatorEntry, ModelInfo
from printserver.testing.conformance import DriverConformance
from printserver_virtual import printserver_emulators
from printserver_virtual.driver import VirtualDriver
from printserver_virtual.info import info
from tests.drivers.distant import Abroad


class TestVirtualCardFromElsewhere(DriverConformance):
    package = "printserver_virtual"

    def driver(self) -> Driver:
        return Abroad(VirtualDriver("card", {}))

    def model(self) -> ModelInfo:
        return info().model[0]

    def emulator(self) -> EmulatorEntry:
        return printserver_emulators()[0]
