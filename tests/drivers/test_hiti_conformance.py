"""The HiTi driver, which prints nothing, held against the contract."""

from __future__ import annotations

from printserver.driver import Driver, EmulatorEntry, ModelInfo
from printserver.testing.conformance import DriverConformance
from printserver_hiti import printserver_emulators
from printserver_hiti.driver import HitiDriver
from printserver_hiti.info import model_of


class TestHiti(DriverConformance):
    package = "printserver_hiti"

    def driver(self) -> Driver:
        return HitiDriver("cs-200e", {})

    def model(self) -> ModelInfo:
        return model_of("cs-200e")

    def emulator(self) -> EmulatorEntry:
        return printserver_emulators()[0]
