"""The family's facts, read from `driver.toml`; importing this loads nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from printserver.driver.info import DriverInfo, ModelInfo, load_info
from printserver.errors import ConfigurationError

FAMILY = "evolis"


@cache
def info() -> DriverInfo:
    """Return the family's facts; raises PluginBroken when `driver.toml` is damaged."""
    return load_info(Path(__file__).with_name("driver.toml"))


@dataclass(frozen=True, slots=True)
class Variant:
    """One model with its factory options, as in `primacy+mag+chip`."""

    model: ModelInfo
    extras: frozenset[str] = frozenset()

    @property
    def duplex(self) -> bool:
        """Whether it turns cards over."""
        return bool(self.model.facts["duplex"])

    @property
    def levels(self) -> int:
        """The levels of colour that it is sent."""
        return int(str(self.model.facts["levels"]))

    @property
    def mag(self) -> bool:
        """Whether it has a magnetic encoder."""
        return "mag" in self.extras

    @property
    def chip(self) -> bool:
        """Whether it has a contact station."""
        return "chip" in self.extras

    @property
    def contactless(self) -> bool:
        """Whether it has a contactless station."""
        return "contactless" in self.extras


def variant(name: str) -> Variant:
    """Return a model by name with its extras; raises ConfigurationError naming what there is."""
    found = info().find_model(name)
    if found is None:
        models = ", ".join(model.name + "".join(f"[+{extra}]" for extra in model.extras) for model in info().model)
        raise ConfigurationError(f"there is no Evolis model {name!r}", where="model", allowed=models)
    return Variant(found, frozenset(name.lower().split("+")[1:]))
