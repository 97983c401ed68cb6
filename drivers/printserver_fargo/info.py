"""The family's facts, read from `driver.toml`; importing this loads nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from printserver.driver.info import DriverInfo, ModelInfo, load_info
from printserver.errors import ConfigurationError

FAMILY = "fargo"


@cache
def info() -> DriverInfo:
    """Return the family's facts; raises PluginBroken when `driver.toml` is damaged."""
    return load_info(Path(__file__).with_name("driver.toml"))


@dataclass(frozen=True, slots=True)
class Variant:
    """One model with its factory options, as in `dtc4500e+duo`."""

    model: ModelInfo
    extras: frozenset[str] = frozenset()

    @property
    def duplex(self) -> bool:
        """Whether it turns cards over."""
        return "duo" in self.extras


def variant(name: str) -> Variant:
    """Return a model by name with its extras; raises ConfigurationError naming what there is."""
    found = info().find_model(name)
    if found is None:
        models = ", ".join(model.name + "".join(f"[+{extra}]" for extra in model.extras) for model in info().model)
        raise ConfigurationError(f"there is no Fargo model {name!r}", where="model", allowed=models)
    return Variant(found, frozenset(name.lower().split("+")[1:]))
