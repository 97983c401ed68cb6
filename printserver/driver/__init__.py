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
from printserver.driver.emulator import (
    AnswersControl,
    CardLost,
    DecodedCard,
    DecodedJob,
    EmulatedPrinter,
    EmulatorEntry,
    Machine,
    Motion,
    Pause,
    Waiting,
)
from printserver.driver.hookspecs import CONTRACT_VERSION, hookimpl, hookspec
from printserver.driver.info import DriverInfo, ModelInfo, load_info
from printserver.driver.outcome import Done, Outcome, Spoiled, Unknown

__all__ = [
    "CONTRACT_VERSION", "AnswersControl", "Block", "Capabilities", "CardLost", "Confirms", "DecodedCard",
    "DecodedJob", "Done", "Driver", "DriverInfo", "EmulatedPrinter", "EmulatorEntry", "EncodesMagstripe",
    "Evidence", "FlipsCard", "Laminates", "LinkInfo", "Machine", "MaintenanceAction", "ModelInfo", "Motion",
    "Outcome", "Pause", "PositionsChip", "PrintableCard", "Spoiled", "TakesRawStream", "Unknown", "Waiting",
    "hookimpl", "hookspec", "load_info",
]
