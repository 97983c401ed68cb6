"""`driver.toml`: a driver's facts as data, read without importing the driver.

Keys: `name`, `title`, `contract`, `tier`, `transports`, `emulates`, `assumptions`, `[[model]]` tables with `name`,
`title`, `ribbons`, `default_ribbon`, `extras` and `usb` ids, and a driver's own `[model.facts]` table of strings and
numbers.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from printserver.errors import PluginBroken
from printserver.model.printer import Tier

Fact = str | int | float | bool | list[str | int]


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model of a family; `usb` holds `vvvv:pppp` ids in hex, empty where no source names one.

    `extras` are factory options that a printer may have or lack; they are named after the model: `primacy+mag+chip`.
    """

    name: str
    title: str
    ribbons: tuple[str, ...]
    default_ribbon: str
    usb: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    facts: dict[str, Fact] = {}


class DriverInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a driver before it is loaded; `assumptions` are shown to operators word for word."""

    name: str
    title: str
    contract: int
    tier: Tier
    transports: tuple[str, ...]
    model: tuple[ModelInfo, ...]
    emulates: bool = False
    assumptions: tuple[str, ...] = ()

    def find_model(self, name: str) -> ModelInfo | None:
        """Return the model of a name, matched without case; None when the family has no such model or extra."""
        base, *extras = name.lower().split("+")
        found = next((model for model in self.model if model.name.lower() == base), None)
        return found if found is not None and set(extras) <= set(found.extras) else None


def load_info(path: Path) -> DriverInfo:
    """Read a `driver.toml`; raises PluginBroken with the file and key."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=DriverInfo)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise PluginBroken(str(error), where=path.name) from error
