"""The family's facts, read from `driver.toml`; importing this loads nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from printserver.driver.info import DriverInfo, ModelInfo, load_info
from printserver.errors import ConfigurationError
from printserver.model.card import Geometry

FAMILY = "spool"
CUPS, COMMAND = "cups", "command"
# 85.60 x 53.98 mm at 300 dpi, without bleed: the page is the card, and what lies beyond it the vendor's driver knows.
GEOMETRY = Geometry(1011, 638)


@cache
def info() -> DriverInfo:
    """Return the family's facts; raises PluginBroken when `driver.toml` is damaged."""
    return load_info(Path(__file__).with_name("driver.toml"))


@dataclass(frozen=True, slots=True)
class Variant:
    """One way with its factory options, as in `cups+duo`."""

    model: ModelInfo
    extras: frozenset[str] = frozenset()

    @property
    def duplex(self) -> bool:
        """Whether what stands behind it prints both sides."""
        return "duo" in self.extras

    @property
    def queued(self) -> bool:
        """Whether the card goes to a CUPS queue, not to a command."""
        return self.model.name == CUPS


def variant(name: str) -> Variant:
    """Return a way by name with its extras; raises ConfigurationError naming what there is."""
    found = info().find_model(name)
    if found is None:
        models = ", ".join(model.name + "".join(f"[+{extra}]" for extra in model.extras) for model in info().model)
        raise ConfigurationError(f"there is no way {name!r} to spool", where="model", allowed=models)
    return Variant(found, frozenset(name.lower().split("+")[1:]))
