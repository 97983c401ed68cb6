"""The public contract for driver authors: what a driver is, knows and answers."""

from printserver.driver.capabilities import Capabilities, Confirms
from printserver.driver.contract import (
    Block,
    Driver,
    EncodesMagstripe,
    Evidence,
    FlipsCard,
    Laminates,
    LinkInfo,
    MaintenanceAction,
    PositionsChip,
    PrintableCard,
    TakesRawStream,
)
from printserver.driver.emulator import DecodedCard, DecodedJob, EmulatedPrinter, EmulatorEntry, Machine
from printserver.driver.hookspecs import CONTRACT_VERSION, hookimpl, hookspec
from printserver.driver.info import DriverInfo, ModelInfo, load_info
from printserver.driver.outcome import Done, Outcome, Spoiled, Unknown

__all__ = [
    "CONTRACT_VERSION", "Block", "Capabilities", "Confirms", "DecodedCard", "DecodedJob", "Done", "Driver",
    "DriverInfo",
    "EmulatedPrinter", "EmulatorEntry", "EncodesMagstripe", "Evidence", "FlipsCard", "Laminates", "LinkInfo", "Machine",
    "MaintenanceAction", "ModelInfo", "Outcome", "PositionsChip", "PrintableCard", "Spoiled", "TakesRawStream",
    "Unknown", "hookimpl", "hookspec", "load_info",
]
