"""A driver package for a printer that nobody ever built; it shows how little a driver needs."""

from __future__ import annotations

from printserver.driver import DriverInfo, EmulatorEntry, ModelInfo
from printserver.model.printer import Tier

MODEL = ModelInfo(name="one", title="Tiny One", ribbons=("K",), default_ribbon="K")
INFO = DriverInfo(
    name="tiny", title="Tiny", contract=1, tier=Tier.EMULATED, transports=("tcp",), model=(MODEL,), emulates=True
)


def entry() -> EmulatorEntry:
    """Return the emulator, loaded only now."""
    from tests.testing.tiny.emulator import TinyEmulator, decode

    return EmulatorEntry("tiny", TinyEmulator, decode)
